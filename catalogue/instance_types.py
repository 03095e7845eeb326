"""The EC2 instance types that the platform may use, with dated prices: instance-types.yaml and its loader."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalogue.data_file import CatalogueError, Record, display_name, read_yaml, validate

INSTANCE_TYPES_FILE = Path(__file__).parent / "instance-types.yaml"

Architecture = Literal["x86_64", "arm64"]
UsageClass = Literal["on-demand", "spot", "capacity-block"]
Positive = Annotated[int, Field(gt=0)]
NotNegative = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]


class Accelerator(Record):
    """The accelerators of an instance type, as many as its node offers to pods."""

    name: Text
    """Model as describe-instance-types names it: "H100", "L40S", "Trainium2"."""
    manufacturer: Literal["nvidia", "aws"]
    count: Positive
    """Devices that a node offers to pods, as `resource_name`."""
    memory_gib: Annotated[float, Field(gt=0)]
    """Memory of one device (of its share, where `fraction` is below one)."""
    fraction: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of a whole GPU behind each device: 0.125 on g6f.large, otherwise one."""

    @property
    def total_memory_gib(self) -> float:
        """Memory of all devices together."""
        return self.count * self.memory_gib

    @property
    def resource_name(self) -> str:
        """The extended resource that the device plugin advertises for these devices.

        Neuron's plugin tolerates a taint of this key, and gave up `neurondevice` with Neuron 2.20.
        https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/neuron2.x/announce-eos-neurondevice.html
        """
        return "nvidia.com/gpu" if self.manufacturer == "nvidia" else "aws.amazon.com/neuron"


class QuotaFamily(Record):
    """The Service Quota (of service `ec2`, counted in vCPUs) that a running on-demand instance draws on."""

    name: Text
    code: Annotated[str, Field(pattern=r"^L-[0-9A-F]{8}$")]
    spot_code: Annotated[str, Field(pattern=r"^L-[0-9A-F]{8}$")] | None
    """The quota on running spot instances of the family; None where it is not known for sure."""


class Source(Record):
    """Where figures come from, and of which day they are."""

    date: date
    url: Text
    note: Text | None = None


class InstanceType(Record):
    """One EC2 instance type: what a node of it has, how it is sold and what it costs."""

    name: Text
    vcpus: Positive
    memory_gib: Annotated[float, Field(gt=0)]
    architecture: Architecture
    accelerator: Accelerator | None = None
    local_nvme_gb: NotNegative
    efa_interfaces: NotNegative
    """How many EFA interfaces can be attached; 0 means that the type has no EFA."""
    network_cards: Positive
    first_efa_card: NotNegative | None
    """Lowest network card index that carries EFA: 1 on p6-b300, whose card 0 has none; None without EFA."""
    pods_with_prefix_delegation: Positive
    dedicated_host: bool
    """Whether Dedicated Hosts of this type can be allocated."""
    usage_classes: Annotated[tuple[UsageClass, ...], Field(strict=False, min_length=1)]
    """How EC2 sells the type at all; a region may offer less."""
    quota_family: QuotaFamily
    on_demand_usd_per_hour: Annotated[float, Field(gt=0)] | None
    """Linux, shared tenancy, in the catalogue's region; None when the price list there has no such price."""
    price_source: Source | None = None
    price_missing_because: Text | None = None
    facts_source: Source

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        priced = self.on_demand_usd_per_hour is not None
        if priced != (self.price_source is not None) or priced == (self.price_missing_because is not None):
            raise ValueError("a price needs its price_source; no price needs its price_missing_because")
        if (self.efa_interfaces > 0) != (self.first_efa_card is not None):
            raise ValueError("first_efa_card stands exactly where efa_interfaces is above 0")
        return self

    @property
    def gpus(self) -> int:
        """How many `nvidia.com/gpu` a node of this type offers."""
        if self.accelerator is None or self.accelerator.manufacturer != "nvidia":
            return 0
        return self.accelerator.count


class Correction(Record):
    """Facts that describe-instance-types states wrongly or not at all."""

    facts: Mapping[str, object]
    reason: Text


class InstanceCatalogue(Record):
    """The whole file: the types, those knowingly left out, and what the figures rest on."""

    region: Text
    date: date
    """The day of the last look at prices; each figure's source has its own."""
    sources: Mapping[str, Source]
    quota_families: Mapping[str, QuotaFamily]
    corrections: Mapping[str, Correction]
    """By type; a refresh applies them to what EC2 answers."""
    left_out: Mapping[str, Text]
    """NVIDIA, Inferentia and Trainium types that exist and are not offered here, with the reason."""
    instance_types: Mapping[str, InstanceType]

    @model_validator(mode="after")
    def _lists_each_type_once(self) -> Self:
        if both := sorted(set(self.left_out) & set(self.instance_types)):
            raise ValueError(f"both listed and left out: {', '.join(both)}")
        return self


def read_instance_catalogue(path: Path) -> InstanceCatalogue:
    """A catalogue file, validated; raises CatalogueError with every fault of it."""
    content = read_yaml(path)
    if isinstance(content, dict) and isinstance(types := content.get("instance_types"), dict):
        content = {**content, "instance_types": _with_references_resolved(path, content, types)}
    return validate(path, content, InstanceCatalogue)


@cache
def load_instance_catalogue() -> InstanceCatalogue:
    """The catalogue that the project ships."""
    return read_instance_catalogue(INSTANCE_TYPES_FILE)


@cache
def load_instance_types() -> Mapping[str, InstanceType]:
    """The instance types of the shipped catalogue by name."""
    return MappingProxyType(dict(load_instance_catalogue().instance_types))


def _with_references_resolved(
    path: Path, content: Mapping[str, object], types: Mapping[str, object]
) -> dict[str, object]:
    """The types with the names of sources and quota families replaced by what stands under them."""
    tables = {
        "quota_family": content.get("quota_families"),
        "price_source": content.get("sources"),
        "facts_source": content.get("sources"),
    }
    resolved: dict[str, object] = {}
    for name, entry in types.items():
        if not isinstance(entry, dict):
            resolved[name] = entry
            continue
        full: dict[str, object] = {"name": name, **entry}
        for key, table in tables.items():
            reference = full.get(key)
            if not isinstance(reference, str) or not isinstance(table, dict):
                continue
            if reference not in table:
                known = ", ".join(sorted(table))
                raise CatalogueError(
                    f"{display_name(path)}: instance_types.{name}.{key}: {reference!r}: is none of {known}"
                )
            full[key] = table[reference]
        resolved[name] = full
    return resolved
