"""Rules of the section `vector_database`: what an environment's name and its data ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks.sections.section import Broken, Path

if TYPE_CHECKING:
    from stacks.settings import Settings

LEAST_BACKUP_DAYS = 7
LEAST_PROD_REPLICAS = 3
LEAST_COPIES = 2


def _at(*keys: str | int) -> Path:
    return ("vector_database", *keys)


def protected(settings: Settings) -> Iterator[Broken]:
    """Outside dev the vectors can't be deleted by accident; in a stack that may go away they can."""
    wanted, environment = settings.vector_database, settings.ownership.environment
    if wanted is None:
        return
    for name, part in (("pgvector", wanted.pgvector), ("pinecone", wanted.pinecone)):
        if part is None:
            continue
        path = _at(name, "deletion_protection")
        if environment != "dev" and not part.deletion_protection:
            yield Broken(path, False, f"allowed in {environment}: true; only dev may lose its data")
        if name == "pgvector" and part.deletion_protection and not settings.storage.retained:
            message = "would make destroying the stack fail; allowed with storage.retained false: false"
            yield Broken(path, True, message)


def outside_dev(settings: Settings) -> Iterator[Broken]:
    """Outside dev a database is there at once, and can be put back to a day of the last week."""
    wanted, environment = settings.vector_database, settings.ownership.environment
    if wanted is None or wanted.pgvector is None or environment == "dev":
        return
    part = wanted.pgvector
    if part.backup_days < LEAST_BACKUP_DAYS:
        message = f"allowed in {environment}: {LEAST_BACKUP_DAYS} or more"
        yield Broken(_at("pgvector", "backup_days"), part.backup_days, message)
    if part.serverless is not None and part.serverless.min_acu == 0:
        message = f"the first query would wait for a start; allowed in {environment}: 0.5 or more"
        yield Broken(_at("pgvector", "serverless", "min_acu"), 0.0, message)


def prod(settings: Settings) -> Iterator[Broken]:
    """Prod's vectors outlive a zone, and its queries do not cross the internet."""
    wanted = settings.vector_database
    if wanted is None or settings.ownership.environment != "prod":
        return
    if wanted.pgvector is not None and wanted.pgvector.readers == 0:
        message = "nothing would take over when the writer's zone fails; allowed in prod: 1 or more"
        yield Broken(_at("pgvector", "readers"), 0, message)
    part = wanted.in_cluster
    if part is not None and part.replicas < LEAST_PROD_REPLICAS:
        message = f"two of three decide when one fails; allowed in prod: {LEAST_PROD_REPLICAS} or more"
        yield Broken(_at("in_cluster", "replicas"), part.replicas, message)
    if part is not None and part.replication_factor < LEAST_COPIES:
        message = f"a replica's vectors would be gone while it is; allowed in prod: {LEAST_COPIES} or more"
        yield Broken(_at("in_cluster", "replication_factor"), part.replication_factor, message)
    if wanted.pinecone is not None and not wanted.pinecone.private_link:
        message = "queries would cross the internet; allowed in prod: true"
        yield Broken(_at("pinecone", "private_link"), False, message)


def restricted(settings: Settings) -> Iterator[Broken]:
    """Restricted data stays in the account."""
    wanted = settings.vector_database
    if wanted and wanted.engine == "pinecone" and settings.ownership.data_classification == "restricted":
        message = "texts would leave the account; allowed with data_classification 'restricted': every other engine"
        yield Broken(_at("engine"), "pinecone", message)


RULES = (protected, outside_dev, prod, restricted)
