"""What Karpenter may buy: the instance catalogue as the list of types that its KWOK provider reads.

Figures that no catalogue of AWS's holds stand in karpenter.yaml. A type without an on-demand price is left out: the
provider would have to choose by a made-up price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from catalogue.data_file import Record, read_yaml, validate
from catalogue.instance_types import InstanceType, load_instance_types
from rehearsal.cluster.amounts import amounts
from rehearsal.cluster.node_capacity import node_capacity
from rehearsal.cluster.nodes import (
    ARCHITECTURE_LABEL,
    GO_ARCHITECTURES,
    INSTANCE_TYPE_LABEL,
    REGION_LABEL,
    SYSTEM_LABEL,
    ZONE_LABEL,
)

KARPENTER_FILE: Final = Path(__file__).parent / "karpenter.yaml"
CAPACITY_TYPE_LABEL: Final = "karpenter.sh/capacity-type"

CapacityType = Literal["on-demand", "spot"]
CAPACITY_TYPES: Final[tuple[CapacityType, ...]] = ("on-demand", "spot")


class SpotShare(Record):
    """Which share of the on-demand price a spot instance is taken to cost."""

    value: Annotated[float, Field(gt=0, le=1)]
    source: str
    note: str


class ProviderReserves(Record):
    """What the KWOK provider takes off every type's resources."""

    cpu_millicores: Annotated[int, Field(ge=0)]
    memory_mib: Annotated[int, Field(ge=0)]
    source: str


class KarpenterFigures(Record):
    """The file karpenter.yaml."""

    as_of: date
    spot_share_of_on_demand: SpotShare
    provider_reserves: ProviderReserves


@cache
def karpenter_figures() -> KarpenterFigures:
    """Return what karpenter.yaml says; raises CatalogueError for a fault in it."""
    return validate(KARPENTER_FILE, read_yaml(KARPENTER_FILE), KarpenterFigures)


@dataclass(frozen=True)
class Offer:
    """An instance type as it can be bought, in any zone: the catalogue knows one price per region."""

    type: InstanceType
    capacity_type: CapacityType
    usd_per_hour: float

    @property
    def name(self) -> str:
        """How it is shown: `g6.xlarge spot`."""
        return f"{self.type.name} {self.capacity_type}"

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its nodes that NodePools and pods may select by, without zone and region."""
        return {
            INSTANCE_TYPE_LABEL: self.type.name,
            CAPACITY_TYPE_LABEL: self.capacity_type,
            ARCHITECTURE_LABEL: GO_ARCHITECTURES[self.type.architecture],
            SYSTEM_LABEL: "linux",
            **aws_labels(self.type),
        }


def offers(types: Mapping[str, InstanceType] | None = None) -> list[Offer]:
    """Return everything that can be bought, by name."""
    found = (load_instance_types() if types is None else types).values()
    return sorted((offer for each in found for offer in _offers(each)), key=lambda offer: offer.name)


def usd_per_hour(instance_type: str, capacity_type: str) -> float | None:
    """Return what a node costs per hour; None where the catalogue has no price for it."""
    known = load_instance_types().get(instance_type)
    if known is None or known.on_demand_usd_per_hour is None:
        return None
    share = karpenter_figures().spot_share_of_on_demand.value if capacity_type == "spot" else 1.0
    return round(known.on_demand_usd_per_hour * share, 6)


def _offers(each: InstanceType) -> Iterator[Offer]:
    for capacity_type in CAPACITY_TYPES:
        price = usd_per_hour(each.name, capacity_type)
        if price is not None and capacity_type in each.usage_classes:
            yield Offer(each, capacity_type, price)


def aws_labels(each: InstanceType) -> dict[str, str]:
    """Return the labels of the AWS provider that say what a type is.

    They are given with the offerings, because the KWOK provider then lets NodePools require them as well.
    https://karpenter.sh/docs/concepts/scheduling/#well-known-labels
    """
    family, _, size = each.name.partition(".")
    labels = {
        "instance-family": family,
        "instance-size": size,
        "instance-category": family[: _first_digit(family)],
        "instance-generation": family[_first_digit(family) : _first_digit(family) + 1],
        "instance-cpu": str(each.vcpus),
        "instance-memory": str(int(each.memory_gib * 1024)),
        "instance-gpu-count": str(each.gpus) if each.gpus else "",
        "instance-gpu-name": each.accelerator.name.lower() if each.accelerator is not None and each.gpus else "",
        "instance-gpu-manufacturer": "nvidia" if each.gpus else "",
    }
    return {f"karpenter.k8s.aws/{key}": value for key, value in labels.items() if value}


def _first_digit(family: str) -> int:
    return next((index for index, letter in enumerate(family) if letter.isdigit()), len(family))


def instance_types_document(zones: Sequence[str], region: str, disk_gib: int) -> list[dict[str, Any]]:
    """Return the list that the provider reads (INSTANCE_TYPES_FILE_PATH): each offer in each zone."""
    by_type: dict[str, list[Offer]] = {}
    for offer in offers():
        by_type.setdefault(offer.type.name, []).append(offer)
    return [_type(many, zones, region, disk_gib) for _, many in sorted(by_type.items())]


def _type(many: Sequence[Offer], zones: Sequence[str], region: str, disk_gib: int) -> dict[str, Any]:
    each = many[0].type
    return {
        "name": each.name,
        "architecture": GO_ARCHITECTURES[each.architecture],
        "operatingSystems": ["linux"],
        "resources": _resources(each, disk_gib),
        "offerings": [_offering(offer, zone, region) for offer in many for zone in zones],
    }


def _offering(offer: Offer, zone: str, region: str) -> dict[str, Any]:
    where = {CAPACITY_TYPE_LABEL: offer.capacity_type, ZONE_LABEL: zone, REGION_LABEL: region}
    labels = {**where, **aws_labels(offer.type)}
    return {
        "Price": offer.usd_per_hour,
        "Requirements": [{"key": key, "operator": "In", "values": [value]} for key, value in labels.items()],
    }


def allocatable(each: InstanceType, disk_gib: int) -> dict[str, int]:
    """Return what pods can have of a machine of a type that Karpenter buys."""
    return amounts(node_capacity(each, disk_gib).allocatable)


def _resources(each: InstanceType, disk_gib: int) -> dict[str, str]:
    """Return EKS's allocatable with what the provider is going to take off again."""
    reserves = karpenter_figures().provider_reserves
    have = allocatable(each, disk_gib)
    have["cpu"] += reserves.cpu_millicores
    have["memory"] += reserves.memory_mib * 2**20
    return {name: f"{value}m" if name == "cpu" else str(value) for name, value in have.items()}
