"""Qdrant for tests: the client's own local mode, which needs no server; a store is fresh in that it has a folder."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.workloads.embedding.stores.engines import EngineServer
from workloads.embedding.settings import StoreSettings

MEMORY = Path("/dev/shm")  # noqa: S108 - what is put there has a folder of its own
"""The local mode waits for the disk after every point: 6 ms each, in memory nothing."""


@contextmanager
def server(folder: Path) -> Generator[EngineServer]:
    """Give stores in folders; one that can't be reached is a server where none listens."""
    numbers = itertools.count()
    with TemporaryDirectory(prefix="qdrant-", dir=MEMORY if MEMORY.is_dir() else folder) as stores:
        yield EngineServer(
            fresh=lambda _: StoreSettings(engine="qdrant", url=f"path:{stores}/{next(numbers)}"),
            unreachable=lambda _: StoreSettings(engine="qdrant", url="http://127.0.0.1:1", timeout_seconds=1),
        )
