"""What breaks the policies of machines with accelerators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from policies import clock
from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.samples.gpu import KEY, METADATA_OPTIONS, SAMPLES, gpu

TODAY, LAST = clock.today().isoformat(), (clock.today() + timedelta(days=400)).isoformat()
YESTERDAY = (clock.today() - timedelta(days=1)).isoformat()

TOO_LATE = (clock.today() + timedelta(days=401)).isoformat()

GPU_TAINT = {"effect": "NO_SCHEDULE", **gpu("training")}


def _named(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


def _in_group(name: str, more: Mapping[str, Any]) -> Sample:
    """Return a further node group like one of the samples."""
    like = _named(name)
    return like.changed(name=f"{name}-2", inputs={**like.inputs, **more})


def _startup_taints_only(sample: Sample) -> Sample:
    changed = sample.changed()
    spec = changed.inputs["spec"]["template"]["spec"]
    spec["startupTaints"] = spec.pop("taints")
    return changed


NEW_GROUP: Mapping[str, Any] = {"labels": {"llm-platform/pool": "notebooks"}, "taints": [], "amiType": "CUSTOM"}
"""A group that nothing but its types would show to have GPUs."""

ON_HOST = Sample(
    "aws:ec2/instance:Instance",
    "instance-on-host",
    {
        "instanceType": "p5.48xlarge",
        "hostId": "h-notebooks",
        "subnetId": "subnet-private",
        "metadataOptions": METADATA_OPTIONS,
        "rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY},
    },
)
"""Paid with its host."""

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "gpu-groups-are-tainted": [
        Break(
            "group-notebooks",
            "taints",
            [ABSENT, None, [], [{**GPU_TAINT, "effect": "PREFER_NO_SCHEDULE"}], [{**GPU_TAINT, "key": "dedicated"}]],
        ),
        Break("group-notebooks", "taints.0.effect", [ABSENT, "PREFER_NO_SCHEDULE"]),
        Break("group-notebooks", "taints.0.key", [ABSENT, "llm-platform/pool"]),
        Break(
            "nodes-notebooks",
            "spec.template.spec.taints",
            [ABSENT, None, [], [{"key": "aws.amazon.com/neuron", "value": "notebooks", "effect": "PreferNoSchedule"}]],
        ),
        Instead("nodes-notebooks", _startup_taints_only, "with startup taints alone"),
        With(_in_group("group-notebooks", {**NEW_GROUP, "instanceTypes": ["m7i.large", "g6.xlarge"]})),
        With(
            _in_group("group-notebooks", {**NEW_GROUP, "instanceTypes": ["g4ad.xlarge"]}),
            # There are no facts of it, so that its price is not known either.
            also=["expensive-types-are-approved", "expensive-type-ceilings"],
        ),
        With(_in_group("group-notebooks", {**NEW_GROUP, "amiType": "BOTTLEROCKET_x86_64_NVIDIA"})),
        With(_in_group("group-notebooks", {**NEW_GROUP, "instanceTypes": [], "amiType": "AL2023_x86_64_NEURON"})),
        Break(
            "group-system",
            "labels.[nvidia.com/gpu.present]",
            ["true"],
        ),
        Break("group-system", "labels.[nvidia.com/gpu.product]", ["H100"]),
        Break("group-system", "labels.[aws.amazon.com/neuron.present]", ["true"]),
    ],
    "node-pools-have-gpu-limits": [
        Break("nodes-system", "spec.limits", [ABSENT, None, {}]),
        Break("nodes-system", "spec.limits.cpu", [None]),
        Break(
            "nodes-notebooks", "spec.limits", [{"cpu": "64"}, {"nvidia.com/gpu": "4"}, {"aws.amazon.com/neuron": None}]
        ),
    ],
    "expensive-types-are-approved": [
        Break("group-training", "tags.[llm-platform:approved-by]", [ABSENT, None, "", " "]),
        Break(
            "group-training",
            "tags.[llm-platform:approved-until]",
            [ABSENT, None, "", "soon", "31/12/2026", YESTERDAY, TOO_LATE],
        ),
        Break("reservation-of-training", "tags.[llm-platform:approved-by]", [ABSENT]),
        Break("reservation-of-training", "tags.[llm-platform:approved-until]", [YESTERDAY]),
        Break("nodes-inference", "metadata.annotations.[llm-platform/approved-by]", [ABSENT, None, ""]),
        Break(
            "nodes-inference",
            "metadata.annotations.[llm-platform/approved-until]",
            [ABSENT, "2026-13-01", YESTERDAY, TOO_LATE],
        ),
        Break("nodes-inference", "metadata.annotations", [ABSENT]),
        Break("host-of-notebooks", "tags", [ABSENT], configuration={"usd_per_hour": 10}),
        Break("group-notebooks", "tags", [ABSENT], configuration={"usd_per_hour": 0.5}),
        Break("group-system", "tags", [ABSENT], configuration={"prices": {"m6i.2xlarge": 21}}),
        Break("group-system", "instanceTypes.1", ["m99.2xlarge"]),
    ],
    "idle-gpus-are-given-back": [
        Break("nodes-inference", "spec.disruption.consolidateAfter", ["Never", "31m", "1h", "1800001ms", "0h30m1s"]),
        Break("nodes-notebooks", "spec.disruption.consolidateAfter", ["Never"]),
        Break("group-training", "scalingConfig.minSize", [1]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "gpu-groups-are-tainted": [
        Break("group-notebooks", "taints.0.effect", ["NO_EXECUTE", "NO_SCHEDULE"]),
        Break("group-notebooks", "taints.1", [{"key": "more", "effect": "PREFER_NO_SCHEDULE"}]),
        Break("group-system", "labels.[nvidia.com/gpu.present]", ["false"]),
    ],
    "expensive-types-are-approved": [
        Break("group-training", "tags.[llm-platform:approved-until]", [TODAY, LAST]),
        Break("host-of-notebooks", "tags", [ABSENT], configuration={"usd_per_hour": 16.288}),
        Break("group-training", "tags.[llm-platform:approved-by]", [UNKNOWN]),
        With(ON_HOST),
    ],
    "idle-gpus-are-given-back": [
        Break("nodes-inference", "spec.disruption.consolidateAfter", ["0s", "30m", "0h29m59s", ABSENT]),
        Break("nodes-system", "spec.disruption.consolidateAfter", ["Never"]),
    ],
}
