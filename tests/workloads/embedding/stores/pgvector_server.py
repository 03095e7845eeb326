"""PostgreSQL with pgvector for tests: one server per test process, a migrated schema for each store."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.workloads.embedding.stores.engines import EngineServer
from workloads.embedding.local_postgres import local_postgres
from workloads.embedding.migrations.upgrade import upgrade
from workloads.embedding.settings import StoreSettings


@contextmanager
def server(folder: Path) -> Generator[EngineServer]:
    """Run a PostgreSQL 18; a store is fresh in that it has a schema of its own."""
    del folder  # the server has one of its own, with a path short enough for its socket
    numbers = itertools.count()
    with local_postgres() as url:

        def fresh(_: Path) -> StoreSettings:
            settings = StoreSettings(engine="pgvector", url=url, namespace=f"test_{next(numbers)}")
            upgrade(settings, {})
            return settings

        def unreachable(nowhere: Path) -> StoreSettings:
            return StoreSettings(engine="pgvector", url=f"postgresql://postgres@/postgres?host={nowhere}")

        yield EngineServer(fresh, unreachable)
