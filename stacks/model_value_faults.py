"""A model's values as the chart gets them, once its schema has nothing against them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from catalogue.model_server_chart import chart_values, effective_values, values_schema
from stacks.model_values import wanted_values
from stacks.sections.models import ModelSettings
from stacks.sections.section import Unread
from stacks.value_schema_faults import REQUIRED, ValueFault, value_faults

if TYPE_CHECKING:
    from stacks.settings import Settings


def refused_values(settings: Settings, model: ModelSettings) -> Iterator[ValueFault]:
    """What the schema refuses: first in the stack file's own values, then in what they make together with the rest."""
    faults = _faults_of(_without_nulls(model.values, chart_values()))
    own = [fault for fault in faults if not fault.message.startswith(REQUIRED)]
    yield from own
    if not own:
        whole = _faults_of(effective_values(wanted_values(settings, model)))
        beside = f" (as helm-values/{model.engine}/values.yaml and the chart's defaults leave it)"
        yield from (fault._replace(message=fault.message + beside) for fault in whole)


def sound_values(settings: Settings, model: ModelSettings) -> dict[str, Any]:
    """The values that the chart's templates see; Unread where the schema refuses them, which is a fault already."""
    if next(refused_values(settings, model), None) is not None:
        raise Unread("values")
    return effective_values(wanted_values(settings, model))


def _faults_of(values: Mapping[str, Any]) -> tuple[ValueFault, ...]:
    # What is not JSON (a date that YAML read) is refused as the text that it looks like.
    return _faults_of_text(json.dumps(values, default=str))


@lru_cache(maxsize=1024)
def _faults_of_text(values: str) -> tuple[ValueFault, ...]:
    """Each rule asks for the same values again, and checking them takes milliseconds."""
    return tuple(value_faults(values_schema(), json.loads(values)))


def _without_nulls(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A null takes a default away, which shows only in the whole; a whole mapping can't be taken away."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        default = defaults.get(key)
        below: Mapping[str, Any] = default if isinstance(default, Mapping) else {}
        if isinstance(value, Mapping):
            kept[key] = _without_nulls(value, below)
        elif value is not None or below:
            kept[key] = value
    return kept
