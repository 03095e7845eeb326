"""The node groups of an environment as rows of a table: what machines, where, how many, who may land on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.instance_types import load_instance_types
from components.naming import POOL_LABEL
from rehearsal.plan import UNKNOWN, Resource

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SUBNET = "aws:ec2/subnet:Subnet"


@dataclass(frozen=True)
class NodeGroupRow:
    """One node group, ready to be shown."""

    name: str
    pool: str
    instance_types: str
    gpus: str
    zones: str
    nodes: str
    capacity: str
    taints: str


def node_group_rows(resources: Iterable[Resource]) -> list[NodeGroupRow]:
    """Return a row per node group, by pool and name."""
    by_urn = {resource.registration.urn: resource for resource in resources}
    groups = [resource for resource in by_urn.values() if resource.registration.type == NODE_GROUP]
    rows = [_row(group, by_urn) for group in groups]
    return sorted(rows, key=lambda row: (row.pool, row.name))


def _row(group: Resource, by_urn: Mapping[str, Resource]) -> NodeGroupRow:
    inputs = group.registration.inputs
    # Instance types stand in the launch template where EFA or a capacity block wants them there; subnets and the
    # template are found through the dependencies because in a preview their ids are not known.
    depends_on = [by_urn[urn] for urn in group.registration.dependencies if urn in by_urn]
    types: list[str] = inputs.get("instanceTypes") or [
        r.registration.inputs["instanceType"]
        for r in depends_on
        if r.registration.type == LAUNCH_TEMPLATE and r.registration.inputs.get("instanceType")
    ]
    zones = sorted(_zones(group, "subnetIds", by_urn))
    labels: Mapping[str, Any] = inputs.get("labels") or {}
    scaling: Mapping[str, Any] = inputs.get("scalingConfig") or {}
    return NodeGroupRow(
        name=_outermost(group, by_urn).registration.name,
        pool=str(labels.get(POOL_LABEL, "")),
        instance_types=", ".join(types),
        gpus=_gpus(types),
        zones=", ".join(zones),
        nodes=f"{scaling.get('minSize')}..{scaling.get('maxSize')}",
        capacity=str(inputs.get("capacityType", "ON_DEMAND")).lower().replace("_", "-"),
        taints="\n".join(_taint(taint) for taint in inputs.get("taints") or [] if taint is not UNKNOWN),
    )


def _outermost(resource: Resource, by_urn: Mapping[str, Resource]) -> Resource:
    """Return the component just below the stack that a resource belongs to: the group as settings name it."""
    parent = by_urn.get(resource.registration.parent)
    return resource if parent is None or not parent.registration.parent else _outermost(parent, by_urn)


def _zones(resource: Resource, key: str, by_urn: Mapping[str, Resource]) -> set[str]:
    """Return the zones of the subnets behind an input; what stands between (a route table association) is followed."""
    found: set[str] = set()
    for urn in resource.registration.property_dependencies.get(key, ()):
        source = by_urn.get(urn)
        if source is None:
            continue
        if source.registration.type == SUBNET:
            found.add(str(source.registration.inputs.get("availabilityZone")))
        else:
            found |= _zones(source, "subnetId", by_urn)
    return found


def _gpus(types: list[str]) -> str:
    """Return GPUs per node, one entry per distinct count and model."""
    catalogue = load_instance_types()
    found: dict[str, None] = {}
    for name in types:
        instance_type = catalogue.get(name)
        if instance_type is not None and instance_type.accelerator is not None:
            found[f"{instance_type.accelerator.count} × {instance_type.accelerator.name}"] = None
    return ", ".join(found)


def _taint(taint: Mapping[str, Any]) -> str:
    """Return a taint as kubectl shows it; EKS spells the effect NO_SCHEDULE."""
    effect = str(taint.get("effect")).title().replace("_", "")
    return f"{taint.get('key')}={taint.get('value', '')}:{effect}"
