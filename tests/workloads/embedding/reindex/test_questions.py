"""Questions from a file, with faults named by line; passages that find their documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.reindex.drill import Drill
from workloads.embedding.reindex.questions import PASSAGE_WORDS, Question, passages, read_questions
from workloads.faults import InputError


def test_a_file_of_questions_is_read(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"query": "how?", "relevant": ["a.md", "b.md"]}\n\n{"query": "why?"}\n')

    assert read_questions(file) == [Question(query="how?", relevant=("a.md", "b.md")), Question(query="why?")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"query": "how?"}\n{"query": ""}\n', r"questions.jsonl:2: query: ''"),
        ('{"query": "how?", "relevent": []}\n', r"questions.jsonl:1: relevent"),
        ("how?\n", r"questions.jsonl:1: is not JSON"),
        ("[1]\n", r"questions.jsonl:1: line"),
        ("\n", "has no question"),
    ],
)
def test_a_bad_question_is_named_by_its_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(content)
    with pytest.raises(InputError, match=said):
        read_questions(file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "questions.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"questions\.jsonl"):
        read_questions(file)


def test_passages_are_of_documents_that_both_indexes_hold(tmp_path: Path) -> None:
    drill = Drill(tmp_path, MemoryStore())
    del drill.source.files["billing.md"]
    shadow = drill.reindex().carry_out().live
    asked = passages(drill.store, drill.live, shadow, 10)

    assert sorted(question.relevant[0] for question in asked) == ["identity.md", "network.md", "storage.md"]
    for question in asked:
        assert question.relevant[0].removesuffix(".md") in question.query
        assert len(question.query.split()) == PASSAGE_WORDS
    assert asked == passages(drill.store, drill.live, shadow, 10)
    assert len(passages(drill.store, drill.live, shadow, 2)) == 2
