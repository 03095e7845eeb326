"""Is the shadow index at least as good as the live one? By questions, and by which documents it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.records import Vector
from workloads.embedding.reindex.questions import Question
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import visible_search
from workloads.faults import InputError

_CHUNKS_PER_DOCUMENT: Final = 4
"""Chunks that are asked for, for each document that is wanted: several may be of one."""
_EXACT_QUESTIONS: Final = 10
"""Questions that are asked of the exact search too: some engines look at every point over the network for it."""


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the shadow index must reach before readers are served from it."""

    k: int = 10
    """Documents that are looked at for each question"""
    recall_loss: float = 0.02
    """Recall that it may lack of the live index's, where both can be measured"""
    least_recall: float = 0.8
    """Recall that it must have where the live index's can't be measured"""
    least_overlap: float = 0.5
    """Share of the live index's documents that it must find, for questions whose answers are not known"""
    least_index_recall: float = 0.9
    """Share of the exact search's chunks that the search by index must find"""
    most_lost_documents: int = 0
    """Documents of the live index that could not be taken into it"""
    most_vanished_percent: int = 50
    """Of the live index's documents that the source no longer has"""


class Comparison(BaseModel):
    """What was measured, each a mean over questions between 0 and 1; None where it can't be measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questions: int
    k: int
    live_recall: float | None = None
    """Share of the documents that answer a question among the first k"""
    shadow_recall: float | None = None
    overlap: float | None = None
    """Share of the live index's first k documents that the shadow's first k have too"""
    index_recall: float
    """Share of the exact search's first k chunks that the shadow's search by index finds; of the first ten questions"""
    live_documents: int
    shadow_documents: int
    lost: tuple[str, ...] = ()
    """Documents of the live index that the build skipped or failed to take"""
    vanished: int = 0
    """Documents of the live index that the source no longer has"""
    faults: tuple[str, ...] = ()
    """Why the shadow index is not good enough; none where it is"""


@dataclass(frozen=True, slots=True)
class Side:
    """An index with the embedder that its questions go through."""

    collection: str
    embedder: Embedder


def compare_indexes(
    store: VectorStore,
    live: str,
    live_embedder: Embedder | None,
    shadow: Side,
    questions: Sequence[Question],
    required: Requirements,
    not_taken: frozenset[str] = frozenset(),
) -> Comparison:
    """Return how the shadow compares; `not_taken` are the documents that its build skipped or failed.

    `live_embedder` is the live collection's model, None where it is not to be had. Raises `InputError` where no
    question can be judged: none has its answers, and there is no live embedder.
    """
    if live_embedder is None and not any(question.relevant for question in questions):
        raise InputError(
            "no question names its relevant documents, and the live index's model is not to be had: give the questions "
            "`relevant`, or the live index's settings with --live-settings"
        )
    k = required.k
    live_recalls: list[float] = []
    shadow_recalls: list[float] = []
    overlaps: list[float] = []
    index_recalls: list[float] = []
    for question in questions:
        vector = shadow.embedder.embed_query(question.query)
        found = _documents(store, shadow.collection, vector, k)
        if len(index_recalls) < _EXACT_QUESTIONS:
            index_recalls.append(_index_recall(store, shadow.collection, vector, k))
        if question.relevant:
            shadow_recalls.append(_recall(found, question, k))
        if live_embedder is None:
            continue
        before = _documents(store, live, live_embedder.embed_query(question.query), k)
        if question.relevant:
            live_recalls.append(_recall(before, question, k))
        overlaps.append(len(set(before) & set(found)) / len(before) if before else 1.0)
    live_documents = {head.document for head in store.heads(live)}
    shadow_documents = {head.document for head in store.heads(shadow.collection)}
    missing = live_documents - shadow_documents
    lost = sorted(missing & not_taken)
    measured = Comparison(
        questions=len(questions),
        k=k,
        live_recall=_mean(live_recalls),
        shadow_recall=_mean(shadow_recalls),
        overlap=_mean(overlaps),
        index_recall=_mean(index_recalls) or 0.0,
        live_documents=len(live_documents),
        shadow_documents=len(shadow_documents),
        lost=tuple(lost),
        vanished=len(missing) - len(lost),
    )
    return measured.model_copy(update={"faults": tuple(_faults(measured, required))})


def _faults(seen: Comparison, required: Requirements) -> list[str]:
    faults: list[str] = []
    if seen.shadow_recall is not None and seen.live_recall is not None:
        if seen.shadow_recall < seen.live_recall - required.recall_loss:
            faults.append(
                f"recall@{seen.k} {seen.shadow_recall:.3f}, the live index's is {seen.live_recall:.3f}; "
                f"it may lack {required.recall_loss:g}"
            )
    elif seen.shadow_recall is not None and seen.shadow_recall < required.least_recall:
        faults.append(f"recall@{seen.k} {seen.shadow_recall:.3f}, at least {required.least_recall:g} is asked for")
    elif seen.shadow_recall is None and seen.overlap is not None and seen.overlap < required.least_overlap:
        faults.append(
            f"overlap@{seen.k} with the live index {seen.overlap:.3f}, at least {required.least_overlap:g} is asked for"
        )
    if seen.index_recall < required.least_index_recall:
        faults.append(
            f"the search by index finds {seen.index_recall:.3f} of what the exact search does, "
            f"at least {required.least_index_recall:g} is asked for"
        )
    if len(seen.lost) > required.most_lost_documents:
        faults.append(
            f"{len(seen.lost)} documents of the live index could not be taken ({', '.join(seen.lost[:3])}, ...), "
            f"at most {required.most_lost_documents} may be lost"
        )
    if seen.vanished * 100 > required.most_vanished_percent * seen.live_documents:
        faults.append(
            f"{seen.vanished} of the live index's {seen.live_documents} documents are no longer in the source, "
            f"at most {required.most_vanished_percent} % may be"
        )
    return faults


def _documents(store: VectorStore, collection: str, vector: Vector, k: int) -> list[str]:
    hits = visible_search(store, collection, vector, k * _CHUNKS_PER_DOCUMENT)
    return list(dict.fromkeys(hit.document for hit in hits))[:k]


def _index_recall(store: VectorStore, collection: str, vector: Vector, k: int) -> float:
    exact = {hit.id for hit in store.search(collection, vector, k, exact=True)}
    return len(exact & {hit.id for hit in store.search(collection, vector, k)}) / len(exact) if exact else 1.0


def _recall(found: Sequence[str], question: Question, k: int) -> float:
    relevant = set(question.relevant)
    return len(relevant & set(found)) / min(k, len(relevant))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
