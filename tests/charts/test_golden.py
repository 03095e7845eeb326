"""Renders against their golden files, twice the same, and helm lint.

A golden file proves that nothing changed unseen. It does not prove that what it holds is right, nor that an engine
takes its arguments: no engine runs here.
"""

import subprocess
from pathlib import Path

import pytest

from tests.charts.golden import CASES, GOLDEN, golden_file, golden_text
from tests.charts.rendering import CHART, ENGINES, HELM_VALUES, Chart


@pytest.mark.parametrize("case", CASES)
def test_render_is_the_golden_file(chart: Chart, case: str) -> None:
    kept = golden_file(case).read_text(encoding="utf-8")
    assert golden_text(chart, case) == kept, "changed: `python -m tests.charts.golden`, then read the diff"


def test_every_golden_file_has_a_case() -> None:
    assert {file.stem for file in GOLDEN.glob("*.yaml")} == set(CASES)


@pytest.mark.parametrize("engine", ENGINES)
def test_two_renders_are_the_same(chart: Chart, engine: str) -> None:
    assert chart.text(engine) == chart.text(engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_helm_lint_finds_nothing(helm: Path, engine: str) -> None:
    command = [helm, "lint", "--strict", "--kube-version", "1.35.0", CHART, "-f", HELM_VALUES / engine / "values.yaml"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own helm
    assert ran.returncode == 0, ran.stdout
    # Only that there is no picture for a chart museum.
    assert [line for line in ran.stdout.splitlines() if line.startswith("[")] == [
        "[INFO] Chart.yaml: icon is recommended"
    ]
