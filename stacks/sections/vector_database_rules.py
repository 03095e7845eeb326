"""Rules of the section `vector_database`: its parts are those of the engine, and what they name can be had.

What it must be able to hold is in vector_database_sizes.py, what an environment asks in vector_database_posture.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalogue.vector_databases import load_vector_databases
from stacks.closeness import listed
from stacks.sections.network import AdoptedIds
from stacks.sections.section import Broken, Path
from stacks.sections.vector_database import IN_CLUSTER, PineconeSettings

if TYPE_CHECKING:
    from stacks.settings import Settings

SECRETS_RELEASE = "external-secrets"
LEAST_ZONES = 2
"""Of the subnets of an Aurora cluster: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_AuroraOverview.html"""

_POD_KEYS = ("pod_type", "shards", "replicas")


def _at(*keys: str | int) -> Path:
    return ("vector_database", *keys)


def own_part(settings: Settings) -> Iterator[Broken]:
    """An engine has its own part of the section, and no other's."""
    wanted = settings.vector_database
    if wanted is None:
        return
    own = "in_cluster" if wanted.engine in IN_CLUSTER else wanted.engine
    for part in ("pgvector", "in_cluster", "pinecone"):
        value = getattr(wanted, part)
        if part == own and value is None:
            yield Broken(_at(part), None, f"required with vector_database.engine '{wanted.engine}'")
        if part != own and value is not None:
            message = f"says nothing to vector_database.engine '{wanted.engine}'; remove this key"
            yield Broken(_at(part), value, message)


def clients(settings: Settings) -> Iterator[Broken]:
    """A namespace that may connect is one of the stack file's."""
    wanted = settings.vector_database
    if wanted is None:
        return
    names = [namespace.name for namespace in settings.namespaces]
    for index, name in enumerate(wanted.client_namespaces):
        if name not in names:
            known = listed(names) if names else "there is none"
            yield Broken(_at("client_namespaces", index), name, f"not in namespaces; allowed: {known}")


def dimension(settings: Settings) -> Iterator[Broken]:
    """The engine can index vectors of this length."""
    wanted = settings.vector_database
    if wanted is None:
        return
    longest = load_vector_databases().longest_vectors.dimensions[wanted.engine]
    if wanted.collection.dimension > longest:
        message = f"'{wanted.engine}' indexes vectors of at most {longest} dimensions"
        yield Broken(_at("collection", "dimension"), wanted.collection.dimension, message)


def aurora_capacity(settings: Settings) -> Iterator[Broken]:
    """Aurora's instances are serverless or of a class; an idle one does not keep more than a busy one may have."""
    wanted = settings.vector_database
    if wanted is None or wanted.pgvector is None:
        return
    serverless, named = wanted.pgvector.serverless, wanted.pgvector.instance_class
    if serverless is None and named is None:
        message = "required: capacity that follows the load; or, in its place, instance_class"
        yield Broken(_at("pgvector", "serverless"), None, message)
    if serverless is not None and named is not None:
        yield Broken(_at("pgvector", "instance_class"), named, "pgvector.serverless is set too; remove one of the two")
    if serverless is None:
        return
    path = _at("pgvector", "serverless")
    if serverless.max_acu < 1:
        yield Broken((*path, "max_acu"), serverless.max_acu, "Aurora takes 1 or more")
    if serverless.min_acu > serverless.max_acu:
        yield Broken((*path, "min_acu"), serverless.min_acu, f"more than max_acu ({serverless.max_acu:g})")
    if serverless.min_acu == 0 and wanted.pgvector.proxy:
        message = "a proxy's open connections keep an instance from ever stopping; allowed with min_acu 0: false"
        yield Broken(_at("pgvector", "proxy"), True, message)


def aurora_subnets(settings: Settings) -> Iterator[Broken]:
    """An adopted network has database subnets in two zones; its zones are looked at when the program runs."""
    wanted, adopt = settings.vector_database, settings.network.adopt
    if wanted is None or wanted.engine != "pgvector" or not isinstance(adopt, AdoptedIds):
        return
    ids = adopt.database_subnet_ids
    if len(ids) < LEAST_ZONES:
        message = f"engine 'pgvector' needs database subnets in {LEAST_ZONES} zones or more; the network has {len(ids)}"
        yield Broken(("network", "adopt", "database_subnet_ids"), ids, message)


