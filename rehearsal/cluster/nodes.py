"""Simulated nodes: Node manifests as EKS's nodes register, for the machines of a node group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalogue.instance_types import InstanceType, load_instance_types
from components.naming import GPU_PRESENT_LABEL, GPU_PRODUCT_LABEL, label_value
from rehearsal.cluster.node_capacity import node_capacity
from rehearsal.cluster.node_groups import Machines
from rehearsal.cluster.own_machines import own_machine

INSTANCE_TYPE_LABEL: Final = "node.kubernetes.io/instance-type"
ZONE_LABEL: Final = "topology.kubernetes.io/zone"
REGION_LABEL: Final = "topology.kubernetes.io/region"
ARCHITECTURE_LABEL: Final = "kubernetes.io/arch"
SYSTEM_LABEL: Final = "kubernetes.io/os"
HOSTNAME_LABEL: Final = "kubernetes.io/hostname"

SIMULATED_ANNOTATION: Final = "kwok.x-k8s.io/node"
"""KWOK plays the kubelet of nodes that carry it."""

REHEARSED_LABEL: Final = "llm-platform/rehearsed"
"""Label of what a rehearsal made in a cluster, so that the next one finds it."""

GO_ARCHITECTURES: Final = {"x86_64": "amd64", "arm64": "arm64"}
MIB_PER_GIB: Final = 1024


class UnknownInstanceTypeError(Exception):
    """A node group has an instance type that the catalogue does not list, so that nothing is known of its nodes."""


def instance_type_of(name: str, where: str) -> InstanceType:
    """Return the catalogue's entry; raises `UnknownInstanceTypeError`."""
    known = load_instance_types().get(name) or own_machine(name)
    if known is None:
        raise UnknownInstanceTypeError(
            f"{where}: instance type {name}: is not in catalogue/instance-types.yaml; "
            f"`python -m catalogue.refresh --add {name}` adds it"
        )
    return known


def machine_labels(instance_type: InstanceType) -> dict[str, str]:
    """Return the labels that say what machine it is: the kubelet's, the cloud's and GPU Feature Discovery's.

    https://kubernetes.io/docs/reference/labels-annotations-taints/
    https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery
    """
    labels = {
        INSTANCE_TYPE_LABEL: instance_type.name,
        ARCHITECTURE_LABEL: GO_ARCHITECTURES[instance_type.architecture],
        SYSTEM_LABEL: "linux",
    }
    accelerator = instance_type.accelerator
    if accelerator is not None and accelerator.manufacturer == "nvidia":
        labels |= {
            GPU_PRESENT_LABEL: "true",
            GPU_PRODUCT_LABEL: label_value(accelerator.name),
            "nvidia.com/gpu.count": str(accelerator.count),
            "nvidia.com/gpu.memory": str(int(accelerator.memory_gib * MIB_PER_GIB)),
            "feature.node.kubernetes.io/pci-10de.present": "true",
        }
    return labels


def node_manifest(
    name: str,
    instance_type: InstanceType,
    *,
    zone: str,
    labels: Mapping[str, str],
    taints: Sequence[Mapping[str, str]],
    disk_gib: int,
    efa_interfaces: int = 0,
    gpu_resources: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return one simulated node; `labels` win over those that the machine brings. Own machines are in no zone."""
    amounts = node_capacity(instance_type, disk_gib, efa_interfaces=efa_interfaces, gpu_resources=gpu_resources)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                **machine_labels(instance_type),
                **zone_labels(zone),
                HOSTNAME_LABEL: name,
                **labels,
                REHEARSED_LABEL: "true",
            },
            "annotations": {SIMULATED_ANNOTATION: "fake"},
        },
        "spec": {
            "providerID": _provider_id(name, zone),
            "taints": [dict(taint) for taint in taints],
        },
        "status": {
            "capacity": dict(amounts.capacity),
            "allocatable": dict(amounts.allocatable),
            "nodeInfo": {
                "architecture": GO_ARCHITECTURES[instance_type.architecture],
                "operatingSystem": "linux",
            },
        },
    }


def node_manifests(group: Machines) -> list[dict[str, Any]]:
    """Return the nodes that a group starts with.

    EKS takes an on-demand group's types in their order, and spot ones where capacity is deepest, which nobody knows
    beforehand: there the nodes go round the types. Zones are filled evenly.
    https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types
    """
    nodes: list[dict[str, Any]] = []
    for index in range(group.desired):
        type_name = group.instance_types[index % len(group.instance_types) if group.spot else 0]
        zones = group.zones or ("",)
        nodes.append(
            node_manifest(
                group.node_names[index] if group.node_names else f"{group.name}-{index + 1}",
                instance_type_of(type_name, f"node group {group.name}"),
                zone=zones[index % len(zones)],
                labels=group.labels,
                taints=group.taints,
                disk_gib=group.disk_gib,
                efa_interfaces=group.efa_interfaces,
                gpu_resources=group.gpu_resources,
            )
        )
    return nodes


def _provider_id(name: str, zone: str) -> str:
    return f"aws:///{zone}/{name}" if zone else f"eks-hybrid:///{name}"


def zone_labels(zone: str) -> dict[str, str]:
    """Return the labels that say where a node is; of one outside the cloud none."""
    return {ZONE_LABEL: zone, REGION_LABEL: region_of(zone)} if zone else {}


def region_of(zone: str) -> str:
    """Return the region of an availability zone: `us-east-1` of `us-east-1a`."""
    return zone.rstrip("abcdefghijklmnopqrstuvwxyz")
