"""actionlint, with shellcheck, finds nothing in the workflows, and something in broken ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs.go_program import ACTIONLINT
from tests.workflows.workflow import FOLDER, ROOT, pull_request, workflows

SECONDS_TO_BUILD = 1800


@pytest.fixture(scope="session")
def actionlint() -> Path:
    return ACTIONLINT.ready()


def lint(actionlint: Path, *files: Path) -> list[str]:
    """What it finds, a line each."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shellcheck = shutil.which("shellcheck", path=places)
    assert shellcheck is not None, "without shellcheck, actionlint says nothing of scripts"
    answer = subprocess.run(  # noqa: S603 - our own build
        [actionlint, "-oneline", "-no-color", "-shellcheck", shellcheck, "-pyflakes", "", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode in {0, 1}, answer.stderr
    assert (answer.returncode == 0) == (answer.stdout == "")
    return answer.stdout.splitlines()


@pytest.mark.timeout(SECONDS_TO_BUILD)
def test_it_is_the_pinned_one(actionlint: Path) -> None:
    answer = subprocess.run(  # noqa: S603 - our own build
        [actionlint, "-version"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[0] == ACTIONLINT.version.removeprefix("v")


@pytest.mark.timeout(SECONDS_TO_BUILD)
def test_the_workflows_are_clean(actionlint: Path) -> None:
    files = [FOLDER / workflow.name for workflow in workflows()]
    assert [file.name for file in files] == ["ci.yml", "pull-request.yml", "update.yml"]
    assert lint(actionlint, *files) == []


@pytest.mark.timeout(SECONDS_TO_BUILD)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("needs: environments\n", "needs: enviroments\n", "[job-needs]"),
        ("timeout-minutes: 20", "timeout-minuets: 20", "[syntax-check]"),
        ("needs.environments.outputs.base", "needs.environments.outputs.bass", "[expression]"),
        ('"$ENVIRONMENT" --against', "$ENVIRONMENT --against", "[shellcheck]"),
        ('--against "$BASE"', '--against "${{ github.event.pull_request.title }}"', "[expression]"),
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-12.04", "[runner-label]"),
        ("pull-requests: write", "pull-request: write", "[permissions]"),
        ("on:\n  pull_request:", "on:\n  pull_requests:", "[events]"),
    ],
)
def test_a_broken_workflow_is_noticed(actionlint: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = pull_request().text
    assert old in text, "this mutation changes nothing"
    file = tmp_path / "broken.yml"
    file.write_text(text.replace(old, new, 1))
    found = lint(actionlint, file)
    assert [line for line in found if said in line], found
