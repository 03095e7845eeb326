"""The comment: golden files, and names that try to break it. Does not prove how GitHub draws it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rehearsal.bad_input import BadInputError
from rehearsal.comment_command import comment_of
from rehearsal.diff.changes import Against, Diff, Section
from rehearsal.diff.rehearsed import Fault
from rehearsal.report.comment import MARKER, MOST_CHARACTERS, comment
from rehearsal.report.markdown import code, escaped, plain
from tests.rehearsal.diff.golden import FOLDER, big, comments, everything, nothing, with_further_sections
from tests.rehearsal.diff.sides_in_memory import VPC, diff_of, finding, pack, resource, side, urn

TAGS = {
    *("h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td"),
    *("ul", "li", "code", "strong", "details", "summary"),
}


class Page(HTMLParser):
    """The elements of a page, the texts of its code elements, and how many cells each row has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.codes: list[str] = []
        self.rows: list[list[int]] = []
        self.text = ""
        self._in_code = False
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name == "style" for name, _ in attrs), attrs
        self.tags.add(tag)
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in ("td", "th"):
            self.rows[-1][-1] += 1
        elif tag == "code":
            self._in_code = True
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_code:
            self.codes[-1] += data


def checked(text: str) -> Page:
    """Look at a comment as GitHub's Markdown reads it."""
    assert text.splitlines()[0] == MARKER
    assert text.count("<!--") == 1
    assert len(text) <= MOST_CHARACTERS
    assert "\r" not in text
    page = Page(text)
    assert page.tags <= TAGS
    for rows in page.rows:
        assert len(set(rows)) == 1, "a row has more or fewer cells than the others"
    for line in text.splitlines():
        bare = re.sub(r"`[^`]*`", "", line)
        assert not re.search(r"@[\w]", bare), "somebody is called"
        assert not re.search(r"(?<!&)#\d", bare), "an issue is linked"
        # GitHub ends a cell at every bar that no backslash stands before, inside code too.
        assert not line.startswith("|") or "\\" not in line
    return page


@pytest.mark.parametrize("name", sorted(comments()))
def test_comments_look_as_they_are_meant_to(name: str) -> None:
    expected = (FOLDER / f"{name}.md").read_text()
    assert comments()[name] == expected, "python -m tests.rehearsal.diff.golden writes the files anew"
    checked(expected)


def test_every_golden_file_belongs_to_a_comment() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(comments())


def folded(text: str) -> str:
    """Return what is folded away."""
    return "\n".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))


def test_what_must_be_seen_is_never_folded() -> None:
    text = comment([everything()])
    for word in ("Mandatory violations (1)", "Faults (1)", "Replaced (3)", "Removed (3)", "Exempted (1)"):
        assert word in text
        assert word not in folded(text)
    assert "it is protected: the engine refuses" in re.sub(re.escape(folded(text)), "", text)
    for word in ("Added (2)", "Changed (3)", "Resolved (1)"):
        assert word in folded(text)


def test_sections_stand_in_a_fixed_order() -> None:
    text = comment([everything().model_copy(update={"cost": Section(said="c"), "quotas": Section(said="q")})])
    words = ("**Mandatory", "**Faults", "**Replaced", "**Removed", "**Added", " policies: ", "**Cost", "**Quotas")
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_a_long_comment_leaves_out_with_a_count_and_keeps_whole_tables() -> None:
    text = comment([big()])
    page = checked(text)
    assert len(text) > MOST_CHARACTERS // 4, "there is room for more"
    assert re.search(r"and \d+ more replaced resources", text)
    assert re.search(r"and \d+ more mandatory violations", text)
    assert "| **1999** |" in text
    assert page.rows


def test_many_environments_fit() -> None:
    diffs = [everything(f"environment-{index}") for index in range(300)]
    text = comment(diffs)
    checked(text)
    assert re.search(r"and 2\d\d more environments", text)


NAMES = st.text(max_size=80) | st.text("|`\\<>@#&*_[]()!~$\n\r\t -+.1", max_size=40)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, NAMES, NAMES)
def test_no_name_breaks_the_comment(name: str, path: str, value: str) -> None:
    old = side(resource(VPC, name, {"cidrBlock": "a"}, protect=True), resource(VPC, f"gone{name}"))
    new = side(
        resource(VPC, name, {"cidrBlock": value or "b", path: value}, protect=True),
        resource(VPC, f"come{name}"),
        policies=pack(finding(name, value, urn=urn(VPC, name)), finding(path, value, "advisory")),
        faults=(Fault(urn=name, check="rule", property=path, message=value),),
    )
    further = Section(said=name, columns=[path, name], rows=[[value], [name, path, value]])
    diff = diff_of(old, new, Against(given=name)).model_copy(update={"stack": name, "cost": further})
    page = checked(comment([diff, diff]))
    shown = plain(f"Vpc gone{name}")
    assert any(told == shown or told.replace("\u200b", "") == shown for told in page.codes), page.codes


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("sign", ["#", "@", "|", "\U0001f600", "x"])
def test_no_length_goes_over_the_limit(sign: str, count: int) -> None:
    long = sign * 20_000
    violations = pack(*(finding(f"{long}{index}", long) for index in range(50)))
    removed = side(*(resource(VPC, f"{index}{long}", protect=True) for index in range(50)))
    further = Section(said=long, columns=[long] * 30, rows=[[long] * 30] * 30)
    diff = diff_of(removed, side(policies=violations), Against(given=long))
    diff = diff.model_copy(update={"stack": long, "notes": [long] * 20, "cost": further, "quotas": further})
    text = comment([diff] * count)
    assert len(text) <= MOST_CHARACTERS
    checked(text)


@given(st.text())
def test_text_is_shown_as_it_is(text: str) -> None:
    shown = Page(f"- {escaped(text)}x").text.strip().replace("\u200b", "").removesuffix("x").strip()
    assert shown == plain(text).replace("\u200b", "")
    assert Page(f"x {code(text)}").text.strip().removeprefix("x").strip().replace("\u200b", "") == plain(text)


def write(folder: Path, diff: Diff) -> Path:
    file = folder / f"{diff.stack}.json"
    file.write_text(json.dumps(diff.model_dump(mode="json")))
    return file


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    diffs = [everything("dev"), with_further_sections().model_copy(update={"stack": "prod"})]
    assert comment_of([write(tmp_path, diff) for diff in diffs]) == comment(diffs)


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    file = write(tmp_path, nothing())
    with pytest.raises(BadInputError, match="dev: compared in several of the files"):
        comment_of([file, file])
    with pytest.raises(BadInputError, match="cannot be read"):
        comment_of([tmp_path / "gone.json"])
    for content, said in (
        ("{", "not JSON"),
        ('{"format": 9}', "allowed: 1"),
        ('{"format": 1}', "stack: Field required"),
    ):
        file.write_text(content)
        with pytest.raises(BadInputError, match=said):
            comment_of([file])
