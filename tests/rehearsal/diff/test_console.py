"""What a person sees of a comparison."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.diff.changes import Diff, PropertyChange
from rehearsal.report.change_words import alike, before_and_after, compared_with, said
from rehearsal.report.diff import closing_line, render, without_folders
from tests.rehearsal.diff.golden import HOSTILE, big, everything, hostile, nothing
from tests.rehearsal.diff.sides_in_memory import AGAINST, BUCKET, VPC, diff_of, only, resource, side


def shown(diff: Diff, *, full: bool = False) -> str:
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(render(diff, full=full), highlight=False)
        console.print(closing_line(diff), highlight=False)
    return capture.get()


def test_everything_is_shown() -> None:
    text = shown(everything())
    for line in (
        "dev against main (0123456789ab), by rehearse up",
        "replaced (3)",
        "    cidrBlock: 10.0.0.0/16 → 10.1.0.0/16  forces the replacement",
        "    vpcId comes from Vpc vpc, which is replaced",
        "    it is protected: the engine refuses, until protect is lifted",
        "removed (3)",
        "  3 resources (3 Bucket)",
        "    tagsAll.team: a → b",
        "added (2)",
        "  new volumes-use-customer-keys mandatory, high",
        "  resolved no-open-ingress mandatory, high",
        "    was: Bucket logs: has no owner. Remedy: name one",
        "  exempted: p for r until 2027-01-01, o: a fair",
        "    cidrBlock: overlaps with 10.1.0.0/16",
    ):
        assert f"\n{line}" in text
    assert text.splitlines()[-1] == (
        "dev: 2 added, 3 changed, 3 replaced, 3 removed; 1 fault; 1 mandatory violation, 1 new"
    )


def test_nothing_is_said_in_a_line() -> None:
    assert shown(nothing()).splitlines()[-1] == "dev: no resource changes; 0 mandatory violations"


def test_brackets_in_names_are_no_markup() -> None:
    assert HOSTILE.splitlines()[0] in shown(hostile())
    assert "[red]x" in shown(diff_of(side(), side(resource(VPC, "[red]x"))))


def test_many_added_resources_are_counted_unless_all_are_asked_for() -> None:
    assert "\n  2000 Bucket\n" in shown(big())
    assert "bucket-1999" in shown(big(), full=True)


def test_many_changes_of_a_resource_are_counted_unless_all_are_asked_for() -> None:
    old, new = ({"tags": {f"k{index}": value for index in range(9)}} for value in ("a", "b"))
    diff = diff_of(side(resource(BUCKET, "b", old)), side(resource(BUCKET, "b", new)))
    assert "and 5 more" in shown(diff)
    assert "tags.k8: a → b" in shown(diff, full=True)


def test_only_three_or_more_resources_are_told_together() -> None:
    def changed(count: int) -> list[str]:
        names = [f"b{index}" for index in range(count)]
        old = side(*(resource(BUCKET, name, {"tags": {"a": "b"}}) for name in names))
        new = side(*(resource(BUCKET, name, {"tags": {"a": "c"}}) for name in names))
        return [group.title for group in alike(diff_of(old, new).changed)]

    assert changed(2) == ["Bucket b0", "Bucket b1"]
    assert changed(3) == ["3 resources (3 Bucket)"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (PropertyChange(property="p", kind="changed", old="a", new="b"), "a → b"),
        (PropertyChange(property="p", kind="added", new=True), "set to true"),
        (PropertyChange(property="p", kind="removed", old={"a": 1}), 'no longer set, was {"a": 1}'),
        (PropertyChange(property="p", kind="changed", old=["a"], new=["b"]), "a → b"),
        (PropertyChange(property="p", kind="changed", old=["a", "b"], new=["b", "c"]), "without a → with c"),
        (PropertyChange(property="p", kind="changed", old=["a"], new=["a", "b"]), "with b"),
        (PropertyChange(property="p", kind="reordered", old=["a", "b"], new=["b", "a"]), "the same in another order"),
        (PropertyChange(property="p", kind="changed", old="", new="a"), '"" → a'),
    ],
)
def test_changes_in_words(change: PropertyChange, text: str) -> None:
    assert said(change, 60) == text


def test_of_long_texts_the_part_is_shown_in_which_they_part() -> None:
    change = PropertyChange(property="p", kind="changed", old="x" * 500 + "before", new="x" * 500 + "after")
    assert before_and_after(change, 30) == ("…xxxxxxxxxxxxbefore", "…xxxxxxxxxxxxafter")


def test_user_data_is_shown_as_what_it_says() -> None:
    old, new = (base64.b64encode(f"#!/bin/sh\necho {word}\n".encode()).decode() for word in ("hello", "there"))
    change = PropertyChange(property="userData", kind="changed", old=old, new=new)
    assert said(change, 60) == "#!/bin/sh\necho hello\n → #!/bin/sh\necho there\n"


def test_a_ref_that_is_a_commit_is_told_once() -> None:
    diff = nothing()
    assert compared_with(diff) == "main (0123456789ab)"
    diff.against = AGAINST.model_copy(update={"given": AGAINST.commit})
    assert compared_with(diff) == "0123456789ab"


def test_no_folder_of_this_machine_is_told(tmp_path: Path) -> None:
    message = f"FileNotFoundError: {tmp_path}/charts/a, {tmp_path}/charts/b"
    old, new = (side(resource(VPC, "vpc", {"tags": {"a": value}})) for value in (f"{tmp_path}/x", message))
    diff = without_folders(diff_of(old, new), [tmp_path])
    change = only(diff.changed).changes[0]
    assert (change.old, change.new) == ("x", "FileNotFoundError: charts/a, charts/b")
