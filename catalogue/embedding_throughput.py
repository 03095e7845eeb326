"""How many tokens an instance embeds in a second: an estimate for planning, from what a token costs.

For an encoder of L layers, hidden size h and feed-forward size f, reading windows of n tokens, a token costs

    2 x L x (4 h h + 2 h f)    the weights of attention and feed-forward, a multiplication and an addition each
    4 x L x n x h              attention scores and their use

floating-point operations (Kaplan et al., Scaling Laws for Neural Language Models, 2020, table 1). An accelerator does
its dense FP16 rate x the utilisation; an instance without one does its cores' measured rate. Tokenizing, reading and
writing come on top: they run beside the model.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from catalogue.data_file import Record, read_yaml, validate
from catalogue.instance_types import InstanceType

THROUGHPUT_FILE = Path(__file__).parent / "embedding-throughput.yaml"
VCPUS_PER_CORE = 2

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class Encoder(Record):
    """The shape of an embedding model."""

    layers: Count
    hidden: Count
    feed_forward: Count

    def operations(self, window: int) -> int:
        """Floating-point operations for each token of a window of so many."""
        weights = self.layers * (4 * self.hidden**2 + 2 * self.hidden * self.feed_forward)
        return 2 * weights + 4 * self.layers * window * self.hidden


class Throughput(Record):
    """The whole file."""

    date: date
    sources: Mapping[str, str]
    accelerator_teraflops: Mapping[str, Positive]
    core_gigaflops: Positive
    utilisation: Mapping[int, Annotated[float, Field(gt=0, le=1)]]
    models: Mapping[str, Encoder]


def read_throughput(path: Path) -> Throughput:
    """A file of figures, validated; raises CatalogueError with every fault of it."""
    return validate(path, read_yaml(path), Throughput)


@cache
def load_throughput() -> Throughput:
    """The figures that the project ships."""
    return read_throughput(THROUGHPUT_FILE)


def tokens_per_second(model: str, instance_type: InstanceType, window: int) -> float | None:
    """Tokens that all accelerators (or cores) of an instance embed together; None where the figures are not known."""
    figures = load_throughput()
    encoder = figures.models.get(model)
    if encoder is None:
        return None
    accelerator = instance_type.accelerator
    if accelerator is None:
        rate = instance_type.vcpus / VCPUS_PER_CORE * figures.core_gigaflops * 1e9
    elif accelerator.name in figures.accelerator_teraflops:
        share = max((least, share) for least, share in figures.utilisation.items() if least <= encoder.hidden)[1]
        dense = figures.accelerator_teraflops[accelerator.name] * 1e12
        rate = dense * share * accelerator.fraction * accelerator.count
    else:
        return None
    return rate / encoder.operations(window)
