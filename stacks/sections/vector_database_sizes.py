"""Rules of the section `vector_database`: what it runs on holds the vectors that it is for; too small is refused with
the figures, and with the smallest that does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from catalogue.vector_databases import Aurora, InstanceClass, load_vector_databases
from catalogue.vector_sizing import footprint, pinecone_pods
from stacks.closeness import listed
from stacks.sections.section import Broken
from stacks.sections.vector_database import IN_CLUSTER, VectorDatabaseSettings

if TYPE_CHECKING:
    from stacks.settings import Settings

GIB: Final = 1024**3
USABLE_MEMORY: Final = 7 / 8
"""Of a pod's memory: the rest is the server's own, and what its garbage collector needs."""
COLLECTIONS_ON_DISK: Final = 2
"""A re-index fills a second collection beside the live one; until that is live it may be slow, so not its memory."""


def pgvector_memory(settings: Settings) -> Iterator[Broken]:
    """The index fits into what an instance caches."""
    wanted = settings.vector_database
    if wanted is None or wanted.engine != "pgvector" or wanted.pgvector is None:
        return
    aurora, needed = load_vector_databases().aurora, footprint("pgvector", wanted.demand).memory_bytes
    serverless, named = wanted.pgvector.serverless, wanted.pgvector.instance_class
    if serverless is not None:
        each = aurora.acu_memory_gib * GIB * aurora.shared_buffers_percent / 100
        cached = serverless.max_acu * each
        if needed > cached:
            smallest = -(-needed * 2 // each) / 2
            most = f"{smallest:g} or more" if smallest <= aurora.acu_maximum else "none: an instance_class"
            message = f"{_asks(wanted, needed)} {serverless.max_acu:g} ACUs cache {_gib(cached)}; allowed: {most}"
            yield Broken(("vector_database", "pgvector", "serverless", "max_acu"), serverless.max_acu, message)
    elif named is not None:
        cached = _cached(aurora, aurora.instance_classes[named])
        if needed > cached:
            fit = [name for name, known in aurora.instance_classes.items() if _cached(aurora, known) >= needed]
            smallest = {name.rpartition(".")[0]: name for name in reversed(fit)}
            most = f"{listed(sorted(smallest.values()))}, or larger" if fit else "none; fewer vectors or dimensions"
            message = f"{_asks(wanted, needed)} it caches {_gib(cached)}; allowed: {most}"
            yield Broken(("vector_database", "pgvector", "instance_class"), named, message)


def pgvector_disk(settings: Settings) -> Iterator[Broken]:
    """Aurora's storage grows by itself, up to its largest cluster."""
    wanted = settings.vector_database
    if wanted is None or wanted.engine != "pgvector":
        return
    most = load_vector_databases().aurora.largest_cluster_tib * 1024 * GIB
    needed = footprint("pgvector", wanted.demand).disk_bytes * COLLECTIONS_ON_DISK
    if needed > most:
        message = f"two collections of them need {_gib(needed)} of disk, and an Aurora cluster grows to {_gib(most)}"
        yield Broken(("vector_database", "collection", "vectors"), wanted.collection.vectors, message)


def in_cluster(settings: Settings) -> Iterator[Broken]:
    """The replicas together have the memory and the disk."""
    wanted = settings.vector_database
    if wanted is None or wanted.in_cluster is None or wanted.engine not in IN_CLUSTER:
        return
    part, needed = wanted.in_cluster, footprint(wanted.engine, wanted.demand)
    usable = part.replicas * part.memory_gib * GIB * USABLE_MEMORY
    if needed.memory_bytes > usable:
        smallest = _each(needed.memory_bytes / USABLE_MEMORY, part.replicas)
        have = f"{part.replicas} replicas of {part.memory_gib} GiB use {_gib(usable)} for them"
        message = f"{_asks(wanted, needed.memory_bytes)} {have}; allowed: {smallest} or more, or more replicas"
        yield Broken(("vector_database", "in_cluster", "memory_gib"), part.memory_gib, message)
    if part.disk_gib is None:
        return
    on_disk, have_gib = needed.disk_bytes * COLLECTIONS_ON_DISK, part.replicas * part.disk_gib
    if on_disk > have_gib * GIB:
        smallest = _each(on_disk, part.replicas)
        message = (
            f"two collections of {_vectors(wanted)} need {_gib(on_disk)} of disk, and {part.replicas} replicas have "
            f"{have_gib} GiB; allowed: {smallest} or more, or more replicas"
        )
        yield Broken(("vector_database", "in_cluster", "disk_gib"), part.disk_gib, message)


def pods(settings: Settings) -> Iterator[Broken]:
    """Pinecone's pods hold the vectors; a serverless index grows by itself."""
    wanted = settings.vector_database
    if wanted is None or wanted.pinecone is None or not (wanted.pinecone.pod_type and wanted.pinecone.shards):
        return
    part, needed = wanted.pinecone, pinecone_pods(wanted.demand, wanted.pinecone.pod_type)
    if part.kind == "pod" and wanted.pinecone.shards < needed:
        message = f"{_vectors(wanted)} need {needed} pods of '{part.pod_type}'; allowed: {needed} or more"
        yield Broken(("vector_database", "pinecone", "shards"), part.shards, message)


def _cached(aurora: Aurora, known: InstanceClass) -> float:
    """What memory and the tiered cache of Optimized Reads hold: at most five times the memory."""
    memory = known.memory_gib * GIB
    reach = memory * aurora.optimized_reads_reach
    return min(memory * aurora.shared_buffers_percent / 100 + known.nvme_gb * 1e9, reach)


def _each(needed: float, replicas: int) -> int:
    return -int(-needed // (replicas * GIB))


def _asks(wanted: VectorDatabaseSettings, needed: int) -> str:
    return f"{_vectors(wanted)} need {_gib(needed)} in memory, and"


def _vectors(wanted: VectorDatabaseSettings) -> str:
    copies = wanted.demand.replication_factor
    held = f"{wanted.collection.vectors} vectors of {wanted.collection.dimension} dimensions"
    return f"{copies} copies of {held}" if copies > 1 else held


def _gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"


RULES = (pgvector_memory, pgvector_disk, in_cluster, pods)
