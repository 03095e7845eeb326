"""What an environment promises and tolerates, as its rules read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from observability.slo import Indicator, Objective, objective_group
from observability.thresholds import threshold_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stacks.sections.models import ModelSettings
    from stacks.settings import Settings


def environment_rules(settings: Settings) -> Sequence[Mapping[str, Any]]:
    """The rule groups that only this environment has, for the release `monitoring`."""
    teams = {namespace.name: namespace.team for namespace in settings.namespaces}
    objectives = [each for model in settings.models for each in _objectives(model, teams[model.namespace])]
    groups = (objective_group(objectives), threshold_group(settings.observability.thresholds.given))
    return [group for group in groups if group is not None]


def _objectives(model: ModelSettings, team: str) -> Iterator[Objective]:
    promised: list[tuple[Indicator, float, float | None]] = []
    slos = model.slos
    if slos.availability is not None:
        promised.append(("availability", slos.availability, None))
    if slos.ttft is not None:
        promised.append(("ttft", slos.ttft.ratio, slos.ttft.seconds))
    if slos.tpot is not None:
        promised.append(("tpot", slos.tpot.ratio, slos.tpot.seconds))
    for indicator, ratio, seconds in promised:
        yield Objective(
            model=model.name, namespace=model.namespace, team=team, indicator=indicator, ratio=ratio, seconds=seconds
        )
