"""The five engines as tests meet them: each in a module of its own, `<engine>_server.py`, imported when needed.

A module has `server(folder)`, a context manager that yields an `EngineServer`. It is started once in a test process.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workloads.embedding.settings import StoreSettings


@dataclass(frozen=True)
class EngineServer:
    """An engine that runs, or what stands in for it."""

    fresh: Callable[[Path], StoreSettings]
    """Settings for an empty store that no other test sees; given a folder of the test's own."""
    unreachable: Callable[[Path], StoreSettings]
    """Settings for a store of this engine that can't be reached."""
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables that the settings name."""


def _server_of(engine: str) -> Callable[[Path], AbstractContextManager[EngineServer]]:
    def start(folder: Path) -> AbstractContextManager[EngineServer]:
        return importlib.import_module(f"tests.workloads.embedding.stores.{engine}_server").server(folder)

    return start


ENGINES: Final[Mapping[str, Callable[[Path], AbstractContextManager[EngineServer]]]] = {
    engine: _server_of(engine) for engine in ("pgvector", "qdrant", "weaviate", "milvus", "pinecone")
}
