"""A drained node does not take a served model with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.configuration import relaxed_environments, texts
from policies.mappings import elements
from policies.pods import namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.releases import RELEASES, Release
from policies.resources import Resource, Stack

SERVED: Final = (
    "kubernetes:apps/*:Deployment",
    "kubernetes:apps/*:StatefulSet",
    "kubernetes:leaderworkerset.x-k8s.io/*:LeaderWorkerSet",
)
BUDGETS: Final = "kubernetes:policy/*:PodDisruptionBudget"
BLOCKS: Final = ("disruptionbudget", "disruptionbudgets", "pdb")
SWITCHES: Final = ("enabled", "enable", "create")
REMEDY: Final = "give it a PodDisruptionBudget that lets one pod go at a time"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at workloads with the label of a model, and at releases of the charts that serve models."""
    label, charts = configuration.text("label") or "", configuration.texts("charts")
    spot = configuration.inner("spot_nodes")
    budgets = stack.of_type(BUDGETS)

    def judge_workload(workload: Resource) -> Iterator[Violation]:
        for pod in pods_of(workload):
            model = pod.labels.entry(label)
            protected = any(_protects(budget, workload, pod.labels) for budget in budgets)
            if model and not protected and not _selects(pod.spec.inner("nodeSelector"), spot):
                yield Violation(f"serves {model} without a disruption budget", REMEDY, "", workload)

    def judge_release(resource: Resource) -> Iterator[Violation]:
        release = Release(resource)
        if release.chart_name in charts:
            yield from _of_values(release, stack.environment in configuration.texts("relaxed_environments"))

    yield from each(stack.of_type(*SERVED), judge_workload)
    yield from each(stack.of_type(*RELEASES), judge_release)


def _of_values(release: Release, relaxed: bool) -> Iterator[Violation]:
    for block in release.blocks(*BLOCKS):
        for switch in SWITCHES:
            if block.flag(switch) is False:
                yield Violation("is false", "leave it on", block.at(switch), release.resource)
    values = release.values
    if not relaxed and values.flag("kuberay") and (values.number("replicas.min") or 1) < 2:  # noqa: PLR2004 - see below
        # Pods of a RayCluster have no scale to count by: the chart can make no budget for a single one.
        fault = "is below 2, and the chart makes a RayService of one replica no disruption budget"
        yield Violation(
            fault, "keep two replicas, or serve without kuberay", values.at("replicas.min"), release.resource
        )


def _selects(selector: Properties, labels: Properties) -> bool:
    """Say whether a node selector asks for one of some labels."""
    return any(selector.entry(key) == labels.entry(key) for key in labels.keys())  # noqa: SIM118 - not a mapping


def _protects(budget: Resource, workload: Resource, labels: Properties) -> bool:
    if namespace_of(budget) != namespace_of(workload):
        return False
    selector = budget.properties.inner("spec.selector")
    wanted = selector.inner("matchLabels")
    # An empty selector of policy/v1 means all pods of the namespace.
    return all(labels.entry(key) == wanted.entry(key) for key in wanted.keys()) and all(  # noqa: SIM118 - no mapping
        _meets(labels, expression) for expression in elements(selector, "matchExpressions")
    )


def _meets(labels: Properties, expression: Properties) -> bool:
    value = labels.entry(expression.text("key") or "")
    values = expression.texts("values")
    operator = expression.text("operator")
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(operator or "", False)


POLICY = StackPolicy(
    name="served-models-have-disruption-budgets",
    description="Every workload that serves a model has a disruption budget.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "label": {
                "type": "string",
                "description": "Label of pods that serve a model; its value is the model's name.",
                "default": "llm-platform/model",
            },
            "charts": texts("Charts that serve models, and make the budget themselves.", ["model-server"]),
            "spot_nodes": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Labels of nodes on spot capacity. Their pods need no budget: the nodes end two minutes "
                "after the notice whatever it says, and a pod that it kept from eviction would end without draining.",
                "default": {"llm-platform/pool": "spot", "llm-platform/capacity": "spot"},
            },
            **relaxed_environments("Stacks in which a model may have a single replica that no budget keeps."),
        }
    ),
    validate=validate,
)
