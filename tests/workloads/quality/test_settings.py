"""A settings file is taken as a whole, or refused with every fault in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workloads.faults import InputError
from workloads.quality.settings import load_settings, parse_settings

LEAST: dict[str, Any] = {"model": "mail", "predictions": {"uri": "s3://data/mail/"}, "results": "s3://data/quality/"}
FEEDBACK = {"uri": "s3://data/labels/"}


def test_the_least_is_enough() -> None:
    settings = parse_settings(LEAST, "quality.yaml")
    assert settings.feedback is None
    assert settings.drift.threshold == 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "a b"}, "model: 'a b': String should match pattern"),
        ({"modle": "mail"}, "modle: Extra inputs are not permitted"),
        (
            {"predictions": {"uri": "x", "numerical": ["id"]}},
            "predictions: columns named for two things: id",
        ),
        (
            {"predictions": {"uri": "x", "partition": "date=%d.%b"}},
            "predictions.partition: 'date=%d.%b': String should match pattern",
        ),
        (
            {"drift": {"thresholds": {"lenght": 1.0}}},
            "file: drift.thresholds: lenght: allowed: prediction",
        ),
        ({"groups": {"columns": ["language"]}}, "file: groups: their quality is that of labelled answers"),
        ({"embedding": {"column": "vector"}}, "needs reference.uri, or embedding.thresholds"),
        (
            {"embedding": {"column": "vector", "thresholds": {"mmd": 1}}},
            "embedding: thresholds for mmd: allowed: for all of methods, or none",
        ),
        ({"schedule": {"every_minutes": 0}}, "schedule.every_minutes: 0: Input should be greater than or equal to 1"),
        ({"feedback": FEEDBACK | {"days": "7"}, "window": {"hours": 0}}, "window.hours: 0: "),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_settings(LEAST | changes, "quality.yaml")
    assert message in str(refused.value)
    assert all(line.startswith("quality.yaml: ") for line in str(refused.value).splitlines())


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        parse_settings({"predictions": {"uri": ""}, "window": {"hours": 0}}, "quality.yaml")
    assert len(str(refused.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), ("a: [", "is not YAML"), ("- a", "needs a mapping"), (b"\xff\xfe\xfa", "is not YAML")],
)
def test_a_file_that_is_none(content: str | bytes | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "quality.yaml"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=message):
        load_settings(file)