def releases(settings: Settings) -> Iterator[Broken]:
    """An engine in the cluster is a release that is on; keys come into the cluster through External Secrets."""
    wanted, on = settings.vector_database, settings.charts.releases
    if wanted is None:
        return
    engine = wanted.engine
    if engine in IN_CLUSTER and engine not in on:
        yield Broken(_at("engine"), engine, f"needs the release '{engine}', which charts.releases lacks")
    if (engine != "pgvector" or settings.embeddings) and SECRETS_RELEASE not in on:
        message = f"its keys come from Secrets Manager: needs '{SECRETS_RELEASE}', which charts.releases lacks"
        yield Broken(_at("engine"), engine, message)


def in_cluster_shape(settings: Settings) -> Iterator[Broken]:
    """Copies of a vector are on different replicas; Milvus has no volumes, and in dev is one process."""
    wanted = settings.vector_database
    if wanted is None or wanted.in_cluster is None or wanted.engine not in IN_CLUSTER:
        return
    part = wanted.in_cluster
    if part.replication_factor > part.replicas:
        message = f"each copy needs a replica of its own, and there are {part.replicas}"
        yield Broken(_at("in_cluster", "replication_factor"), part.replication_factor, message)
    if wanted.engine == "milvus":
        if part.disk_gib is not None:
            yield Broken(_at("in_cluster", "disk_gib"), part.disk_gib, "Milvus keeps its data in S3; remove this key")
        if settings.ownership.environment == "dev" and part.replicas > 1:
            yield Broken(_at("in_cluster", "replicas"), part.replicas, "in dev Milvus is one process; allowed: 1")
    elif part.disk_gib is None:
        message = f"required with vector_database.engine '{wanted.engine}': GiB of each replica's volume"
        yield Broken(_at("in_cluster", "disk_gib"), None, message)


def pinecone_kind(settings: Settings) -> Iterator[Broken]:
    """Pods have a type and numbers, which a serverless index has not."""
    wanted = settings.vector_database
    if wanted is None or wanted.pinecone is None:
        return
    part = wanted.pinecone
    for key in _POD_KEYS:
        value = getattr(part, key)
        if part.kind == "pod" and value is None:
            yield Broken(_at("pinecone", key), None, "required with vector_database.pinecone.kind 'pod'")
        if part.kind == "serverless" and value is not None:
            message = "only with vector_database.pinecone.kind 'pod', here it is 'serverless'; remove this key"
            yield Broken(_at("pinecone", key), value, message)


def pinecone_place(settings: Settings) -> Iterator[Broken]:
    """Pinecone runs such an index there; PrivateLink leads to its index in our own region alone."""
    wanted = settings.vector_database
    if wanted is None or wanted.pinecone is None:
        return
    part, known = wanted.pinecone, load_vector_databases().pinecone
    regions = (known.serverless_regions if part.kind == "serverless" else known.pod_environments)[part.cloud]
    if part.region not in regions:
        message = f"Pinecone has no {part.kind} index of cloud '{part.cloud}' there; allowed: {listed(regions)}"
        yield Broken(_at("pinecone", "region"), part.region, message)
    if part.private_link:
        yield from _private_link(settings, part)


def _private_link(settings: Settings, part: PineconeSettings) -> Iterator[Broken]:
    path, home = _at("pinecone", "private_link"), settings.aws.region
    links = load_vector_databases().pinecone.private_links
    if part.cloud != "aws" or part.region != home:
        yield Broken(path, True, f"PrivateLink leads to an index of cloud 'aws' in aws.region '{home}' alone")
    elif part.kind == "pod":
        yield Broken(path, True, "PrivateLink leads to serverless indexes alone")
    elif home not in links:
        yield Broken(path, True, f"catalogue/vector-databases.yaml knows the service of {listed(links)} alone")
    elif part.host is not None and not part.host.endswith(f".{links[home].domain}"):
        message = f"not the index's private host; allowed with private_link: a name below '{links[home].domain}'"
        yield Broken(_at("pinecone", "host"), part.host, message)


RULES = (
    own_part,
    clients,
    dimension,
    aurora_capacity,
    aurora_subnets,
    releases,
    in_cluster_shape,
    pinecone_kind,
    pinecone_place,
)
