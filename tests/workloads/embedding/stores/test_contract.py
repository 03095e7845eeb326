"""The contract on all five engines, and what needs an engine's settings besides a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workloads.embedding.stores.contract import StoreContract
from tests.workloads.embedding.stores.engines import EngineServer
from tests.workloads.embedding.stores.points import NAME, direction, point, spec
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.records import Head
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore


class TestEveryEngine(StoreContract):
    """Runs on `store`, which is one of each engine in turn."""


def test_opened_again_everything_is_there(
    store: VectorStore, store_settings: StoreSettings, engine_server: EngineServer
) -> None:
    store.create(spec())
    store.upsert(NAME, [point()])
    store.put_heads(NAME, [Head("guide.md", "1", 1)])
    store.point_alias("docs", NAME)
    store.close()
    again = open_store(store_settings, engine_server.environ)
    try:
        assert (again.names(), again.alias("docs"), again.spec(NAME)) == ([NAME], NAME, spec())
        assert (again.count("docs"), list(again.heads("docs"))) == (1, [Head("guide.md", "1", 1)])
    finally:
        again.close()


CALLS: list[Callable[[VectorStore], object]] = [
    lambda store: store.create(spec()),
    lambda store: store.spec(NAME),
    lambda store: store.names(),
    lambda store: store.upsert(NAME, [point()]),
    lambda store: store.search(NAME, direction(1), 3),
    lambda store: list(store.export(NAME)),
    lambda store: list(store.heads(NAME)),
    lambda store: store.put_heads(NAME, [Head("guide.md", "1", 1)]),
    lambda store: store.point_alias("docs", NAME),
]


def test_engine_that_cannot_be_reached_is_said_to_be_so(engine_server: EngineServer, tmp_path: Path) -> None:
    settings = engine_server.unreachable(tmp_path)
    for call in CALLS:
        with pytest.raises(StoreUnavailableError) as raised:
            call(open_store(settings, engine_server.environ))
        assert "Traceback" not in str(raised.value)
