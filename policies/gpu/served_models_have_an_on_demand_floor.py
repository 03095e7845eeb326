"""Models on spot capacity go on being served when it goes away."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import relaxed_environments, texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import NODE_GROUP, NodeGroup
from policies.reading import Properties
from policies.releases import RELEASES, Release
from policies.resources import Resource, Stack


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the releases of models, and at the node groups on spot capacity."""
    if stack.environment in configuration.texts("relaxed_environments"):
        return
    groups = stack.of_type(NODE_GROUP)
    yield from each(stack.of_type(*RELEASES), lambda release: _release(release, configuration))
    yield from each(groups, lambda group: _group(group, groups, configuration))


def _release(release: Resource, configuration: Properties) -> Iterator[Violation]:
    if Release(release).chart_name not in configuration.texts("charts"):
        return
    pool = release.properties.text("values.pool")
    floor = release.properties.number("values.onDemandFloor") or 0
    if pool in configuration.texts("spot_pools") and floor < 1:
        yield Violation(
            f"serves a model on the pool {pool!r} with {floor:g} replicas on demand",
            "set onDemandFloor to 1 at least",
            "values.onDemandFloor",
            release,
        )


def _group(group: Resource, groups: list[Resource], configuration: Properties) -> Iterator[Violation]:
    label = configuration.text("floor_label") or ""
    labels = group.properties.inner("labels")
    machines = NodeGroup(group)
    if not machines.spot or machines.pool(configuration.text("pool_label") or "") not in configuration.texts(
        "spot_pools"
    ):
        return
    floor = labels.entry(label)
    if not floor:
        yield Violation(
            f"is on spot capacity and has no label {label}",
            "name the on-demand group that goes on serving",
            label,
            group,
        )
        return
    names = {floor, f"{floor}{configuration.text('suffix') or ''}"}
    named = [one for one in groups if one.name in names]
    if not any(_stands(one) for one in named):
        fault = f"keeps no node on demand: {named[0].name}" if named else "is no node group of the stack"
        yield Violation(
            f"names {floor!r} as its on-demand floor, which {fault}",
            "name an on-demand group whose minimum size is 1 at least",
            labels.at(label),
            group,
        )


def _stands(group: Resource) -> bool:
    return not NodeGroup(group).spot and (group.properties.number("scalingConfig.minSize") or 0) >= 1


POLICY = StackPolicy(
    name="served-models-have-an-on-demand-floor",
    description="Each model on spot capacity has replicas on demand, each spot group a group on demand beside it.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "charts": texts("Charts that serve a model, with the values `pool` and `onDemandFloor`.", ["model-server"]),
            "spot_pools": texts("Pools on spot capacity.", ["spot"]),
            "pool_label": {"type": "string", "description": "Label of nodes: pool.", "default": "llm-platform/pool"},
            "floor_label": {
                "type": "string",
                "description": "Label of a spot group that names the group on demand.",
                "default": "llm-platform/on-demand-floor",
            },
            "suffix": {
                "type": "string",
                "description": "What a node group's resource has after the name that the label may say.",
                "default": "-group-nodes",
            },
            **relaxed_environments("Environments whose models may be away."),
        }
    ),
    validate=validate,
)
