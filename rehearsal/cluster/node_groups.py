"""The managed node groups that stand in the emulated account, as the machines that they would start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from components.naming import KUBERNETES_EFFECTS, POOL_LABEL
from rehearsal.aws.account import Account

DEFAULT_DISK_GIB: Final = 20
"""Root disk of a managed node group whose launch template names none.
https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html"""

EFA_INTERFACE_TYPES: Final = frozenset({"efa", "efa-only"})


@dataclass(frozen=True)
class Machines:
    """One kind of machine for nodes: a managed node group's, a group's of GPU hosts, or what a NodePool may buy."""

    name: str
    """The node group's, or the NodePool's."""
    instance_types: tuple[str, ...]
    zones: tuple[str, ...]
    labels: Mapping[str, str]
    """Labels that every node of it carries, beyond those that say type, zone and machine."""
    taints: tuple[Mapping[str, str], ...]
    """Taints in Kubernetes' spelling."""
    spot: bool
    disk_gib: int
    desired: int = 0
    maximum: int | None = None
    """How many nodes there may be; None where the limit is not in nodes."""
    efa_interfaces: int = 0
    image: str = ""
    by_karpenter: bool = False
    node_names: tuple[str, ...] = ()
    """Names of the nodes where they have some of their own."""
    gpu_resources: Mapping[str, str] | None = None
    """Extended resources in place of the machine's GPUs: the shares that MIG makes of them."""

    @property
    def pool(self) -> str:
        """The pool that its nodes belong to; empty where they carry no such label."""
        return self.labels.get(POOL_LABEL, "")


def node_groups(account: Account) -> list[Machines]:
    """Return every managed node group of every cluster in the account, by name."""
    found: list[Machines] = []
    for cluster in account.call("eks", "list_clusters")["clusters"]:
        for name in account.call("eks", "list_nodegroups", clusterName=cluster)["nodegroups"]:
            seen = account.call("eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name)["nodegroup"]
            found.append(_machines(account, seen))
    return sorted(found, key=lambda group: group.name)


def _machines(account: Account, group: Mapping[str, Any]) -> Machines:
    template = _launch_template(account, group.get("launchTemplate"))
    own_type = template.get("InstanceType")  # where a capacity block or EFA wants it
    spot = group.get("capacityType") == "SPOT"
    scaling = group["scalingConfig"]
    interfaces = template.get("NetworkInterfaces") or []
    return Machines(
        name=str(group["nodegroupName"]),
        instance_types=(own_type,) if own_type else tuple(group.get("instanceTypes") or ()),
        zones=_zones(account, group["subnets"]),
        labels={
            **group.get("labels", {}),
            "eks.amazonaws.com/nodegroup": group["nodegroupName"],
            "eks.amazonaws.com/capacityType": group.get("capacityType") or "ON_DEMAND",
        },
        taints=tuple(_taint(taint) for taint in group.get("taints") or ()),
        spot=spot,
        disk_gib=_disk_gib(template) or int(group.get("diskSize") or DEFAULT_DISK_GIB),
        desired=int(scaling["desiredSize"]),
        maximum=int(scaling["maxSize"]),
        efa_interfaces=sum(i.get("InterfaceType") in EFA_INTERFACE_TYPES for i in interfaces),
        image=str(group.get("amiType", "")),
    )


def _launch_template(account: Account, named: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not named:
        return {}
    by = {"LaunchTemplateId": named["id"]} if named.get("id") else {"LaunchTemplateName": named["name"]}
    versions = [str(named.get("version") or "$Default")]
    answer = account.call("ec2", "describe_launch_template_versions", **by, Versions=versions)
    return cast("Mapping[str, Any]", answer["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def _disk_gib(template: Mapping[str, Any]) -> int:
    """Return the largest disk: Bottlerocket has a small one for itself beside the one for pods."""
    sizes = [device.get("Ebs", {}).get("VolumeSize", 0) for device in template.get("BlockDeviceMappings") or ()]
    return int(max(sizes, default=0))


def _zones(account: Account, subnet_ids: list[str]) -> tuple[str, ...]:
    subnets = account.call("ec2", "describe_subnets", SubnetIds=list(subnet_ids))["Subnets"]
    return tuple(sorted({str(subnet["AvailabilityZone"]) for subnet in subnets}))


def _taint(taint: Mapping[str, str]) -> Mapping[str, str]:
    return {"key": taint["key"], "value": taint.get("value") or "", "effect": KUBERNETES_EFFECTS[taint["effect"]]}
