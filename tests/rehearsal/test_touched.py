"""Which environments a change touches: by path, and by a repository's history.

One test watches what a rehearsal reads. Not proven here: that what only the real engine reads is never told harmless.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal import touched as module
from rehearsal.touched import ChangeError, changed_files, environments, is_harmless, listed, main, removed, touched
from stacks.project import Project
from tests.workflows.git_history import GitHistory, git, with_environments

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ["dev", "prod", "staging"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], []),
        (["docs"], ENVIRONMENTS),  # a file of this name
        (["stacks/Pulumi.dev.yaml"], ["dev"]),
        (["stacks/Pulumi.prod.yaml", "stacks/Pulumi.dev.yaml"], ["dev", "prod"]),
        (["stacks/Pulumi.dev.yaml", "docs/cluster.md"], ["dev"]),
        (["stacks/Pulumi.gone.yaml"], []),
        (["README.md", "docs/decisions/0001.md", "docs/picture.svg", "CONTRIBUTING.md"], []),
        (["tests/policies/sample.py", ".ci/run", ".gitignore", ".pre-commit-config.yaml"], []),
        (["components/network.py"], ENVIRONMENTS),
        (["stacks/sections/cluster.py"], ENVIRONMENTS),
        (["stacks/Pulumi.yaml"], ENVIRONMENTS),
        (["stacks/old/Pulumi.dev.yaml"], ENVIRONMENTS),
        (["catalogue/instance-types.yaml"], ENVIRONMENTS),
        (["helm-values/vllm/values.yaml"], ENVIRONMENTS),
        (["charts/model-server/README.md"], ENVIRONMENTS),
        (["policies/gpu/node_groups_are_tainted.py"], ENVIRONMENTS),
        (["rehearsal/monitor.py"], ENVIRONMENTS),
        (["preflight/ci_permissions.yaml"], ENVIRONMENTS),
        (["uv.lock"], ENVIRONMENTS),
        (["Pulumi.yaml"], ENVIRONMENTS),
        (["Makefile"], ENVIRONMENTS),
        ([".github/workflows/pull-request.yml"], ENVIRONMENTS),
        (["something-new"], ENVIRONMENTS),
        (["docs.py"], ENVIRONMENTS),
    ],
)
def test_paths(files: Sequence[str], expected: Sequence[str]) -> None:
    assert touched(files, ENVIRONMENTS) == expected


PATHS = st.one_of(
    st.sampled_from(["docs/a.md", "tests/a.py", "README.md", "components/a.py", "uv.lock", "docs", "a b\nc.md"]),
    st.sampled_from(ENVIRONMENTS).map(lambda name: f"stacks/Pulumi.{name}.yaml"),
    st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), min_size=1, max_size=4).map("/".join),
)


@given(st.lists(PATHS), st.lists(PATHS), st.sets(st.sampled_from(ENVIRONMENTS)))
def test_what_a_change_touches_is_what_its_files_touch(some: list[str], others: list[str], existing: set[str]) -> None:
    together = touched(some + others, existing)
    assert set(together) == set(touched(some, existing)) | set(touched(others, existing))
    assert together == sorted(set(together) & existing)


@given(PATHS, st.sampled_from(ENVIRONMENTS))
def test_only_stack_files_tell_environments_apart(file: str, environment: str) -> None:
    of_all = touched([file], ENVIRONMENTS)
    assert len(of_all) in ({0, 1} if file.startswith("stacks/Pulumi.") else {0, len(ENVIRONMENTS)})
    assert (touched([file], [environment]) == [environment]) == (environment in of_all)


def test_the_environments_are_those_of_the_project() -> None:
    assert environments(ROOT) == Project.find(ROOT).stacks()


@pytest.mark.parametrize("name", ["a b", "$(id)", "-rf", 'x"y', "new\nline", "é"])
def test_a_name_that_commands_could_misread_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / f"Pulumi.{name}.yaml").touch()
    with pytest.raises(ChangeError, match="name is letters"):
        environments(tmp_path)


# What the interpreter opens and imports while an environment is rehearsed, as paths below the root.
WATCHED = """
import os, sys
from importlib.util import source_from_cache
root, opened = os.getcwd() + "/", set()
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.add(os.path.abspath(arguments[0]))
sys.addaudithook(watch)
sys.argv = ["rehearse", "preview", "dev"]
from rehearsal.cli import app
try:
    app()
except SystemExit as end:
    assert end.code in (None, 0, 1), end.code  # violations are another test's matter
