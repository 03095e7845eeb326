"""What docs/quality.md and the metric catalogue say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from typer.main import get_command

from stacks.settings import parse_settings as parse_stack
from tests.stacks.bad_quality import watches
from tests.stacks.valid_sections import changed_sections
from tests.workloads.quality.played import AT, healthy, settings
from workloads.archive import FolderArchive
from workloads.quality import cli, faults
from workloads.quality.exporter import Exporter
from workloads.quality.result import CONDITIONS, Drift
from workloads.quality.run import run
from workloads.quality.settings import parse_settings

ROOT: Final = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.xdist_group("drift")


@pytest.fixture(scope="module")
def guide() -> str:
    return (ROOT / "docs/quality.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Labels of every metric of a run that has them all, by name."""
    folder = tmp_path_factory.mktemp("quality")
    healthy(folder)
    result = run(settings(folder), FolderArchive(folder / "results"), folder, AT)
    vector = Drift(
        kind="embedding", feature="vector", scores={"mmd": 0.1}, thresholds={"mmd": 0.2}, drifted=False, missing={}
    )
    exporter = Exporter("mail")
    exporter.show(result.model_copy(update={"drift": (*result.drift, vector)}))
    samples = [sample for family in exporter.collect() for sample in family.samples]
    assert all(sample.labels for sample in samples)
    return {sample.name: set(sample.labels) for sample in samples}


def first_cells(guide: str, head: str) -> list[str]:
    table = guide[guide.index(head) :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [line.strip("|").split(" | ")[0].strip() for line in table]


def test_the_examples_are_taken(guide: str) -> None:
    example, section = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    parse_settings(yaml.safe_load(example), "docs/quality.md")
    declared = yaml.safe_load(section)["llm-platform:quality"]
    stack = parse_stack(changed_sections(watches({}) | {"quality": declared}), "docs/quality.md")
    assert [watch.release for watch in stack.quality] == ["quality-router"]


def test_the_commands_and_statuses_exist(guide: str) -> None:
    said = {cell.strip("`").split()[0] for cell in first_cells(guide, "| command |")}
    assert said == set(getattr(get_command(cli.app), "commands", {}))
    kinds: Any = (kind for kind in vars(faults).values() if isinstance(kind, type))
    given = {kind.exit_status for kind in kinds if issubclass(kind, faults.ProgramError)}
    assert {int(cell) for cell in first_cells(guide, "| exit status |")} == given | {0, cli.DRIFTED}


def test_every_condition_is_told(guide: str) -> None:
    said = [name for cell in first_cells(guide, "| condition |") for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(said) == sorted(CONDITIONS)


def test_every_metric_is_told(guide: str, exported: dict[str, set[str]]) -> None:
    said = [name for cell in first_cells(guide, "| metric |") for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(said) == sorted(exported)


def test_the_metric_catalogue_has_what_is_exported(exported: dict[str, set[str]]) -> None:
    catalogue = yaml.safe_load((ROOT / "observability/metrics/quality.yaml").read_text(encoding="utf-8"))
    assert {name: set(metric["labels"]) for name, metric in catalogue["metrics"].items()} == exported
