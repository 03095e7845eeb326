"""What Milvus and its client raise, as faults of the pipeline."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import grpc
from pymilvus.exceptions import MilvusException

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.faults import AccessError

# The client logs every failed call with its traceback, also those that are expected and handled.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
logging.getLogger("milvus_lite").setLevel(logging.CRITICAL)

# Numbers from Milvus' pkg/util/merr/errors.go.
NO_COLLECTION: Final = frozenset({100, 1600})
"""No such collection, no such alias."""
NOT_LOADED: Final = 101
UNAVAILABLE: Final = frozenset({2, 3, 4, 7, 8, 9, 11})
"""Service unavailable, out of memory, too many requests, out of disk, rate limit, quota, time tick delay."""
NO_ACCESS: Final = frozenset({1400, 1401, 1402})
"""Not authenticated, not permitted."""


@contextmanager
def milvus_faults(about: str) -> Generator[None]:
    """Raise what the port promises in place of what the client raises."""
    try:
        yield
    except MilvusException as error:
        told = f"milvus: {about}: {error.message or error}"
        if error.code in NO_ACCESS or "auth check failure" in told or "UNAUTHENTICATED" in told:
            raise AccessError(told) from error
        if error.code in UNAVAILABLE or error.retriable:
            raise StoreUnavailableError(told) from error
        raise StoreError(told) from error
    except (grpc.RpcError, grpc.FutureTimeoutError, OSError) as error:
        raise StoreUnavailableError(f"milvus: {about}: {error}") from error
    except ValueError as error:
        if "closed channel" in str(error):
            raise StoreUnavailableError(f"milvus: {about}: the connection is closed") from error
        raise
