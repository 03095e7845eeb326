"""The scripts that decide, taken out of the workflow and run: what is touched, what is rendered, what fails.

Not proven here: that GitHub's expressions and artifacts join them as the workflow says; actionlint checks their names.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from rehearsal.diff.changes import Against, Diff
from rehearsal.report.comment import MARKER
from tests.workflows.git_history import GitHistory, with_environments
from tests.workflows.workflow import Step, pull_request

RUN = "https://github.com/acme/llm-platform/actions/runs/7"


@pytest.fixture
def pulled(tmp_path: Path) -> GitHistory:
    """A repository with three environments."""
    return with_environments(tmp_path / "work", ["dev", "prod", "staging"])


def find(history: GitHistory, path: str | None, listed: str = "") -> dict[str, str]:
    """The outputs of the step after a branch that changes this file was merged into a main branch that went on."""
    history.git("switch", "--quiet", "--create", "branch")
    history.write(path or "docs/a.md", "changed")
    history.commit()
    history.git("switch", "--quiet", "main")
    history.write("stacks/Pulumi.staging.yaml", "config: {changed: by-somebody-else}\n")
    base = history.commit()
    history.git("-c", "user.name=a", "-c", "user.email=a@b", "merge", "--quiet", "--no-edit", "--no-ff", "branch")
    step = pull_request().step("environments", "Find the environments that the change touches")
    answer = step.run(history.folder, {"PREVIEW_ENVIRONMENTS": listed})
    assert answer.returncode == 0, answer.stderr
    lines = (history.folder / ".output").read_text().splitlines()
    found = dict(line.split("=", maxsplit=1) for line in lines)
    assert len(found) == len(lines)
    assert found.pop("base") == base
    return found


@pytest.mark.parametrize(
    ("path", "listed", "touched", "previewed"),
    [
        ("docs/a.md", "", [], []),
        ("stacks/Pulumi.dev.yaml", "", ["dev"], []),
        ("stacks/Pulumi.dev.yaml", '["dev", "prod"]', ["dev"], ["dev"]),
        ("components/network.py", '["prod"]', ["dev", "prod", "staging"], ["prod"]),
    ],
)
def test_what_a_merge_touches(
    pulled: GitHistory, path: str, listed: str, touched: list[str], previewed: list[str]
) -> None:
    """What the main branch got meanwhile is not the pull request's."""
    found = {name: json.loads(value) for name, value in find(pulled, path, listed).items()}
    assert found == {"touched": touched, "previewed": previewed}


def test_nothing_touched_is_the_text_that_conditions_compare_with(pulled: GitHistory) -> None:
    found = find(pulled, "docs/a.md")
    assert found == {"touched": "[]", "previewed": "[]"}
    assert pull_request().jobs["rehearse"]["if"] == "needs.environments.outputs.touched != '[]'"
    assert "needs.environments.outputs.previewed != '[]'" in pull_request().jobs["preview"]["if"]


@pytest.mark.parametrize("listed", ["dev", "{}"])
def test_a_list_of_previews_that_is_none_fails_the_step(pulled: GitHistory, listed: str) -> None:
    pulled.write("docs/a.md", "changed")
    pulled.commit()
    step = pull_request().step("environments", "Find the environments that the change touches")
    answer = step.run(pulled.folder, {"PREVIEW_ENVIRONMENTS": listed})
    assert answer.returncode == 2
    assert "allowed: a JSON list" in answer.stderr
    assert not (pulled.folder / ".output").exists()


@pytest.mark.parametrize("rehearsed", [True, False], ids=["there", "removed"])
def test_what_was_rehearsed_is_not_rehearsed_again(tmp_path: Path, rehearsed: bool) -> None:
    command = tmp_path / ".venv" / "bin" / "rehearse"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 1\n")
    command.chmod(0o755)
    if rehearsed:
        (tmp_path / "rehearsed.json").touch()
    step = pull_request().step("rehearse", "Compare with what it would be merged into")
    variables = pull_request().jobs["rehearse"]["env"]
    assert variables == {"ENVIRONMENT": "${{ matrix.environment }}"}
    answer = step.run(tmp_path, {"BASE": "abc"}, job={"ENVIRONMENT": "dev"})
    current = ["--current", "rehearsed.json"] if rehearsed else []
    assert answer.stdout.splitlines() == ["diff", "dev", "--against", "abc", *current, "--json", "dev.json"]
    assert answer.returncode == 1


@pytest.mark.parametrize(
    ("rehearsed", "status", "ends"),
    [(True, 0, 0), (True, 1, 1), (True, 2, 0), (False, 2, 2), (True, 130, 130)],
)
def test_a_base_that_cannot_be_rehearsed_does_not_keep_out_what_mends_it(
    tmp_path: Path, rehearsed: bool, status: int, ends: int
) -> None:
    command = tmp_path / ".venv" / "bin" / "rehearse"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\nexit {status}\n")
    command.chmod(0o755)
    if rehearsed:
        (tmp_path / "rehearsed.json").touch()
    step = pull_request().step("rehearse", "Compare with what it would be merged into")
    answer = step.run(tmp_path, {"BASE": "abc"}, job={"ENVIRONMENT": "dev"})
    assert answer.returncode == ends
    assert ("::warning::dev could not be compared" in answer.stdout) is (status == 2 and rehearsed)


