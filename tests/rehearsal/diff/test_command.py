"""`rehearse diff` as a user runs it, on a repository whose rehearsals answer at once.

Does not prove what real rehearsals tell; test_bad_branch.py compares those of this repository.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.diff.repository import STACK, Repository

PATIENCE = 240
"""Seconds until a started rehearsal must have shown itself; starting Python takes its time on a busy machine."""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.made(tmp_path)


def test_the_working_tree_is_compared_as_it_is_and_left_so(repository: Repository) -> None:
    repository.behave(networks={"vpc": "10.1.0.0/16", "other": "10.2.0.0/16"})
    (repository.project / "staged.txt").write_text("in the index")
    repository.git("add", "staged.txt")
    (repository.project / "untracked.txt").write_text("beside it")
    before = repository.git("status", "--porcelain=v2", "--branch")
    result = repository.rehearse("diff", "dev", "--against", "main", "--json", str(repository.temporary / "diff.json"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "dev: 1 added, 0 changed, 1 replaced, 0 removed"
    assert "cidrBlock: 10.0.0.0/16 → 10.1.0.0/16  forces the replacement" in result.stdout
    assert repository.git("status", "--porcelain=v2", "--branch") == before
    document: dict[str, Any] = json.loads((repository.temporary / "diff.json").read_text())
    assert document["against"]["commit"] == repository.git("rev-parse", "main").strip()
    (repository.temporary / "diff.json").unlink()
    assert repository.leftovers() == []


def test_a_ref_runs_its_own_code_and_nothing_of_ours(repository: Repository) -> None:
    repository.behave(needs="catalogue")  # which is ours, and installed so that its sources can be edited
    commit = repository.commit()
    repository.behave(networks={})
    result = repository.rehearse("diff", "dev", "--against", commit[:10])
    assert (result.returncode, result.stdout) == (2, "")
    said = f"{commit[:10]} ({commit[:12]}): cannot be rehearsed: ModuleNotFoundError: No module named 'catalogue'\n"
    assert result.stderr == said
    assert repository.leftovers() == []


def test_a_ref_without_the_stack_has_nothing(repository: Repository) -> None:
    (repository.project / STACK).rename(repository.project / "stacks/Pulumi.prod.yaml")
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "later")
    (repository.project / "stacks/Pulumi.prod.yaml").rename(repository.project / STACK)
    result = repository.rehearse("diff", "dev", "--against", "main")
    assert result.returncode == 0, result.stderr
    assert "main has no stack dev: everything is added" in result.stdout
    assert result.stdout.splitlines()[-1] == "dev: 1 added, 0 changed, 0 replaced, 0 removed"
    gone = repository.rehearse("diff", "prod", "--against", "main")
    assert gone.returncode == 0, gone.stderr
    assert gone.stdout.splitlines()[-1] == "prod: 0 added, 0 changed, 0 replaced, 1 removed"


def test_a_project_below_the_top_of_a_repository_is_found(tmp_path: Path) -> None:
    repository = Repository.made(tmp_path, "teams/platform")
    repository.behave(networks={"vpc": "10.0.0.0/16", "other": "10.0.0.0/16"})
    result = repository.rehearse("diff", "dev", "--against", "HEAD", folder=repository.project / "stacks")
    assert result.stdout.splitlines()[-1] == "dev: 1 added, 0 changed, 0 replaced, 0 removed", result.stderr


def test_a_hook_of_git_is_neither_run_nor_in_the_way(repository: Repository) -> None:
    hook = repository.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    of_a_hook = {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index", "GIT_WORK_TREE": "/nowhere"}
    result = repository.rehearse("diff", "dev", "--against", "HEAD", environment=of_a_hook)
    assert result.stdout.splitlines()[-1] == "dev: no resource changes", result.stderr
    assert repository.leftovers() == []


FAULT = {"urn": "", "check": "program", "message": "KeyError: 'a'", "at": "stacks/__main__.py:3"}


def test_faults_end_with_one_where_they_are_ours(repository: Repository) -> None:
    repository.behave(faults=[FAULT])
    result = repository.rehearse("diff", "dev", "--against", "HEAD")
    assert result.returncode == 1
    assert "nothing is told as removed" in result.stdout
    assert result.stdout.splitlines()[-1] == "dev: no resource changes; 1 fault"


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ({"faults": [FAULT]}, "its program does not come to its end: KeyError: 'a' (stacks/__main__.py:3)"),
        (
            {"refuses": "stacks/Pulumi.dev.yaml: aws: missing"},
            "cannot be rehearsed: stacks/Pulumi.dev.yaml: aws: missing",
        ),
    ],
)
def test_a_ref_whose_program_fails_is_named(repository: Repository, behaviour: dict[str, Any], said: str) -> None:
    repository.behave(**behaviour)
    repository.commit()
    repository.behave(networks={})
    result = repository.rehearse("diff", "dev", "--against", "main")
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "main" in result.stderr
    assert repository.leftovers() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dev", "--against", "gone"], "--against gone: neither a file nor a commit, branch or tag of this repository"),
        (["dev", "--against", "--all"], "--against --all: neither a file nor a commit"),
        (["dev", "--against", "gone.json"], "gone.json: cannot be read: No such file or directory"),
        (["dev", "--against", "Pulumi.yaml"], "Pulumi.yaml: not JSON"),
        (["dev", "--against", "behaviour.json"], "behaviour.json: format: None; allowed: 1"),
        (["pord", "--against", "main"], "stacks/Pulumi.pord.yaml: no such stack file; the stacks are: dev"),
        (["dev", "--against", "main", "--json", "gone/diff.json"], "the folder gone does not exist"),
    ],
)
def test_what_cannot_be_compared_is_named(repository: Repository, arguments: list[str], said: str) -> None:
    result = repository.rehearse("diff", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_git_can_only_be_compared_with_files(repository: Repository, tmp_path: Path) -> None:
    (repository.root / ".git").rename(tmp_path / "git")
    result = repository.rehearse(
        "diff", "dev", "--against", "main", environment={"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    )
    assert result.returncode == 2
    assert "--against main: no such file, and repository is in no git repository" in result.stderr


def document(folder: Path, outcome: str, cidr: str = "10.9.0.0/16") -> Path:
    vpc = "aws:ec2/vpc:Vpc"
    resource = {"urn": f"urn:pulumi:dev::llm-platform::{vpc}::vpc", "type": vpc, "name": "vpc", "outcome": outcome}
    file = folder / f"{outcome}.json"
    content = {"format": 1, "stack": "dev", "resources": [{**resource, "inputs": {"cidrBlock": cidr}}]}
    file.write_text(json.dumps(content))
    return file


@pytest.mark.parametrize(("outcome", "command"), [("created", "up"), ("planned", "preview")])
def test_a_document_is_compared_with_the_same_command(
    repository: Repository, tmp_path: Path, outcome: str, command: str
) -> None:
    result = repository.rehearse("diff", "dev", "--against", str(document(tmp_path, outcome)))
    assert result.returncode == 0, result.stderr
    assert f"dev against {outcome}.json, by rehearse {command}" in result.stdout
    assert "cidrBlock: 10.9.0.0/16 → 10.0.0.0/16" in result.stdout


def test_what_is_rehearsed_already_is_not_rehearsed_again(repository: Repository, tmp_path: Path) -> None:
    repository.behave(refuses="it was rehearsed")
    arguments = ["--current", str(document(tmp_path, "planned"))]
    result = repository.rehearse("diff", "dev", "--against", "HEAD", *arguments)
    assert "cidrBlock: 10.0.0.0/16 → 10.9.0.0/16" in result.stdout, result.stderr
    mixed = repository.rehearse("diff", "dev", "--against", str(document(tmp_path, "created")), *arguments)
    assert mixed.returncode == 2
    assert "written by `rehearse up`, the other by `rehearse preview`; allowed: two of the same" in mixed.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_no_tree_and_no_process(
    repository: Repository, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    repository.behave(sleeps=120, marks=str(marks))
    repository.commit()
    process = repository.start("diff", "dev", "--against", "main")
    until = time.monotonic() + PATIENCE
    while len(list(marks.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    children = [int(mark.name) for mark in marks.iterdir()]
    assert len(children) == 2, "both sides are rehearsed at once"
    assert repository.leftovers() != []
    process.send_signal(number)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == status, output + errors
    assert "Traceback" not in errors
    assert repository.leftovers() == []
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
