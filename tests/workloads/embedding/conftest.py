"""Stores as fixtures: a test that takes `engine`, `store_settings` or `store` runs on every engine, on fresh stores.

A test for some engines alone parametrises `engine` itself; with `engine_servers("pgvector").fresh(tmp_path)` one gets
settings for a fresh store of one engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.workloads.embedding.stores.engines import ENGINES, EngineServer
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore

EngineServers = Callable[[str], EngineServer]
"""Gives the server of an engine; it is started when it is first asked for."""


EVERY_ENGINE: Final = [pytest.param(engine, marks=pytest.mark.xdist_group(engine)) for engine in ENGINES]
"""Tests of one engine run in one process, so that its server is started once."""


@pytest.fixture(params=EVERY_ENGINE)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def engine_servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[EngineServers]:
    with ExitStack() as stack:

        @cache
        def running(engine: str) -> EngineServer:
            return stack.enter_context(ENGINES[engine](tmp_path_factory.mktemp(engine)))

        yield running


@pytest.fixture
def engine_server(engine: str, engine_servers: EngineServers) -> EngineServer:
    return engine_servers(engine)


@pytest.fixture
def store_settings(engine_server: EngineServer, tmp_path: Path) -> StoreSettings:
    return engine_server.fresh(tmp_path)


@pytest.fixture
def store(store_settings: StoreSettings, engine_server: EngineServer) -> Generator[VectorStore]:
    store = open_store(store_settings, engine_server.environ)
    yield store
    store.close()
