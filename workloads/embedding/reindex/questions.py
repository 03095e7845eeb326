"""The questions that two indexes are compared by: a file of them, or passages of the documents themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workloads.embedding.drift.sampling import document_hash
from workloads.embedding.slices import slices
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import visible_export
from workloads.faults import InputError

PASSAGE_WORDS: Final = 16
"""Of a passage that is asked for: as long as a long question."""


class Question(BaseModel):
    """Something to search for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Annotated[str, Field(min_length=1)]
    relevant: tuple[str, ...] = ()
    """Keys of the documents that answer it; may be left out where the two indexes are only held against each other"""


def read_questions(file: Path) -> list[Question]:
    """Return the questions of a file of JSON lines: `{"query": "...", "relevant": ["docs/install.md"]}`.

    Raises `InputError` with file and line for what is none, and for a file without any.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    questions: list[Question] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            questions.append(Question.model_validate(json.loads(line)))
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            where = ".".join(map(str, fault["loc"])) or "line"
            raise InputError(f"{file}:{number}: {where}: {fault['input']!r}: {fault['msg']}") from error
        except ValueError as error:
            raise InputError(f"{file}:{number}: is not JSON: {error}") from error
    if not questions:
        raise InputError(f"{file}: has no question")
    return questions


def passages(store: VectorStore, live: str, shadow: str, most: int) -> list[Question]:
    """Return questions whose answers are known: passages of the live index, each of which should find its document.

    At most one of a document, of the documents with the smallest hashes: the same collections give the same ones. What
    only one of the two holds is not asked for: which documents are missing is judged apart.
    """
    kept = {head.document for head in store.heads(shadow)}
    keys = sorted((h.document for h in store.heads(live) if h.chunks and h.document in kept), key=document_hash)[:most]
    return [Question(query=text, relevant=(document,)) for document, text in _passages(store, live, keys)]


def _passages(store: VectorStore, collection: str, keys: list[str]) -> Iterator[tuple[str, str]]:
    for some in slices(keys, 100):
        best: dict[str, tuple[str, str]] = {}
        for point in visible_export(store, collection, {"document": some}):
            if point.text.split() and (point.document not in best or point.id < best[point.document][0]):
                best[point.document] = (point.id, point.text)
        for document, (_, text) in sorted(best.items()):
            words = text.split()
            middle = max(0, (len(words) - PASSAGE_WORDS) // 2)
            yield document, " ".join(words[middle : middle + PASSAGE_WORDS])
