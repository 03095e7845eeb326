"""Our own chart charts/model-server as the program needs it: its engines, its schema, the values of each engine."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from catalogue.chart_digest import CHARTS_FOLDER
from catalogue.charts import VALUES_FOLDER, merge_values
from catalogue.data_file import CatalogueError, display_name, read_yaml

CHART_FOLDER = CHARTS_FOLDER / "model-server"
SCHEMA_NAME = "values.schema.json"
RELEASE_OF_CHART = "model-server"
"""The chart's entry in helm-values/charts.yaml."""


@cache
def values_schema() -> Mapping[str, Any]:
    """The chart's JSON Schema; CatalogueError where it can't be read."""
    path = CHART_FOLDER / SCHEMA_NAME
    try:
        return cast("Mapping[str, Any]", json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{display_name(path)}: is no JSON Schema that can be read: {error}") from error


@cache
def engines() -> tuple[str, ...]:
    """Engines that the chart can serve with, in its own order."""
    return tuple(values_schema()["properties"]["engine"]["enum"])


@cache
def engine_facts() -> Mapping[str, Mapping[str, Any]]:
    """What differs between the engines, by engine: the chart's files/engines.yaml."""
    content = _mapping(CHART_FOLDER / "files" / "engines.yaml")
    return cast("Mapping[str, Mapping[str, Any]]", content["engines"])


@cache
def chart_values() -> Mapping[str, Any]:
    """The chart's own defaults."""
    return _mapping(CHART_FOLDER / "values.yaml")


@cache
def engine_values(engine: str, environment: str) -> Mapping[str, Any]:
    """What helm-values/<engine>/ sets over the chart's defaults: values.yaml, then <environment>.values.yaml."""
    folder = VALUES_FOLDER / engine
    values = _mapping(folder / "values.yaml")
    of_environment = folder / f"{environment}.values.yaml"
    return merge_values(values, _mapping(of_environment)) if of_environment.is_file() else values


def effective_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the chart's templates see them: over its defaults, which a null takes away.

    https://helm.sh/docs/chart_template_guide/values_files/#deleting-a-default-key
    """
    return _without_removed(merge_values(chart_values(), values), chart_values())


def _without_removed(merged: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in merged.items():
        default = defaults.get(key)
        if value is None and default is not None:
            continue
        both_maps = isinstance(value, Mapping) and isinstance(default, Mapping)
        kept[key] = (
            _without_removed(cast("Mapping[str, Any]", value), cast("Mapping[str, Any]", default))
            if both_maps
            else value
        )
    return kept


def _mapping(path: Path) -> Mapping[str, Any]:
    content = read_yaml(path)
    if not isinstance(content, Mapping):
        raise CatalogueError(f"{display_name(path)}: (whole file): {content!r}: values are a map")
    return cast("Mapping[str, Any]", content)
