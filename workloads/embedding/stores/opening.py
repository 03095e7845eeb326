"""Opens the vector database that the settings name; only its own client library is imported."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Protocol, cast

from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.port import VectorStore


class Adapter(Protocol):
    """What a module of this folder has that is named after an engine."""

    def open_store(self, settings: StoreSettings, environ: Mapping[str, str]) -> VectorStore:
        """Return the engine's store; `InputError` for settings that it can't take, `AccessError` for a missing key."""
        ...


def open_store(settings: StoreSettings, environ: Mapping[str, str] = os.environ) -> VectorStore:
    """Return the store that the settings name; secrets are read from the environment variables they name.

    Raises `InputError` for settings that the engine can't take, `AccessError` where a named variable is not set, and
    `StoreUnavailableError` where the engine can't be reached, be it now or at the first call.
    """
    adapter = cast("Adapter", importlib.import_module(f"workloads.embedding.stores.{settings.engine}"))
    return adapter.open_store(settings, environ)
