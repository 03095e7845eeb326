"""What a run remembers of documents and items."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workloads.embedding.ingest.kept import Kept, ReadWhole, Tags
from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.records import Head


@given(st.sets(st.text()), st.sets(st.text()))
def test_kept_is_a_set(added: set[str], asked: set[str]) -> None:
    kept = Kept()
    for key in added:
        kept.add(key)
    plain = {key for key in added | asked if "#" not in key}
    assert {key for key in plain if key in kept} == {key for key in plain if key in added}


def test_an_item_keeps_its_parts_but_a_part_only_itself() -> None:
    kept = Kept()
    kept.add("a.jsonl")
    kept.add("b.jsonl#1")
    assert "a.jsonl#9" in kept
    assert "b.jsonl#1" in kept
    assert "b.jsonl#2" not in kept
    kept.add("b.jsonl#2")  # after it was asked
    assert "b.jsonl#2" in kept


def test_an_item_is_unchanged_if_all_its_tags_say_so() -> None:
    tags = Tags()
    for document, tag in [
        ("a.txt", "1"),
        ("b.jsonl#1", ""),
        ("b.jsonl#2", "1"),
        ("c.jsonl#1", "1"),
        ("c.jsonl#2", "2"),
    ]:
        tags.add(document, tag)
    assert tags.unchanged("a.txt", "1")
    assert not tags.unchanged("a.txt", "2")
    assert tags.unchanged("b.jsonl", "1")
    assert not tags.unchanged("c.jsonl", "1")
    assert not tags.unchanged("c.jsonl", "2")
    assert not tags.unchanged("new.txt", "1")
    assert not tags.unchanged("new.txt", "")


def test_items_read_whole_have_a_head_to_mark() -> None:
    read = ReadWhole()
    for entry in [
        Entry("a.txt", "done", version="v", source_tag="t"),
        Entry("b.jsonl#1", "done", version="v", source_tag="t", chunks=1),
        Entry("b.jsonl#2", "unchanged", version="w", source_tag="t", chunks=2),
        Entry("c.jsonl#1", "done", version="v", source_tag="t"),
        Entry("c.jsonl#2", "failed"),
        Entry("c.jsonl#3", "done", version="v", source_tag="t"),
        Entry("d.jsonl", "unchanged", source_tag="t"),
        Entry("e.jsonl#1", "removed"),
    ]:
        read.add(entry)
    assert read.heads() == [Head("b.jsonl#2", "w", 2, "t")]
