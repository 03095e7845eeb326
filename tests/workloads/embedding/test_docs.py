"""What docs/embedding.md and the settings' reference say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import yaml

from stacks.settings import parse_settings as parse_stack
from tests.stacks.bad_embeddings import indexes
from tests.stacks.valid_sections import changed_sections
from workloads.embedding import cli, faults
from workloads.embedding.search.problems import CODES
from workloads.embedding.settings import parse_settings

GUIDE: Final = Path(__file__).resolve().parents[3] / "docs" / "embedding.md"


@pytest.fixture(scope="module")
def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


def rows(guide: str, head: str) -> list[list[str]]:
    """The rows of the table with this head."""
    table = guide[guide.index(head) :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_the_examples_are_taken(guide: str) -> None:
    example, section = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    parse_settings(yaml.safe_load(example), "docs/embedding.md")
    declared = yaml.safe_load(section)["llm-platform:embeddings"]
    stack = parse_stack(changed_sections(indexes({}) | {"embeddings": declared}), "docs/embedding.md")
    assert [index.release for index in stack.embeddings] == ["embedding-handbook"]


def test_the_exit_statuses_are_the_faults(guide: str) -> None:
    said = {int(number) for row in rows(guide, "| exit status |") for number in row[0].split(", ")}
    kinds: Any = (kind for kind in vars(faults).values() if isinstance(kind, type))
    given = {kind.exit_status for kind in kinds if issubclass(kind, faults.ProgramError)}
    assert given <= said
    assert {0, 5, 130, 143} <= said


def test_the_commands_exist(guide: str) -> None:
    said = {row[0].strip("`").split()[0] for row in rows(guide, "| command |")}
    cli.register_commands()
    app = typer.main.get_command(cli.app)
    assert said <= set(getattr(app, "commands", {}))


def test_the_services_codes_are_all_told(guide: str) -> None:
    said = {code for row in rows(guide, "| status | code |") for code in re.findall(r"`(\w+)`", row[1])}
    assert said == set(CODES)
