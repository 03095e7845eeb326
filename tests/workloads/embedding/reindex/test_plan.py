"""Plans: counted exactly or scaled from a sample, priced by the catalogue, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.instance_types import load_instance_types
from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.ingest.memory_source import MemorySource
from tests.workloads.embedding.ingest.runs import run, settings
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.reindex.drill import NEW, OLD, document
from workloads.embedding.records import CollectionSpec
from workloads.embedding.reindex.plan import Planning, parse_pools
from workloads.embedding.reindex.summary import told_plan
from workloads.faults import InputError

MINILM = HashEmbedder("sentence-transformers/all-MiniLM-L6-v2", "2", dimension=24)
LIVE = CollectionSpec("docs_hash_1_x", 32, "cosine", "hash", "1", "blocks-1/64/8")


@pytest.fixture
def source() -> MemorySource:
    return MemorySource({f"doc-{number}.md": document(f"topic{number}", 4 + number % 9) for number in range(40)})


def test_a_plan_counts_what_a_run_then_embeds(source: MemorySource, tmp_path: Path) -> None:
    plan = Planning(settings(tmp_path, {}), source, NEW, LIVE).plan()
    summary = run(tmp_path, MemoryStore(), source, embedder=NEW).carry_out()

    assert (plan.scan.documents, plan.scan.chunks, plan.scan.tokens) == (40, summary.chunks, summary.tokens)
    assert plan.target == summary.collection
    assert plan.changes == ("revision 1 -> 2",)


def test_a_sample_is_scaled_by_bytes(source: MemorySource, tmp_path: Path) -> None:
    whole = Planning(settings(tmp_path, {}), source, NEW, LIVE).plan().scan
    source.opened.clear()
    sample = Planning(settings(tmp_path, {}), source, NEW, LIVE, most_objects=20).plan().scan

    assert len(source.opened) == sample.looked_at == 20
    assert (sample.objects, sample.bytes) == (whole.objects, whole.bytes)
    assert sample.tokens == pytest.approx(whole.tokens, rel=0.1)
    assert sample.documents == pytest.approx(40, rel=0.25)


def test_hours_and_money_come_from_the_measured_rate_and_the_catalogues_price(
    source: MemorySource, tmp_path: Path
) -> None:
    pools = parse_pools(["spot=g6.12xlarge", "cpu=m7i.large"])
    plan = Planning(settings(tmp_path, {}), source, NEW, LIVE, pools, measured=10).plan()
    gpu, cpu = plan.pools
    hours = plan.scan.tokens / 10 / 3600

    assert (gpu.pool, gpu.hours, gpu.gpu_hours) == ("spot", pytest.approx(hours), pytest.approx(4 * hours))
    assert gpu.usd == pytest.approx(hours * (load_instance_types()["g6.12xlarge"].on_demand_usd_per_hour or 0))
    assert (cpu.gpu_hours, cpu.hours) == (0, gpu.hours)


def test_the_rate_of_a_known_model_is_estimated_and_of_another_asked_for(source: MemorySource, tmp_path: Path) -> None:
    known = Planning(settings(tmp_path, {}), source, MINILM, LIVE).plan()
    other = Planning(settings(tmp_path, {}), source, NEW, LIVE).plan()

    assert known.pools[0].tokens_per_second is not None
    assert "USD (on demand)" in told_plan(known)
    assert other.pools[0].hours is None
    assert "give --tokens-per-second" in told_plan(other)


def test_more_dimensions_need_more_disk(source: MemorySource, tmp_path: Path) -> None:
    small = Planning(settings(tmp_path, {}), source, NEW, LIVE).plan()
    large = Planning(settings(tmp_path, {}), source, HashEmbedder("hash", "2", dimension=96), LIVE).plan()

    assert large.disk_bytes > small.disk_bytes > 0


def test_settings_of_the_live_index_change_nothing(source: MemorySource, tmp_path: Path) -> None:
    store = MemoryStore()
    run(tmp_path, store, source, embedder=OLD).carry_out()
    plan = Planning(settings(tmp_path, {}), source, OLD, store.spec("docs")).plan()

    assert plan.changes == ()
    assert plan.live == plan.target
    assert "the settings name the live collection" in told_plan(plan)


@pytest.mark.parametrize("option", ["g6.xlarge", "=g6.xlarge", "spot="])
def test_a_pool_without_name_or_type_is_refused(option: str) -> None:
    with pytest.raises(InputError, match="needs NAME=TYPE"):
        parse_pools([option])


def test_an_unknown_instance_type_is_refused(source: MemorySource, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"spot=g9\.huge"):
        Planning(settings(tmp_path, {}), source, NEW, LIVE, {"spot": "g9.huge"}).plan()
    assert source.opened == []
