"""What the workflows name is there: commands and their options, targets, files and versions."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from rehearsal.cluster.go_build import numbers
from stacks.project import Project
from tests.workflows.workflow import ROOT, Step, workflows

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def commands(program: str) -> list[list[str]]:
    """The arguments of every call of a program in the scripts of all workflows, without what only shells read."""
    found: list[list[str]] = []
    for workflow in workflows():
        for step in workflow.steps():
            for line in step.script.replace("\\\n", " ").splitlines():
                for call in re.findall(rf"(?:^|[\s(]){re.escape(program)}\s+([^)>|;]*)", line):
                    found.append(shlex.split(call))
    return found


def test_targets_of_make() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    targets = [target for (target,) in commands("make")] + re.findall(r"^make (\S+)$", script, re.MULTILINE)
    assert {".venv/.rehearsal", "lint", "test"} <= set(targets)
    for target in targets:
        subprocess.run(  # noqa: S603 - our own targets
            ["make", "--dry-run", target],  # noqa: S607 - the make of whoever runs the tests
            cwd=ROOT,
            capture_output=True,
            check=True,
        )


def test_the_check_of_every_commit_can_be_run() -> None:
    assert [step.script for step in steps_of("ci.yml") if step.script] == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("arguments", commands(".venv/bin/rehearse"), ids=lambda arguments: arguments[0])
def test_commands_of_rehearse(arguments: list[str]) -> None:
    command, *rest = arguments
    answer = subprocess.run(  # noqa: S603 - our own command
        [Path(sys.executable).with_name("rehearse"), command, "--help"],
        env={"PATH": os.environ["PATH"], "COLUMNS": "200", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    options = [argument for argument in rest if argument.startswith("--")]
    assert [option for option in options if not re.search(rf"{option}\b", answer.stdout)] == []


def test_all_commands_of_rehearse_are_looked_at() -> None:
    assert [arguments[0] for arguments in commands(".venv/bin/rehearse")] == ["up", "diff", "comment"]


def test_modules() -> None:
    called = commands("python3 -m")
    assert {arguments[0] for arguments in called} == {"rehearsal.touched"}
    assert all(find_spec(arguments[0]) for arguments in called)


def test_the_engine_runs_this_project_with_its_pack() -> None:
    found = {command: rest for command, *rest in commands("pulumi")}
    assert set(found) == {"preview", "up"}
    for rest in found.values():
        options = dict(pairwise(rest))
        assert "--non-interactive" in rest
        assert (ROOT / options["--policy-pack"] / "PulumiPolicy.yaml").is_file()
        assert options["--stack"] == f"$ORGANISATION/{Project.find(ROOT).name}/$ENVIRONMENT"


def test_dashboards_follow_an_update() -> None:
    assert commands("exec .venv/bin/python -m") == [["preflight.dashboards", "$ENVIRONMENT"]]
    assert find_spec("preflight.dashboards")
    names = [step.content.get("name") for step in steps_of("update.yml")]
    assert names.index("Publish the dashboards") > names.index("Update, with the policy pack")


def test_versions_are_those_of_the_project() -> None:
    engines = [step for workflow in workflows() for step in workflow.steps() if step.uses.startswith("pulumi/actions@")]
    assert len(engines) == 2
    for engine in engines:
        assert f"pulumi=={engine.content['with']['pulumi-version']}" in PROJECT["project"]["dependencies"]
        assert "command" not in engine.content["with"]
    pythons = {
        step.content["with"]["python-version"]
        for workflow in workflows()
        for step in workflow.steps()
        if step.uses.startswith("actions/setup-python@")
    }
    assert {f">={version}" for version in pythons} == {PROJECT["project"]["requires-python"]}


def test_go_is_new_enough_and_what_it_builds_is_kept() -> None:
    steps = list(steps_of("ci.yml"))
    (go,) = [step.content["with"]["go-version"] for step in steps if step.uses.startswith("actions/setup-go@")]
    (key,) = [step.content["with"]["key"] for step in steps if step.uses.startswith("actions/cache@")]
    hashed = {file for pattern in re.findall(r"'([^']+)'", key) for file in ROOT.glob(f"{pattern}/*")}
    modules = {file for folder in ("rehearsal", "tests") for file in (ROOT / folder).rglob("go.*")}
    assert len(modules) >= 10
    assert modules <= hashed
    for file in modules:
        (needed,) = re.findall(r"^go (\S+)$", file.read_text(), re.MULTILINE) if file.name == "go.mod" else ["0"]
        assert numbers(needed)[:2] <= numbers(go)[:2], file


def test_dependabot_renews_the_pins() -> None:
    assert "package-ecosystem: github-actions" in (ROOT / ".github" / "dependabot.yml").read_text()


def steps_of(name: str) -> Iterator[Step]:
    (found,) = [workflow for workflow in workflows() if workflow.name == name]
    return found.steps()
