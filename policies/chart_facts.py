"""Which Helm charts may be installed, and from where: the lock of charts; facts/charts.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FILE: Final = Path(__file__).parent / "facts" / "charts.yaml"


@dataclass(frozen=True)
class ChartFacts:
    """One release of the lock."""

    chart: str
    """Name in the repository."""
    version: str
    source: str
    """`https://…`: a chart repository; `oci://…`: the chart itself."""


@dataclass(frozen=True)
class OwnChartFacts:
    """One chart of the project itself."""

    path: str
    """Folder, from the project's root: `charts/model-server`."""
    version: str


@cache
def _content() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@cache
def locked_charts() -> Mapping[str, ChartFacts]:
    """Return the upstream charts by release."""
    return {name: ChartFacts(**entry) for name, entry in _content()["charts"].items()}


@cache
def own_charts() -> Mapping[str, OwnChartFacts]:
    """Return the project's own charts by name."""
    return {name: OwnChartFacts(**entry) for name, entry in _content()["first_party"].items()}


def facts_of(release: str) -> ChartFacts | None:
    """Return what the lock has for a release; None for one that it does not have."""
    return locked_charts().get(release)
