"""What describe-instance-types says about an EC2 instance type, as an entry of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Description = Mapping[str, Any]
"""One element of DescribeInstanceTypes' InstanceTypes, as boto3 returns it."""

MIB_PER_GIB: Final = 1024
PREFIX_ADDRESSES: Final = 16  # a delegated IPv4 prefix is a /28
HOST_NETWORK_PODS: Final = 2  # aws-node and kube-proxy use the node's own address
SMALL_NODE_VCPUS: Final = 30
SMALL_NODE_PODS: Final = 110
LARGE_NODE_PODS: Final = 250

# Prefix of the family -> key in the file's quota_families; the first match counts. P4, P5 and P6 share a
# quota on demand and not on spot.
QUOTA_FAMILIES: Final = (
    ("p4", "p4"),
    ("p5", "p5"),
    ("p6", "p6"),
    ("inf", "inf"),
    ("trn", "trn"),
    ("g", "g-and-vt"),
    ("vt", "g-and-vt"),
)


def entry_of(description: Description) -> dict[str, object]:
    """The facts of a catalogue entry: everything but prices and sources."""
    name: str = description["InstanceType"]
    network = description["NetworkInfo"]
    cards: Sequence[Mapping[str, Any]] = network["NetworkCards"]
    vcpus: int = description["VCpuInfo"]["DefaultVCpus"]
    efa_interfaces: int = network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0)
    entry: dict[str, object] = {
        "vcpus": vcpus,
        "memory_gib": _gib(description["MemoryInfo"]["SizeInMiB"]),
        "architecture": _architecture(description),
        "accelerator": _accelerator(description),
        "local_nvme_gb": description.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
        "efa_interfaces": efa_interfaces,
        "network_cards": network["MaximumNetworkCards"],
        "first_efa_card": _first_efa_card(cards) if efa_interfaces else None,
        "pods_with_prefix_delegation": pods_with_prefix_delegation(
            interfaces=cards[network.get("DefaultNetworkCardIndex", 0)]["MaximumNetworkInterfaces"],
            addresses_per_interface=network["Ipv4AddressesPerInterface"],
            vcpus=vcpus,
        ),
        "dedicated_host": description["DedicatedHostsSupported"],
        "usage_classes": sorted(description["SupportedUsageClasses"], key=str),
        "quota_family": quota_family(name),
    }
    if entry["accelerator"] is None:
        del entry["accelerator"]
    return entry


def pods_with_prefix_delegation(*, interfaces: int, addresses_per_interface: int, vcpus: int) -> int:
    """How many pods EKS recommends on a node whose interfaces carry /28 prefixes.

    Every address of an interface but its own can be a prefix of 16; EKS caps the result at 110 pods up to 30
    vCPUs and at 250 above: https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html
    and max-pods-calculator.sh of https://github.com/awslabs/amazon-eks-ami. Only the interfaces of the
    default network card are counted: the others carry EFA.
    """
    addresses = interfaces * (addresses_per_interface - 1) * PREFIX_ADDRESSES + HOST_NETWORK_PODS
    return min(addresses, SMALL_NODE_PODS if vcpus <= SMALL_NODE_VCPUS else LARGE_NODE_PODS)


def quota_family(instance_type: str) -> str:
    """The key of the vCPU quota that the type draws on, among the catalogue's quota_families."""
    for prefix, family in QUOTA_FAMILIES:
        if instance_type.startswith(prefix):
            return family
    return "standard"


def is_accelerator_family(instance_type: str) -> bool:
    """Whether a type belongs to an NVIDIA, Inferentia or Trainium family; G4ad has AMD GPUs."""
    family = instance_type.partition(".")[0]
    rest = family.removeprefix("gr").removeprefix("g").removeprefix("p")
    lettered = family.startswith(("g", "p")) and rest[:1].isdigit()
    return (lettered and family != "g4ad") or family.startswith(("inf", "trn"))


def _architecture(description: Description) -> str:
    # i386 stands beside x86_64 on old types; no type is both x86_64 and arm64.
    return "arm64" if "arm64" in description["ProcessorInfo"]["SupportedArchitectures"] else "x86_64"


def _accelerator(description: Description) -> dict[str, object] | None:
    for gpu in description.get("GpuInfo", {}).get("Gpus", ()):
        if gpu["Manufacturer"].lower() == "nvidia":
            # A fraction of a GPU is described as no GPU and one logical one.
            count = gpu["Count"] or gpu["LogicalGpuCount"]
            accelerator = _device(gpu, "nvidia", count)
            fraction = gpu.get("GpuPartitionSize", 1.0)
            return accelerator if fraction == 1 else accelerator | {"fraction": fraction}
    for device in description.get("NeuronInfo", {}).get("NeuronDevices", ()):
        return _device(device, "aws", device["Count"])
    return None


def _device(device: Mapping[str, Any], manufacturer: str, count: int) -> dict[str, object]:
    return {
        "name": device["Name"],
        "manufacturer": manufacturer,
        "count": count,
        "memory_gib": _gib(device["MemoryInfo"]["SizeInMiB"]),
    }


def _first_efa_card(cards: Sequence[Mapping[str, Any]]) -> int:
    for index, card in enumerate(cards):
        if {"efa", "efa-only"} & set(card.get("InterfaceTypes", ())):
            return index
    return 0  # older answers of the API do not list interface types; their types all begin at card 0


def _gib(mib: int) -> float:
    return round(mib / MIB_PER_GIB, 2)
