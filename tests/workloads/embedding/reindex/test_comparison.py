"""What is a reason to refuse a shadow index, and what is not; the measurements are tested with whole runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.reindex.drill import NEW, OLD, Drill
from workloads.embedding.records import Hit, Vector
from workloads.embedding.reindex.comparison import Comparison, Requirements, Side, compare_indexes
from workloads.embedding.reindex.questions import Question
from workloads.embedding.stores.port import Where


class LossyStore(MemoryStore):
    """Its index finds half of what an exact search finds."""

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        hits = super().search(name, vector, limit, where, exact=exact)
        return hits if exact else hits[::2]


def compared(
    drill: Drill, questions: list[Question], *, shadow: HashEmbedder = NEW, required: Requirements | None = None
) -> Comparison:
    target = drill.reindex(embedder=shadow, required=Requirements(recall_loss=1, least_index_recall=0)).carry_out().live
    return compare_indexes(drill.store, drill.live, OLD, Side(target, shadow), questions, required or Requirements())


def test_an_index_that_misses_what_an_exact_search_finds_is_refused(tmp_path: Path) -> None:
    seen = compared(Drill(tmp_path, LossyStore()), [Question(query="storage", relevant=("storage.md",))])

    assert seen.index_recall == 0.5
    assert "the search by index finds 0.500" in seen.faults[0]


def test_little_overlap_is_refused_only_where_no_answers_are_known(tmp_path: Path) -> None:
    drill = Drill(tmp_path, MemoryStore())
    strict = Requirements(k=1, least_overlap=1.0)
    blind = HashEmbedder("blind", "1", dimension=1)
    asked = [Question(query=topic) for topic in ("storage", "network", "billing", "identity")]
    assert "overlap@1" in compared(drill, asked, shadow=blind, required=strict).faults[0]


@pytest.mark.parametrize(("relevant", "recall"), [(("storage.md",), 1.0), (("storage.md", "gone.md"), 0.5)])
def test_recall_is_the_share_of_the_documents_that_answer(
    tmp_path: Path, relevant: tuple[str, ...], recall: float
) -> None:
    seen = compared(Drill(tmp_path, MemoryStore()), [Question(query="storage", relevant=relevant)])

    assert (seen.live_recall, seen.shadow_recall) == (recall, recall)
    assert np.isclose(seen.overlap or 0, 1.0)
    assert seen.faults == ()
