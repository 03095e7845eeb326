"""SageMaker endpoints: which machines they run on, and how many at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.instance_facts import facts_of
from policies.reading import Undecided
from policies.resources import Resource, Stack

CONFIGURATION: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
SCALING: Final = "aws:appautoscaling/target:Target"


@dataclass(frozen=True)
class Variant:
    """The machines of one variant of an endpoint."""

    resource: Resource
    """The endpoint's configuration."""
    type_: str
    """As EC2 has it, without `ml.`."""
    max_instances: float

    @property
    def max_gpus(self) -> float:
        """Return how many GPUs they have at most."""
        facts = facts_of(self.type_)
        return facts.gpus * self.max_instances if facts else 0


def variants_of(stack: Stack, configuration: Resource) -> Iterator[Variant]:
    """Give the variants of an endpoint's configuration that run on machines of their own; serverless ones have none.

    Application Auto Scaling names an endpoint and a variant, not the configuration: the greatest maximum of a
    variant's name is taken.
    """
    maxima = list(_maxima(stack))
    for kind in ("productionVariants", "shadowProductionVariants"):
        for variant in configuration.properties.inners(kind):
            name, type_ = variant.text("variantName"), variant.text("instanceType")
            if type_ is None:
                continue
            counts = [variant.number("initialInstanceCount"), variant.number("managedInstanceScaling.maxInstanceCount")]
            counts += [most for scaled, most in maxima if name is None or scaled in (name, "")]
            yield Variant(configuration, type_.removeprefix("ml."), max(count or 1 for count in counts))


def _maxima(stack: Stack) -> Iterator[tuple[str, float]]:
    """Give the name of each variant that is scaled, empty where it is not known, and its greatest size."""
    for target in stack.of_type(SCALING):
        if target.properties.text("serviceNamespace") == "sagemaker":
            try:
                path = (target.properties.text("resourceId") or "").split("/")
            except Undecided:
                path = []
            yield path[-1] if path[-2:-1] == ["variant"] else "", target.properties.number("maxCapacity") or 0
