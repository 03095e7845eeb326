"""What a watch becomes: settings that the program takes, values that the chart takes, rights to its prefixes alone."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.cluster.toolchain import ready_toolchain
from stacks.llm_platform import build_platform
from stacks.settings import parse_settings
from tests.charts.quality_rendering import QUALITY
from tests.components.recorder import Recording, record
from tests.stacks.bad_observability import MONITORED, observability
from tests.stacks.bad_quality import watches
from tests.stacks.valid_sections import changed_sections
from workloads.quality.settings import QualitySettings
from workloads.quality.settings import parse_settings as parse_watch

WHOLE: dict[str, Any] = {
    "predictions": {
        "prefix": "answers/mail",
        "partition": "date=%Y-%m-%d",
        "id": "request",
        "time": "answered",
        "version": "release",
        "prediction": "answer",
        "score": "sure",
        "numerical": ["length"],
        "categorical": ["language"],
    },
    "feedback": {
        "prefix": "labels/mail",
        "partition": "%Y/%m",
        "id": "request",
        "time": "given",
        "label": "right",
        "positive": "spam",
        "days": 14,
        "wait_hours": 72,
        "late_hours": 96,
        "least_rows": 200,
    },
    "reference": {"prefix": "reference/mail", "days": 7, "gap_hours": 12},
    "window": {"hours": 48, "late_hours": 12, "least_rows": 1000, "most_rows": 500_000},
    "groups": {"columns": ["language"], "least_rows": 100, "most": 10},
    "drift": {
        "numerical": "psi",
        "categorical": "hellinger",
        "threshold": 0.2,
        "thresholds": {"length": 0.3},
        "missing": 0.05,
    },
    "embedding": {"column": "vector", "methods": ["mmd"], "window": 1000, "thresholds": {"mmd": 0.1}},
    "every_minutes": 15,
    "memory_gib": 8,
}


@cache
def built(which: str = "least", *, preview: bool = False) -> Recording:
    settings = parse_settings(changed_sections(watches(WHOLE if which == "whole" else {})), "staging")
    return record(lambda: build_platform(settings), preview=preview)


def values_of(recording: Recording) -> dict[str, Any]:
    return recording.one("quality-mail-release").inputs["values"]


def settings_of(recording: Recording) -> QualitySettings:
    return parse_watch(values_of(recording)["settings"], "quality.yaml")


@pytest.fixture(scope="session")
def helm() -> Path:
    return ready_toolchain().helm


def test_what_is_left_out_is_the_programs_default() -> None:
    settings = settings_of(built())
    assert settings.predictions.uri.startswith("s3://llm-platform-staging-datasets-")
    assert settings.predictions.uri.endswith("/answers/mail/")
    assert settings.results.endswith("/quality/mail/")
    least = parse_watch(
        {"model": "classifier", "predictions": {"uri": settings.predictions.uri}, "results": settings.results},
        "quality.yaml",
    )
    assert settings == least


def test_what_is_said_reaches_the_program() -> None:
    settings = settings_of(built("whole")).model_dump(mode="json")
    for section in ("predictions", "feedback", "reference", "window", "groups", "drift", "embedding"):
        said = dict(WHOLE[section])
        prefix = said.pop("prefix", None)
        assert {key: settings[section][key] for key in said} == said, section
        if prefix is not None:
            assert settings[section]["uri"].endswith(f"/{prefix}/")
    assert settings["schedule"]["every_minutes"] == 15


@pytest.mark.parametrize("which", ["least", "whole"])
def test_the_chart_takes_the_values(which: str, helm: Path) -> None:
    values = values_of(built(which))
    rendered = QUALITY.render(helm, values)
    assert yaml.safe_load(rendered.one("ConfigMap")["data"]["quality.yaml"]) == values["settings"]
    memory = rendered.container()["resources"]["limits"]["memory"]
    assert memory == ("8Gi" if which == "whole" else "3Gi")


def test_the_role_has_the_prefixes_that_the_settings_name() -> None:
    recording = built("whole")
    policy = json.loads(recording.one("quality-mail-data").inputs["policy"])
    objects = next(statement for statement in policy["Statement"] if statement["Sid"] == "UseObjects")
    named = {resource.partition("/")[2] for resource in objects["Resource"]}
    assert named == {"answers/mail/*", "labels/mail/*", "reference/mail/*"}


def test_a_weekly_watch_needs_a_threshold_of_a_week() -> None:
    weekly = watches({"every_minutes": 7 * 24 * 60}) | MONITORED | observability(thresholds={"quality_hours": 168})
    assert parse_settings(changed_sections(weekly), "staging").quality[0].every_minutes == 10_080


@pytest.mark.parametrize("which", ["least", "whole"])
def test_a_preview_has_the_same_shape(which: str) -> None:
    assert built(which, preview=True).children() == built(which).children()


def test_the_release_comes_after_its_namespace_and_the_monitors() -> None:
    release = set(built().one("quality-mail-release").dependencies)
    assert "serving-namespace" in release
    assert values_of(built())["podMonitor"]["enabled"] == ("prometheus-operator-crds-release" in release)
