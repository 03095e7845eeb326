"""The whole day: every exporter of the platform at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rehearsal.observe.story.capacity import capacity
from rehearsal.observe.story.cluster import cluster
from rehearsal.observe.story.gateway import gateway
from rehearsal.observe.story.gpus import gpus
from rehearsal.observe.story.moment import Moment
from rehearsal.observe.story.quality import quality
from rehearsal.observe.story.sample import Sample
from rehearsal.observe.story.serving import serving
from rehearsal.observe.story.stores import stores

YESTERDAY: Final = -26.0
"""Hour at which all exporters begin: rules compare with the same time yesterday, and with the hour before that."""
LAST_WEEK: Final = -24.0 * 7 - 2
"""Hour at which those of quality begin: one rule compares with a week ago."""
EXPORTERS: Final[tuple[Callable[[Moment], Iterator[Sample]], ...]] = (
    serving, gateway, gpus, cluster, capacity, stores, quality,
)  # fmt: skip


def told(now: Moment) -> Iterator[Sample]:
    """All samples of a moment."""
    for exporter in EXPORTERS if now.hour >= YESTERDAY else (quality,):
        yield from exporter(now)
