"""Pinecone for tests: a stand-in for its HTTP API; a store is fresh in that it has a namespace."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from tests.workloads.embedding.stores.engines import EngineServer
from tests.workloads.embedding.stores.pinecone_stub import StubIndex, served
from workloads.embedding.settings import StoreSettings

KEY = "PINECONE_API_KEY"
DIMENSION = 400
"""Room for the 384 of small models, and for one more: the index is one by dot product, which takes every metric."""


@contextmanager
def server(folder: Path) -> Generator[EngineServer]:
    """Serve an index whose writes are seen late; one that can't be reached is where none listens."""
    del folder
    numbers = itertools.count()
    index = StubIndex(DIMENSION, "dotproduct", lag=0.002)
    # The client waits seconds before it asks again where nobody answers.
    patience = mock.patch("pinecone._internal.http_client._retry_sleep")
    with served(index, "key of the tests") as host, patience:
        yield EngineServer(
            fresh=lambda _: StoreSettings(
                engine="pinecone", url=host, api_key_env=KEY, namespace=f"test_{next(numbers)}"
            ),
            unreachable=lambda _: StoreSettings(
                engine="pinecone", url="http://127.0.0.1:1", api_key_env=KEY, timeout_seconds=1
            ),
            environ={KEY: "key of the tests"},
        )