RENDERER = f"""#!{sys.executable} -SE
import json, pathlib, sys
assert sys.argv[1] == "comment", sys.argv
names = [json.loads(pathlib.Path(file).read_text())["stack"] for file in sys.argv[2:]]
assert names
print({MARKER!r}, *names, sep=chr(10))
"""


def render(tmp_path: Path, touched: list[str], rehearsed: list[str], renderer: str = RENDERER) -> tuple[int, str]:
    folder = tmp_path / "work"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".venv" / "bin").mkdir(parents=True)
    command = folder / ".venv" / "bin" / "rehearse"
    command.write_text(renderer)
    command.chmod(0o755)
    if rehearsed:
        (folder / "rehearsals").mkdir()
    for name in rehearsed:
        (folder / "rehearsals" / f"{name}.json").write_text(json.dumps({"stack": name}))
    step = pull_request().step("render", "Render one comment for all environments")
    answer = step.run(folder, {"TOUCHED": json.dumps(touched), "RUN": RUN})
    text = (folder / "comment.md").read_text()
    if answer.returncode == 0:
        assert (folder / ".summary").read_text() == text
    return answer.returncode, text


def test_all_environments_are_rendered_into_one_comment(tmp_path: Path) -> None:
    touched = ["dev", "prod", "staging"]
    assert render(tmp_path, touched, touched) == (0, f"{MARKER}\ndev\nprod\nstaging\n")


def test_an_environment_that_could_not_be_rehearsed_is_named(tmp_path: Path) -> None:
    missing = f"\n**prod could not be rehearsed, or not compared.** [The run]({RUN}) says why.\n"
    assert render(tmp_path, ["dev", "prod"], ["dev"]) == (0, f"{MARKER}\ndev\n{missing}")
    assert render(tmp_path, ["prod"], []) == (0, f"{MARKER}\n{missing}")


def test_only_touched_environments_are_rendered(tmp_path: Path) -> None:
    assert render(tmp_path, ["dev"], ["dev", "other"]) == (0, f"{MARKER}\ndev\n")


def test_nothing_touched_is_said(tmp_path: Path) -> None:
    assert render(tmp_path, [], []) == (0, f"{MARKER}\n\nNo environment is touched any more.\n")


def test_the_real_renderer(tmp_path: Path) -> None:
    """What the step hands it, it takes, and what it prints begins as the next job wants it."""
    folder = tmp_path / "work"
    (folder / ".venv").mkdir(parents=True)
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (folder / "rehearsals").mkdir()
    for name in ("dev", "prod"):
        against = Against(given="HEAD^1", commit="0" * 40)
        diff = Diff(stack=name, against=against, basis="up", counts={"added": 0, "changed": 0, "removed": 0})
        (folder / "rehearsals" / f"{name}.json").write_text(diff.model_dump_json())
    step = pull_request().step("render", "Render one comment for all environments")
    answer = step.run(folder, {"TOUCHED": '["dev", "prod", "staging"]', "RUN": RUN})
    assert answer.returncode == 0, answer.stderr
    text = (folder / "comment.md").read_text()
    assert text.startswith(f"{MARKER}\n")
    assert "dev" in text
    assert text.endswith(f"\n**staging could not be rehearsed, or not compared.** [The run]({RUN}) says why.\n")


def test_a_renderer_that_fails_fails_the_step(tmp_path: Path) -> None:
    status, _ = render(tmp_path, ["dev"], ["dev"], "#!/bin/sh\nexit 2\n")
    assert status == 2


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ("success success success", 0),
        ("success success skipped", 0),
        ("success skipped skipped", 0),
        ("success failure skipped", 1),
        ("success success failure", 1),
        ("success cancelled skipped", 1),
        ("failure skipped skipped", 1),
    ],
)
def test_the_verdict(tmp_path: Path, results: str, status: int) -> None:
    step: Step = pull_request().step("verdict", "Fail when one of them did")
    answer = step.run(tmp_path, {"RESULTS": results})
    assert answer.returncode == status
    assert answer.stdout.startswith("::error::") == bool(status)


def test_a_violation_fails_its_job_and_still_reaches_the_comment() -> None:
    """The step that fails is the one with the violation; what comes after it looks only whether it was cancelled."""
    steps = [step for step in pull_request().steps() if step.job == "rehearse"]
    *_, rehearse, compare, upload = steps
    assert rehearse.content["if"] == "hashFiles(format('stacks/Pulumi.{0}.yaml', matrix.environment)) != ''"
    assert compare.content["if"] == "${{ !cancelled() && steps.installed.outcome == 'success' }}"
    assert upload.content["if"] == "${{ !cancelled() }}"
    jobs = pull_request().jobs
    assert jobs["render"]["if"] == "${{ !cancelled() && needs.environments.result == 'success' }}"
    assert jobs["comment"]["if"] == "${{ !cancelled() && needs.render.result == 'success' }}"
