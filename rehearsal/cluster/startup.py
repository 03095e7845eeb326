"""How long a node, an image and a model's weights take until a pod is ready: startup.yaml and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from catalogue.data_file import Record, read_yaml, validate
from rehearsal.cluster.pod_templates import accelerators

STARTUP_FILE: Final = Path(__file__).with_name("startup.yaml")
MB_PER_GB: Final = 1000

Positive = Annotated[float, Field(gt=0, strict=False)]


class Timed(Record):
    """Something that takes a time of its own."""

    ready_seconds: Positive
    source: str


class Image(Record):
    """Container images: how large, and how fast they come."""

    accelerated_gb: Positive
    """An image that computes on GPUs."""
    plain_gb: Positive
    """Any other image."""
    size_source: str
    pulled_mb_per_second: Positive
    source: str


class Weights(Record):
    """A model's weights: how fast they come to the node."""

    read_gb_per_second: Positive
    source: str


class Startup(Record):
    """The whole file."""

    as_of: date
    node: Timed
    image: Image
    weights: Weights
    engine: Timed

    def pod_seconds(self, pod_spec: Mapping[str, Any], weights_gb: float = 0) -> float:
        """Return the time from a pod's binding to its readiness: image, and with an accelerator weights and engine."""
        if not accelerators(pod_spec):
            return self.image.plain_gb * MB_PER_GB / self.image.pulled_mb_per_second
        pull = self.image.accelerated_gb * MB_PER_GB / self.image.pulled_mb_per_second
        return pull + weights_gb / self.weights.read_gb_per_second + self.engine.ready_seconds


@cache
def load_startup() -> Startup:
    """The figures that the project ships."""
    return validate(STARTUP_FILE, read_yaml(STARTUP_FILE), Startup)
