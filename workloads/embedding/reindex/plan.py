"""What a change of model or chunker would cost: chunks, tokens, time and money on each pool, and disk.

Chunks and tokens are counted by cutting documents with the new chunker: all of them, or a sample whose figures are
scaled by bytes. Prices are those of the instance catalogue, on demand; spot capacity costs less.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict

from catalogue.embedding_throughput import tokens_per_second
from catalogue.instance_types import load_instance_types
from catalogue.vector_sizing import VectorDemand, footprint, index_precision
from workloads.embedding.chunking.chunker import Chunker
from workloads.embedding.drift.sampling import document_hash
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.parsing.documents import documents
from workloads.embedding.records import CollectionSpec, Rejection, collection_name
from workloads.embedding.settings import EmbeddingSettings
from workloads.embedding.sources.source import Item, Source
from workloads.faults import InputError

DEFAULT_POOLS: Final[Mapping[str, str]] = MappingProxyType({"any": "g6.xlarge"})
_SECONDS: Final = 3600


class Scan(BaseModel):
    """What the source holds, as the new chunker cuts it."""

    model_config = ConfigDict(frozen=True)

    objects: int
    bytes: int
    looked_at: int
    """Objects that were cut; fewer than there are means that the rest is scaled by bytes"""
    documents: int
    rejected: int
    chunks: int
    tokens: int
    text_bytes: int
    """Of the chunks' texts"""


class PoolPlan(BaseModel):
    """The work on one instance of a pool."""

    model_config = ConfigDict(frozen=True)

    pool: str
    instance_type: str
    tokens_per_second: float | None
    """None where neither measured nor known"""
    hours: float | None
    gpu_hours: float | None
    usd: float | None
    """At most: on demand"""


class Plan(BaseModel):
    """The whole plan."""

    model_config = ConfigDict(frozen=True)

    index: str
    live: str | None
    target: str
    changes: tuple[str, ...]
    """What differs between the two; none where the settings name the live collection"""
    scan: Scan
    pools: tuple[PoolPlan, ...]
    disk_bytes: int
    """Of the shadow index, all copies; the live one keeps its own beside it"""
    memory_bytes: int


@dataclass(frozen=True)
class Planning:
    """What a plan is made from."""

    settings: EmbeddingSettings
    source: Source
    embedder: Embedder
    live: CollectionSpec | None
    pools: Mapping[str, str] = field(default_factory=lambda: DEFAULT_POOLS)
    """Instance type by pool"""
    measured: float | None = None
    """Tokens per second of one instance, in place of the estimate"""
    most_objects: int = 500
    """Objects that are cut; beyond that, figures are scaled"""

    def plan(self) -> Plan:
        """Return the plan; nothing is embedded or written. Raises `InputError` for an unknown instance type."""
        settings, embedder = self.settings, self.embedder
        self._check_pools()
        chunker = Chunker(embedder.tokenizer, settings.chunking, embedder.reads)
        target = collection_name(settings.index, embedder.model, embedder.revision, chunker.name)
        scan = self._scan(chunker)
        demand = VectorDemand(
            vectors=scan.chunks,
            dimension=embedder.dimension,
            index=settings.store.index,
            hnsw_m=settings.store.hnsw_m,
            precision=index_precision(settings.store.engine, embedder.dimension),
            payload_bytes=scan.text_bytes // scan.chunks if scan.chunks else 0,
            replication_factor=settings.store.replication_factor,
        )
        needed = footprint(settings.store.engine, demand)
        return Plan(
            index=settings.index,
            live=None if self.live is None else self.live.name,
            target=target,
            changes=self._changes(chunker.name),
            scan=scan,
            pools=tuple(self._on(pool, name, scan.tokens) for pool, name in self.pools.items()),
            disk_bytes=needed.disk_bytes,
            memory_bytes=needed.memory_bytes,
        )

    def _scan(self, chunker: Chunker) -> Scan:
        objects = size = 0
        picked: list[tuple[int, str, Item]] = []  # a heap, the largest hash first
        for item in self.source.listing():
            objects += 1
            size += item.size
            heapq.heappush(picked, (-document_hash(item.key), item.key, item))
            if len(picked) > self.most_objects:
                heapq.heappop(picked)
        found = rejected = chunks = tokens = text_bytes = 0
        for _, _, item in sorted(picked, key=lambda one: one[1]):
            for document in documents(self.source, item, self.settings.source):
                if isinstance(document, Rejection):
                    rejected += 1
                    continue
                found += 1
                for chunk in chunker.chunks(document):
                    chunks += 1
                    tokens += len(chunk.token_ids)
                    text_bytes += len(chunk.text.encode())
        looked_at = sum(item.size for _, _, item in picked)
        scale = size / looked_at if looked_at else 1.0
        return Scan(
            objects=objects,
            bytes=size,
            looked_at=len(picked),
            documents=round(found * scale),
            rejected=round(rejected * scale),
            chunks=round(chunks * scale),
            tokens=round(tokens * scale),
            text_bytes=round(text_bytes * scale),
        )

    def _on(self, pool: str, name: str, tokens: int) -> PoolPlan:
        kind = load_instance_types()[name]
        window = min(self.settings.chunking.tokens, self.embedder.reads)
        rate = self.measured or tokens_per_second(self.embedder.model, kind, window)
        hours = None if rate is None else tokens / rate / _SECONDS
        price = kind.on_demand_usd_per_hour
        return PoolPlan(
            pool=pool,
            instance_type=name,
            tokens_per_second=rate,
            hours=hours,
            gpu_hours=None if hours is None else hours * kind.gpus,
            usd=None if hours is None or price is None else hours * price,
        )

    def _changes(self, chunker: str) -> tuple[str, ...]:
        if self.live is None:
            return ("there is no live index yet",)
        wanted = {"model": self.embedder.model, "revision": self.embedder.revision, "chunker": chunker}
        standing = {"model": self.live.model, "revision": self.live.revision, "chunker": self.live.chunker}
        return tuple(f"{key} {standing[key]} -> {wanted[key]}" for key in wanted if wanted[key] != standing[key])

    def _check_pools(self) -> None:
        known = load_instance_types()
        for pool, name in self.pools.items():
            if name not in known:
                raise InputError(f"--pool {pool}={name}: the catalogue has no such instance type")


def parse_pools(options: Sequence[str]) -> Mapping[str, str]:
    """Return instance types by pool from `NAME=TYPE`; `InputError` for something else."""
    pools: dict[str, str] = {}
    for option in options:
        pool, separator, name = option.partition("=")
        if not (pool and separator and name):
            raise InputError(f"--pool {option}: needs NAME=TYPE, such as spot=g6.xlarge")
        pools[pool] = name
    return pools or DEFAULT_POOLS
