"""The model server chart as the program reads it. Does not prove that helm merges alike: tests/charts renders."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue import model_server_chart
from catalogue.data_file import CatalogueError
from catalogue.model_server_chart import (
    chart_values,
    effective_values,
    engine_facts,
    engine_values,
    engines,
    values_schema,
)

ENVIRONMENTS = ("dev", "staging", "prod")


def test_every_engine_has_its_facts() -> None:
    assert set(engine_facts()) == set(engines())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("engine", engines())
def test_every_engine_has_values_of_its_own(engine: str, environment: str) -> None:
    assert engine_values(engine, environment)["engine"] == engine


def test_the_schema_is_closed() -> None:
    assert values_schema()["additionalProperties"] is False


def test_the_charts_defaults_name_no_source() -> None:
    """One would stay beside the model's own, for maps are merged."""
    assert not chart_values()["model"].get("source")


def test_values_stand_over_the_charts_defaults() -> None:
    values = effective_values({"replicas": {"max": 9}, "model": {"name": "qwen"}})
    assert values["replicas"] == chart_values()["replicas"] | {"max": 9}
    assert values["model"]["name"] == "qwen"
    assert values["model"]["dtype"] == chart_values()["model"]["dtype"]


def test_a_null_takes_a_default_away() -> None:
    values = effective_values({"autoscaling": {"cooldownSeconds": None}, "replicas": None})
    assert "cooldownSeconds" not in values["autoscaling"]
    assert "pollingSeconds" in values["autoscaling"]
    assert "replicas" not in values


def test_an_environments_own_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "vllm"
    folder.mkdir()
    (folder / "values.yaml").write_text("replicas: {min: 1, max: 2}\n")
    (folder / "prod.values.yaml").write_text("replicas: {max: 8}\n")
    monkeypatch.setattr(model_server_chart, "VALUES_FOLDER", tmp_path)
    engine_values.cache_clear()
    try:
        assert engine_values("vllm", "dev") == {"replicas": {"min": 1, "max": 2}}
        assert engine_values("vllm", "prod") == {"replicas": {"min": 1, "max": 8}}
    finally:
        engine_values.cache_clear()


@pytest.mark.parametrize(("text", "said"), [("- 1\n", "values are a map"), ("", "values are a map")])
def test_values_that_are_no_map_are_named(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tgi").mkdir()
    (tmp_path / "tgi" / "values.yaml").write_text(text)
    monkeypatch.setattr(model_server_chart, "VALUES_FOLDER", tmp_path)
    engine_values.cache_clear()
    try:
        with pytest.raises(CatalogueError, match=rf"tgi/values\.yaml: \(whole file\): .*{said}"):
            engine_values("tgi", "dev")
    finally:
        engine_values.cache_clear()


def test_a_schema_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "values.schema.json").write_text("{")
    monkeypatch.setattr(model_server_chart, "CHART_FOLDER", tmp_path)
    values_schema.cache_clear()
    try:
        with pytest.raises(CatalogueError, match=r"values\.schema\.json: is no JSON Schema that can be read"):
            values_schema()
    finally:
        values_schema.cache_clear()