opened |= {source_from_cache(file) for file in opened if file.endswith(".pyc") and "__pycache__" in file}
opened |= {file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
print("READ", *sorted(path.removeprefix(root) for path in opened if path.startswith(root)), sep=chr(10))
"""


def test_what_a_rehearsal_reads_touches_its_environment() -> None:
    answer = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", WATCHED], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    read = answer.stdout[answer.stdout.index("READ\n") :].splitlines()[1:]
    ours = set(read) & set(git(ROOT, "ls-files", "-co", "--exclude-standard").splitlines())
    assert {"stacks/Pulumi.dev.yaml", "Pulumi.yaml", "components/network.py", "policies/pack.py"} <= ours
    assert [file for file in ours if touched([file], ["dev"]) != ["dev"]] == []


def test_harmless_paths_are_there() -> None:
    """A folder that was renamed would leave a hole behind."""
    assert all((ROOT / folder).is_dir() and is_harmless(f"{folder}/a") for folder in module.HARMLESS)
    assert all((ROOT / file).is_file() and is_harmless(file) for file in module.HARMLESS_AT_TOP)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHistory:
    """A repository with three environments, and the module in it."""
    monkeypatch.setattr(module, "__file__", str(tmp_path / "rehearsal" / "touched.py"))
    return with_environments(tmp_path, ENVIRONMENTS)


def test_a_branch_is_compared_with_where_it_began(repository: GitHistory) -> None:
    began = repository.git("rev-parse", "HEAD").strip()
    repository.git("switch", "--quiet", "--create", "branch")
    repository.write("stacks/Pulumi.dev.yaml", "config: {a: b}")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.write("stacks/Pulumi.prod.yaml", "config: {a: b}")
    repository.commit()
    repository.git("switch", "--quiet", "branch")
    assert (
        changed_files(repository.folder, "main")
        == changed_files(repository.folder, began)
        == ["stacks/Pulumi.dev.yaml"]
    )


def test_what_is_not_committed_counts(repository: GitHistory) -> None:
    repository.write("stacks/Pulumi.dev.yaml", "config: {a: b}")
    assert changed_files(repository.folder, "HEAD") == ["stacks/Pulumi.dev.yaml"]


def test_a_file_that_moved_is_both(repository: GitHistory) -> None:
    before = repository.git("rev-parse", "HEAD").strip()
    repository.write("docs/é \t\n.md", "the same text in two places, so that git sees a move " * 20)
    middle = repository.commit()
    (repository.folder / "docs" / "é \t\n.md").rename(repository.folder / "components.py")
    repository.commit()
    assert sorted(changed_files(repository.folder, middle)) == ["components.py", "docs/é \t\n.md"]
    assert changed_files(repository.folder, before) == ["components.py"]


def test_the_command_answers_with_json(repository: GitHistory, capsys: pytest.CaptureFixture[str]) -> None:
    repository.write("stacks/Pulumi.dev.yaml", "config: {a: b}")
    repository.write("stacks/Pulumi.prod.yaml", "config: {a: b}")
    assert main(["--against", "HEAD"]) == 0
    answer = capsys.readouterr()
    assert json.loads(answer.out) == ["dev", "prod"]
    assert "dev: touched by 'stacks/Pulumi.dev.yaml'" in answer.err
    assert main(["--against", "HEAD", "--among", '["prod", "other"]']) == 0
    assert json.loads(capsys.readouterr().out) == ["prod"]


def test_an_environment_that_is_removed_is_touched_and_no_longer_there(
    repository: GitHistory, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.folder / "stacks" / "Pulumi.dev.yaml").unlink()
    assert main(["--against", "HEAD"]) == 0
    assert capsys.readouterr().out == '["dev"]\n'
    assert main(["--against", "HEAD", "--among", '["dev"]']) == 0
    assert capsys.readouterr().out == "[]\n"


def test_an_environment_that_gets_another_name_is_both(
    repository: GitHistory, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.folder / "stacks" / "Pulumi.dev.yaml").rename(repository.folder / "stacks" / "Pulumi.test.yaml")
    repository.git("add", "--all")
    assert main(["--against", "HEAD"]) == 0
    assert capsys.readouterr().out == '["dev", "test"]\n'


def test_the_name_of_a_removed_environment_is_looked_at_too() -> None:
    with pytest.raises(ChangeError, match="name is letters"):
        removed(["stacks/Pulumi.$(id).yaml"], ENVIRONMENTS)


@pytest.mark.parametrize("reference", ["nowhere", "--output=x", "", "HEAD:stacks"])
def test_a_reference_that_is_no_commit_is_named(
    repository: GitHistory, capsys: pytest.CaptureFixture[str], reference: str
) -> None:
    assert main([f"--against={reference}"]) == 2
    answer = capsys.readouterr()
    assert f"--against {reference!r}: no such commit" in answer.err
    assert answer.out == ""
    assert sorted(file.name for file in repository.folder.iterdir()) == [".git", "rehearsal", "stacks"]


def test_history_without_a_common_beginning_is_named(
    repository: GitHistory, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.git("switch", "--quiet", "--orphan", "other")
    repository.write("stacks/Pulumi.dev.yaml", "")
    repository.commit()
    assert main(["--against", "main"]) == 2
    assert "no history in common" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["dev", "{}", "[1]", '"dev"', "", "[[]]"])
def test_a_list_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ChangeError, match="allowed: a JSON list"):
        listed(text)


def test_without_git_it_is_said(
    repository: GitHistory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(repository.folder))
    assert main(["--against", "HEAD"]) == 2
    assert "git is not installed" in capsys.readouterr().err


def test_it_needs_nothing_that_has_to_be_installed(repository: GitHistory) -> None:
    """The workflow asks before it installs anything: `-S` leaves out all that is."""
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "rehearsal.touched", "--against", "HEAD"],
        cwd=repository.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "[]\n"
