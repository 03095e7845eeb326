"""Re-index runs: on the store in memory killed at every call, on each engine at every call that writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workloads.embedding.faulty_store import FaultyStore, Killed
from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.ingest.runs import run, seen
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.reindex.drill import NEW, OLD, Drill, document
from workloads.embedding.reindex.comparison import Requirements
from workloads.embedding.reindex.questions import Question
from workloads.embedding.reindex.run import NotGoodEnoughError
from workloads.embedding.reindex.switch import previous_alias, roll_back
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError

ASKED = [Question(query="storage matter", relevant=("storage.md",))]
"""One question: a drill that is run a hundred times need not ask all."""
WRITES = {"create", "upsert", "delete", "put_heads", "delete_heads", "point_alias", "drop"}


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    return Drill(tmp_path, MemoryStore())


def test_readers_are_switched_to_the_new_model_and_the_old_collection_is_kept(drill: Drill) -> None:
    outcome = drill.reindex().carry_out()

    assert drill.store.alias("docs") == outcome.live != drill.live
    assert outcome.before == drill.live == drill.store.alias(previous_alias("docs"))
    assert seen(drill.store) == drill.old
    assert seen(drill.store, drill.live) == drill.old
    spec = drill.store.spec("docs")
    assert spec is not None
    assert (spec.revision, spec.dimension) == ("2", 24)
    comparison = outcome.comparison
    assert comparison is not None
    assert comparison.shadow_recall == comparison.live_recall == comparison.overlap == comparison.index_recall == 1.0
    live, retired = drill.records.read(outcome.live), drill.records.read(drill.live)
    assert live is not None
    assert retired is not None
    assert (live.state, live.instead_of, live.comparison) == ("live", drill.live, comparison)
    assert retired.state == "retired"


def test_a_run_after_the_switch_has_nothing_to_do(drill: Drill) -> None:
    first = drill.reindex().carry_out()
    embedded = NEW.embedded
    second = drill.reindex().carry_out()

    assert (second.live, second.before) == (first.live, None)
    assert NEW.embedded == embedded
    assert drill.store.alias(previous_alias("docs")) == drill.live, "still what was live before"


def test_what_changes_while_the_shadow_is_built_is_taken_in(drill: Drill) -> None:
    def change(call: str) -> None:
        if call == "put_heads":
            drill.source.files["storage.md"] = document("storage", sentences=20)
            drill.source.files["late.md"] = document("late")

    drill.reindex(FaultyStore(drill.store, before_call=change)).carry_out()

    assert "late.md" in seen(drill.store)
    assert len(seen(drill.store)["storage.md"]) > len(drill.old["storage.md"])


def attempt(drill: Drill, faulty: FaultyStore) -> bool:
    """Whether the run was killed."""
    try:
        drill.reindex(faulty, questions=ASKED).carry_out()
    except Killed:
        return True
    return False


def test_a_run_killed_at_any_call_is_resumed_and_no_reader_notices(drill: Drill) -> None:
    def look(_: str) -> None:
        assert seen(drill.store) == drill.old, "readers see all of the old or all of the new, which hold the same"

    whole = FaultyStore(drill.store, before_call=look)
    target = drill.reindex(whole, questions=ASKED).carry_out().live
    assert {"create", "upsert", "put_heads", "point_alias"} <= set(whole.calls)
    # Before one call is after the one before it; after the last there is only a record left to write.
    moments = [FaultyStore(drill.store, at) for at in range(len(whole.calls))]
    for faulty in [*moments, FaultyStore(drill.store, len(whole.calls) - 1, when="after")]:
        drill.reset(target)
        assert attempt(drill, faulty)
        assert seen(drill.store) == drill.old
        drill.reindex(questions=ASKED).carry_out()
        assert drill.store.alias("docs") == target
        assert drill.store.alias(previous_alias("docs")) == drill.live
        assert seen(drill.store, target) == seen(drill.store, drill.live) == drill.old
        record = drill.records.read(target)
        assert record is not None
        assert record.state == "live"


def test_each_engine_resumes_after_a_kill_at_any_call_that_writes(store: VectorStore, tmp_path: Path) -> None:
    drill = Drill(tmp_path / "manifests", store)
    whole = FaultyStore(store)
    target = drill.reindex(whole, questions=ASKED).carry_out().live
    writes = [at for at, call in enumerate(whole.calls) if call in WRITES]
    assert len(writes) >= 5
    for at in writes:
        drill.reset(target)
        assert attempt(drill, FaultyStore(store, at, when="after"))
        assert seen(store) == drill.old
        drill.reindex(questions=ASKED).carry_out()
        assert store.alias("docs") == target
        assert store.alias(previous_alias("docs")) == drill.live
        assert seen(store) == drill.old
    roll_back(store, drill.records, "docs")
    assert store.alias("docs") == drill.live
    assert seen(store) == drill.old


def test_a_worse_index_is_refused_and_readers_stay(drill: Drill) -> None:
    blind = HashEmbedder("blind", "1", dimension=1)
    with pytest.raises(NotGoodEnoughError, match=r"recall@1 0\.\d+, the live index's is 1\.000"):
        drill.reindex(embedder=blind).carry_out()  # of four documents, the first ten would be all that there are

    assert drill.store.alias("docs") == drill.live
    assert drill.store.alias(previous_alias("docs")) is None
    refused = [record for name in drill.store.names() if (record := drill.records.read(name)) is not None]
    assert [record.state for record in refused] == ["refused"]


def test_documents_that_could_not_be_taken_are_a_reason_to_refuse(drill: Drill) -> None:
    drill.source.files["storage.md"] = b"\xff\xfe\x00\x00\x80 not text \x00"
    with pytest.raises(NotGoodEnoughError, match=r"1 documents of the live index could not be taken \(storage\.md"):
        drill.reindex().carry_out()

    drill.reindex(required=Requirements(most_lost_documents=1)).carry_out()
    assert sorted(seen(drill.store)) == ["billing.md", "identity.md", "network.md"]


def test_an_emptied_source_is_a_reason_to_refuse(drill: Drill) -> None:
    drill.source.files = {"storage.md": document("storage")}
    with pytest.raises(NotGoodEnoughError, match="3 of the live index's 4 documents are no longer in the source"):
        drill.reindex().carry_out()


def test_a_new_chunker_needs_no_settings_of_the_live_index(drill: Drill) -> None:
    outcome = drill.reindex(embedder=OLD, live_embedder=None, chunking={"tokens": 32, "overlap": 4}).carry_out()

    assert outcome.comparison is not None
    assert outcome.comparison.live_recall == 1.0
    assert len(seen(drill.store)["storage.md"]) > len(drill.old["storage.md"])


def test_without_the_live_model_questions_need_answers(drill: Drill) -> None:
    with pytest.raises(InputError, match="--live-settings"):
        drill.reindex(live_embedder=None, questions=[Question(query="storage team")]).carry_out()

    known = [Question(query="storage matter", relevant=("storage.md",))]
    outcome = drill.reindex(live_embedder=None, questions=known).carry_out()
    assert outcome.comparison is not None
    assert (outcome.comparison.live_recall, outcome.comparison.shadow_recall) == (None, 1.0)


def test_questions_without_answers_hold_the_indexes_against_each_other(drill: Drill) -> None:
    outcome = drill.reindex(questions=[Question(query="storage team"), Question(query="billing")]).carry_out()

    assert outcome.comparison is not None
    assert (outcome.comparison.shadow_recall, outcome.comparison.overlap) == (None, 1.0)


def test_another_live_model_than_the_index_has_is_refused(drill: Drill) -> None:
    with pytest.raises(InputError, match="the model is hash at 2"):
        drill.reindex(live_embedder=NEW).carry_out()
    assert drill.store.names() == [drill.live], "before anything was built"


def test_without_a_live_index_there_is_nothing_to_change(tmp_path: Path) -> None:
    drill = Drill(tmp_path, MemoryStore())
    drill.store.drop_alias("docs")
    with pytest.raises(InputError, match="`ingest` makes the first one"):
        drill.reindex().carry_out()


def test_the_scheduled_ingest_goes_on_with_the_new_settings_only(drill: Drill) -> None:
    drill.reindex().carry_out()
    with pytest.raises(InputError, match="reindex"):
        run(drill.folder, drill.store, drill.source, embedder=OLD).carry_out()
    assert run(drill.folder, drill.store, drill.source, embedder=NEW).carry_out().counts["unchanged"] == 4
