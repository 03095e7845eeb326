"""The step that posts the comment, taken out of the workflow and run against a stand-in for `gh`.

Not proven here: that GitHub answers as the stand-in does.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rehearsal.report.comment import MARKER, MOST_CHARACTERS
from tests.workflows.stub_gh import BOT, FORBIDDEN, Comment, StubGh
from tests.workflows.workflow import Step, pull_request

TEXT = f'{MARKER}\n## dev\n\n`$(touch harm)` "quoted" «é» \\n ${{{{ x }}}}\n'
REPOSITORY = "acme/llm-platform"
RUN = "https://github.com/acme/llm-platform/actions/runs/7"


@pytest.fixture
def step() -> Step:
    return pull_request().step("comment", "Post the comment, or renew the one that is there")


@pytest.fixture
def gh(tmp_path: Path) -> StubGh:
    return StubGh(tmp_path / "bin", REPOSITORY, 12)


def post(
    step: Step, gh: StubGh, tmp_path: Path, text: str = TEXT, touched: str = '["dev"]'
) -> subprocess.CompletedProcess[str]:
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    (folder / "comment.md").write_text(text)
    values = {"GH_TOKEN": "token", "REPOSITORY": REPOSITORY, "NUMBER": "12", "RUN": RUN, "TOUCHED": touched}
    answer = step.run(folder, values, path=str(gh.folder))
    assert sorted(file.name for file in folder.iterdir()) == [".step", "comment.md"]
    return answer


def test_the_first_run_posts_and_the_next_renews_the_same(step: Step, gh: StubGh, tmp_path: Path) -> None:
    assert post(step, gh, tmp_path).returncode == 0
    assert [(comment.author, comment.body) for comment in gh.comments] == [(BOT, TEXT)]
    first = gh.comments[0].number
    assert post(step, gh, tmp_path, TEXT.replace("dev", "prod")).returncode == 0
    assert [(comment.number, comment.body) for comment in gh.comments] == [(first, TEXT.replace("dev", "prod"))]
    assert [method for method, _ in gh.calls] == ["GET", "POST", "GET", "PATCH"]


def test_comments_of_others_are_left_alone(step: Step, gh: StubGh, tmp_path: Path) -> None:
    """Who copies the marker can neither stop the comment nor have it overwrite theirs."""
    others = [
        Comment(1, "somebody", f"{MARKER}\nall is fine"),
        Comment(2, "dependabot[bot]", f"{MARKER}\nfine"),
        Comment(3, BOT, f"another workflow's, which quotes {MARKER}"),
        Comment(4, None, f"{MARKER} of an account that was deleted"),
    ]
    gh.answer_with(others)
    assert post(step, gh, tmp_path).returncode == 0
    assert gh.comments[: len(others)] == others
    assert [comment.body for comment in gh.comments[len(others) :]] == [TEXT]


def test_it_is_found_beyond_the_first_page(step: Step, gh: StubGh, tmp_path: Path) -> None:
    others = [Comment(number, "somebody", "a remark") for number in range(1, 251)]
    gh.answer_with([*others, Comment(300, BOT, f"{MARKER}\nold")])
    assert post(step, gh, tmp_path).returncode == 0
    assert gh.comments == [*others, Comment(300, BOT, TEXT)]


@pytest.mark.parametrize("number", [0, 99, 100, 101, 200])
def test_pages_that_are_just_full(step: Step, gh: StubGh, tmp_path: Path, number: int) -> None:
    gh.answer_with([Comment(each + 1, "somebody", "a remark") for each in range(number)])
    assert post(step, gh, tmp_path).returncode == 0
    assert [method for method, _ in gh.calls] == ["GET"] * (number // 100 + 1) + ["POST"]


def test_a_token_that_may_only_read_is_no_failure(step: Step, gh: StubGh, tmp_path: Path) -> None:
    gh.refuse({"POST", "PATCH"}, FORBIDDEN)
    answer = post(step, gh, tmp_path)
    assert answer.returncode == 0
    assert answer.stdout.startswith("::notice::")
    gh.answer_with([Comment(1, BOT, f"{MARKER}\nold")])
    assert post(step, gh, tmp_path).returncode == 0
    assert gh.comments == [Comment(1, BOT, f"{MARKER}\nold")]


def test_a_token_that_may_not_even_read_is_no_failure(step: Step, gh: StubGh, tmp_path: Path) -> None:
    gh.refuse({"GET"}, FORBIDDEN)
    assert post(step, gh, tmp_path).returncode == 0
    assert gh.comments == []


@pytest.mark.parametrize("words", ["gh: Bad gateway (HTTP 502)", "gh: API rate limit exceeded (HTTP 403)"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_other_refusal_is_a_failure(step: Step, gh: StubGh, tmp_path: Path, method: str, words: str) -> None:
    gh.refuse({method}, words)
    answer = post(step, gh, tmp_path)
    assert answer.returncode == 1
    assert answer.stderr.strip() == f"::error::{words}"


def test_with_nothing_touched_an_old_comment_is_renewed_and_none_is_added(
    step: Step, gh: StubGh, tmp_path: Path
) -> None:
    assert post(step, gh, tmp_path, touched="[]").returncode == 0
    assert gh.comments == []
    gh.answer_with([Comment(1, BOT, f"{MARKER}\nold")])
    assert post(step, gh, tmp_path, touched="[]").returncode == 0
    assert gh.comments == [Comment(1, BOT, TEXT)]


def test_a_text_without_the_marker_is_not_posted(step: Step, gh: StubGh, tmp_path: Path) -> None:
    answer = post(step, gh, tmp_path, "## dev")
    assert answer.returncode == 1
    assert "does not begin with its marker" in answer.stderr
    assert gh.calls == []


@pytest.mark.parametrize(("length", "whole"), [(MOST_CHARACTERS, True), (MOST_CHARACTERS + 1, False), (300_000, False)])
def test_a_text_too_long_for_github_is_cut(step: Step, gh: StubGh, tmp_path: Path, length: int, whole: bool) -> None:
    text = MARKER + "é" * (length - len(MARKER))
    assert post(step, gh, tmp_path, text).returncode == 0
    (posted,) = gh.comments
    assert len(posted.body) == MOST_CHARACTERS
    assert (posted.body == text) == whole
    assert whole or posted.body.endswith(f"[the run's summary]({RUN}).\n")


def test_the_stand_in_has_the_token_only_from_the_step(step: Step, gh: StubGh, tmp_path: Path) -> None:
    assert step.environment["GH_TOKEN"] == "${{ github.token }}"
    post(step, gh, tmp_path)
    assert json.loads((gh.folder / "state.json").read_text())["tokens"] == ["token", "token"]
