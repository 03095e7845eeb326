"""What is known of EC2 instance types: accelerators, and the price on demand; facts/instance_types.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FILE: Final = Path(__file__).parent / "facts" / "instance_types.yaml"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class InstanceFacts:
    """One instance type."""

    gpus: int
    """How many `nvidia.com/gpu` a node of it offers."""
    usd_per_hour: float | None
    """Linux, on demand, in the file's region; None where it is not sold so."""
    accelerators: int = 0
    """GPUs, Inferentia or Trainium devices that a node of it offers."""
    resource: str | None = None
    """Extended resource of the accelerators."""
    efa_interfaces: int = 0


@cache
def all_facts() -> Mapping[str, InstanceFacts]:
    """Return every known type."""
    content: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a SafeLoader
    return {name: InstanceFacts(**entry) for name, entry in content["instance_types"].items()}


def facts_of(type_: str) -> InstanceFacts | None:
    """Return what is known of a type; None for a type that is not."""
    return all_facts().get(type_)
