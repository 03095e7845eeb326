"""What breaks the policies of the stack as a whole; ownership and environments have modules of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from policies import clock
from tests.policies.breaking import ABSENT, Break, Instead, Mutation, Only, StackFileSays, With
from tests.policies.sample import PROVIDER, TAGS, Sample
from tests.policies.samples.gpu import SAMPLES

KEYS = list(TAGS)
SOON = (clock.today() + timedelta(days=30)).isoformat()


def exemption(**changes: Any) -> dict[str, Any]:
    """Return a section with one exemption that holds, but for the changes."""
    sound = {
        "policy": "no-open-ingress",
        "resource": "group-of-endpoints",
        "owner": "ml-platform",
        "reason": "until the office has fixed addresses",
        "expires": SOON,
    }
    return {"exemptions": [{**sound, **changes}]}


def with_tags(sample: Sample, tags: Mapping[str, str]) -> Sample:
    """Return a sample whose provider has other default tags."""
    return replace(sample, provider={**PROVIDER, "defaultTags": {"tags": tags}})


def _tagged(samples: str) -> list[Mutation]:
    """Break the default tags that a resource gets, key by key."""
    found: list[Mutation] = [
        Instead(samples, lambda each: with_tags(each, {}), "without default tags"),
        Instead(samples, lambda each: replace(each, provider={}), "of a provider without default tags"),
    ]
    for key in KEYS:
        rest = {name: value for name, value in TAGS.items() if name != key}
        found.append(Instead(samples, lambda each, rest=rest: with_tags(each, rest), f"without default tag {key}"))
        blank = {**TAGS, key: ""}
        found.append(Instead(samples, lambda each, blank=blank: with_tags(each, blank), f"with an empty tag {key}"))
    for key, value in (("llm-platform:environment", "dev"), ("llm-platform:data-classification", "secret")):
        wrong = {**TAGS, key: value}
        found.append(Instead(samples, lambda each, wrong=wrong: with_tags(each, wrong), f"with {key} = {value}"))
    return found


def _tags_at(samples: str, path: str) -> list[Mutation]:
    """Break tags that stand in the inputs."""
    return [
        Break(samples, path, [ABSENT, None, {}]),
        *(Break(samples, f"{path}.[{key}]", [ABSENT, None, ""]) for key in KEYS),
        Break(samples, f"{path}.[llm-platform:environment]", ["dev"]),
        Break(samples, f"{path}.[llm-platform:data-classification]", ["secret", "Confidential"]),
    ]


MACHINES_OF_MANY = Sample(
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "more-machines",
    {
        "name": "llm-platform-prod-more",
        "kmsKeyArn": "alias/llm-platform-prod/storage",
        "productionVariants": [
            {"variantName": "a", "modelName": "m", "instanceType": "ml.g5.2xlarge", "initialInstanceCount": 6000}
        ],
    },
)
EXPENSIVE = Sample(
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "other-machines",
    {
        "name": "llm-platform-prod-other",
        "kmsKeyArn": "alias/llm-platform-prod/storage",
        "productionVariants": [
            {"variantName": "b", "modelName": "m", "instanceType": "ml.p4d.24xlarge", "initialInstanceCount": 1}
        ],
    },
)


def of_type(name: str, type_: str) -> With:
    """Return a further group like one of the samples, of a type that nobody approves: there are no facts of it."""
    like = next(sample for sample in SAMPLES if sample.name == name)
    return With(
        like.changed(name=f"{name}-again", inputs={**like.inputs, "instanceTypes": [type_]}),
        also=["expensive-types-are-approved"],
    )


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "mandatory-tags": [
        *_tagged("bucket-models"),
        *_tagged("permissions-of-model"),
        Break("subnet-private", "tags", [{"llm-platform:team": ""}, {"llm-platform:environment": "staging"}]),
        Break("subnet-private", "tags", [{"llm-platform:data-classification": "top"}]),
        Break("provider", "defaultTags", [ABSENT, None, "{}", '{"tags": {}}', {"tags": {"llm-platform:team": "x"}}]),
        Break("relays", "tags", [ABSENT, None, []]),
        Break("relays", "tags.*", [ABSENT]),
        Break("relays", "tags.*.value", [ABSENT, None, ""]),
        Break("relays", "tags.0.value", ["dev"]),
        Break("template-of-volumes", "tagSpecifications", [ABSENT, None, []]),
        *(
            mutation
            for place in ("tagSpecifications.0", "tagSpecifications.1")  # of instances and volumes
            for mutation in (
                Break("template-of-volumes", place, [ABSENT]),
                Break("template-of-volumes", f"{place}.resourceType", ["spot-instances-request"]),
                *_tags_at("template-of-volumes", f"{place}.tags"),
            )
        ),
        *_tags_at("class-machines", "spec.tags"),
        Break("namespace-*", "metadata.labels.[llm-platform/team]", [ABSENT, None, ""]),
        Break("subnet-private", "tags", [{"cost": "none"}], configuration={"values": {"cost": ["ml-*"]}}),
        Break("subnet-private", "tags", [{"a": "b"}], configuration={"keys": ["owner"]}),
    ],
    "stack-has-resources": [Only("provider"), Only("")],
    "exemptions-hold": [
        StackFileSays(exemption(expires="2020-01-01")),
        StackFileSays(exemption(expires=(clock.today() - timedelta(days=1)).isoformat())),
        StackFileSays(exemption(expires=(clock.today() + timedelta(days=371)).isoformat())),
        StackFileSays(exemption(), configuration={"days": 7}),
        StackFileSays(exemption(resource="group-of-nothing")),
        StackFileSays(exemption(resource="group-of-nothing-*")),
        StackFileSays(exemption(resource="*")),
        StackFileSays(exemption(resource="?*")),
        StackFileSays(exemption(policy="exemptions-hold")),
    ],
    "levels-are-kept": [StackFileSays({"levels": {"no-open-ingress": "disabled"}})],
    "gpu-ceiling": [
        Break("group-spot", "scalingConfig.maxSize", [3000]),
        Break("group-inference", "scalingConfig.maxSize", [3000]),
        Break("nodes-spot", "spec.limits.[nvidia.com/gpu]", ["5000", 5000]),
        Break("embedder-scaling", "maxCapacity", [6000]),
        Break("embedder-machines", "productionVariants.0.initialInstanceCount", [6000]),
        Break(
            "embedder-machines",
            "productionVariants.0.managedInstanceScaling",
            [{"status": "ENABLED", "maxInstanceCount": 6000}],
        ),
        With(MACHINES_OF_MANY),
        Break("bucket-models", "forceDestroy", [False], configuration={"gpus": None}),
        Break("bucket-models", "forceDestroy", [False], configuration={"gpus": 0}),
        Break("bucket-models", "forceDestroy", [False], configuration={"gpus": 5000, "pools": {"elsewhere": 0}}),
        Only("host-of-notebooks", configuration={"pools": {"elsewhere": 7}}),
        Only("host-of-notebooks", configuration={"gpus": 7}),
    ],
    "expensive-type-ceilings": [
        Break("group-training", "scalingConfig.maxSize", [201]),
        Break("bucket-models", "forceDestroy", [False], configuration={"instance_types": {}}),
        Break("bucket-models", "forceDestroy", [False], configuration={"usd_per_hour": 0.1}),
        With(EXPENSIVE),
        of_type("group-notebooks", "g4ad.xlarge"),
        of_type("group-notebooks", "trn2.48xlarge"),  # AWS names no price of it
        Break(
            "bucket-models",
            "forceDestroy",
            [False],
            configuration={"instance_types": {"p*.48xlarge": 4, "g6e.48xlarge": 100}},
        ),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "mandatory-tags": [
        Break("subnet-private", "tags", [{"llm-platform:data-classification": "public", "Name": "a"}]),
        Instead(
            "subnet-private",
            lambda each: replace(each, provider={}, inputs={**each.inputs, "tags": TAGS}),
            "with all tags of its own",
        ),
        Instead(
            "subnet-private",
            lambda each: replace(each, provider={}, inputs={**each.inputs, "tagsAll": TAGS}),
            "with all tags merged by the provider",
        ),
    ],
    "stack-has-resources": [Only("subnet-private")],
    "exemptions-hold": [
        StackFileSays(exemption()),
        StackFileSays(exemption(expires=clock.today().isoformat())),
        StackFileSays(exemption(resource="group-of-*")),
        StackFileSays(exemption(expires=(clock.today() + timedelta(days=370)).isoformat())),
    ],
    "levels-are-kept": [
        StackFileSays({"levels": {"no-open-ingress": "advisory", "imdsv2-only": "mandatory"}}),
        StackFileSays({"levels": {"no-open-ingress": "disabled"}}, configuration={"relaxed_environments": ["prod"]}),
    ],
    "gpu-ceiling": [
        Break("embedder-scaling", "maxCapacity", [100]),
        Only("subnet-private", configuration={"gpus": None}),
        Only(
            "group-system",
            also=["roles-are-the-environments-own"],  # its role is left out as well
            configuration={"gpus": None},
        ),
        Only("host-of-notebooks", configuration={"gpus": 8, "pools": {"elsewhere": 8}}),
    ],
    "expensive-type-ceilings": [
        Break("bucket-models", "forceDestroy", [False], configuration={"usd_per_hour": 1000}),
        Break("bucket-models", "forceDestroy", [False], configuration={"usd_per_hour": 16.288}),  # the dearest without
        Break(
            "bucket-models",
            "forceDestroy",
            [False],
            configuration={"instance_types": {"p*.48xlarge": 5, "g6e.48xlarge": 100}},
        ),
        of_type("group-system", "m99.2xlarge"),
        Break(
            "nodes-system",
            "spec.template.spec.requirements.2.values",
            [["m99.2xlarge"]],
            also=["expensive-types-are-approved"],
        ),
        # What has no limit is the matter of the policies that demand one.
        Break("nodes-inference", "spec.limits", [{"cpu": "64"}], also=["node-pools-have-gpu-limits"]),
    ],
}
