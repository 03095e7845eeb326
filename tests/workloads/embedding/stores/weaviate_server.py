"""Weaviate for tests: a real server, built from its Go module; a store is fresh in that it has a namespace."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.weaviate import running_weaviate
from tests.workloads.embedding.stores.engines import EngineServer
from workloads.embedding.settings import StoreSettings

KEY = "WEAVIATE_API_KEY"


@contextmanager
def server(folder: Path) -> Generator[EngineServer]:
    """Run a server of one node; one that can't be reached is where none listens."""
    numbers = itertools.count()
    with running_weaviate(folder) as weaviate:

        def fresh(_: Path) -> StoreSettings:
            return StoreSettings(
                engine="weaviate",
                url=weaviate.url,
                grpc_url=weaviate.grpc_url,
                api_key_env=KEY,
                namespace=f"test_{next(numbers)}",
            )

        def unreachable(_: Path) -> StoreSettings:
            return StoreSettings(
                engine="weaviate", url="http://127.0.0.1:1", grpc_url="127.0.0.1:2", api_key_env=KEY, timeout_seconds=1
            )

        yield EngineServer(fresh, unreachable, {KEY: weaviate.api_key})
