"""Rules of `slos`: what a model promises is something that its engine measures and that somebody records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalogue.model_server_chart import effective_values, engine_facts
from stacks.closeness import listed
from stacks.model_values import RECORDING_RULES, value_at, wanted_values
from stacks.sections.models import ModelSettings
from stacks.sections.section import Broken

if TYPE_CHECKING:
    from stacks.settings import Settings

LATENCY_SIGNAL = "timeToFirstTokenSeconds"
"""The signal that tells whether the engine's backend keeps histograms of tokens: both of them or neither."""


def recorded(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """A promise is kept an eye on: the release with the rules is on."""
    given = model.slos.model_dump(exclude_none=True)
    if given and RECORDING_RULES not in settings.charts.releases:
        message = f"needs '{RECORDING_RULES}', which charts.releases lacks"
        yield Broken(("models", index, "slos"), given, message)


def measured(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The engine counts requests by the limit that is promised: between two of its limits nothing is known."""
    metrics = engine_facts()[model.engine]["metrics"]
    source = value_at(effective_values(wanted_values(settings, model)), "model", "source") or {}
    telling = set(metrics["signals"].get(LATENCY_SIGNAL, ()))
    for key, given in model.slos.latencies.items():
        at = ("models", index, "slos", key)
        limits: list[float] = metrics.get("buckets", {}).get(key, [])
        if not limits or not telling & {kind for kind, value in source.items() if value}:
            others = listed(
                name for name, facts in engine_facts().items() if key in facts["metrics"].get("buckets", {})
            )
            message = f"'{model.engine}' does not measure it here; engines that do: {others}; remove this key"
            yield Broken(at, given, message)
        elif given.seconds not in limits:
            message = f"'{model.engine}' counts by other limits; allowed: {listed(f'{limit:g}' for limit in limits)}"
            yield Broken((*at, "seconds"), given.seconds, message)


RULES = (recorded, measured)
