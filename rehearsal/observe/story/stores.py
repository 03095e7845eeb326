"""What the vector stores, and our own programs that fill them, tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.moment import Moment, noise, wave
from rehearsal.observe.story.sample import Sample, histogram, rising
from rehearsal.observe.story.serving import share

QDRANT_SECONDS: Final = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0")
MILVUS_MILLISECONDS: Final = ("4.0", "16.0", "64.0", "256.0", "1024.0")
INGESTED_EVERY: Final = {"documents": 1, "tickets": 4}
"""Hours between ingestions of each index."""


def stores(now: Moment) -> Iterator[Sample]:
    """Qdrant for search, Milvus for research."""
    yield from _qdrant(now)
    yield from _milvus(now)
    for index, every in INGESTED_EVERY.items():
        yield Sample("embedding_ingest_complete_timestamp_seconds", {"index": index}, now.at(now.hour // every * every))
        yield Sample("embedding_drift_persists", {"index": index}, 0)


def _qdrant(now: Moment) -> Iterator[Sample]:
    rate = 140 * wave(now.hour) * (1 + noise("qdrant", now.hour, 0.1))
    seconds = 0.012 * (1 + wave(now.hour))
    place = {"namespace": "vectors-search", "pod": "qdrant-0"}
    asked = {**place, "method": "POST", "endpoint": "/collections/{collection_name}/points/query"}
    for status, part in (("200", 0.9998), ("500", 0.0002)):
        labels = {**asked, "status": status}
        yield rising("rest_responses_total", labels, rate * part)
        yield from histogram(
            "rest_responses_duration_seconds", labels, QDRANT_SECONDS, rate * part, seconds,
            lambda limit: share(limit, seconds),
        )  # fmt: skip
    claim = {"namespace": "vectors-search", "persistentvolumeclaim": "qdrant-storage-qdrant-0"}
    yield Sample("kubelet_volume_stats_used_bytes", claim, 84e9 * (1 + now.hour / 400))
    yield Sample("container_memory_working_set_bytes", {**place, "container": "qdrant"}, 33e9 * (1 + now.hour / 600))


def _milvus(now: Moment) -> Iterator[Sample]:
    rate = 22 * wave(now.hour) * (1 + noise("milvus", now.hour, 0.1))
    milliseconds = 45 * (1 + wave(now.hour))
    place = {"namespace": "vectors-research", "pod": "milvus-proxy-0"}
    proxy = {**place, "node_id": "1", "db_name": "default", "collection_name": "papers"}
    yield from histogram(
        "milvus_proxy_sq_latency", {**proxy, "query_type": "search"}, MILVUS_MILLISECONDS, rate, milliseconds,
        lambda limit: share(limit, milliseconds),
    )  # fmt: skip
    for status, part in (("total", 1.0), ("success", 0.9999), ("fail", 0.0001)):
        yield rising("milvus_proxy_req_count", {**proxy, "function_name": "Search", "status": status}, rate * part)
    stored = {**place, "db_name": "default", "collection_id": "7", "segment_state": "Flushed"}
    yield Sample("milvus_datacoord_stored_binlog_size", stored, 31e9 * (1 + now.hour / 400))
    yield Sample("container_memory_working_set_bytes", {**place, "container": "milvus"}, 12e9 * (1 + now.hour / 600))
