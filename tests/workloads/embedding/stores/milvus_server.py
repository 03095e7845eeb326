"""Milvus for tests: Milvus Lite, in this process; a store is fresh in that it has a file of its own."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.workloads.embedding.stores.engines import EngineServer
from workloads.embedding.settings import StoreSettings


@contextmanager
def server(folder: Path) -> Generator[EngineServer]:
    """Give stores on files of their own; one that can't be reached is a server where none listens."""
    numbers = itertools.count()
    yield EngineServer(
        fresh=lambda _: StoreSettings(engine="milvus", url=f"path:{folder / f'{next(numbers)}.db'}"),
        unreachable=lambda _: StoreSettings(engine="milvus", url="http://127.0.0.1:1", timeout_seconds=1),
    )
