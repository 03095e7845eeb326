"""What Pinecone and its client raise, as faults of the pipeline."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from pinecone.errors import exceptions

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.faults import AccessError

NO_ACCESS: Final = frozenset({401, 402, 403})
UNAVAILABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 507})


@contextmanager
def pinecone_faults(about: str) -> Generator[None]:
    """Raise what the port promises in place of what the client raises."""
    try:
        yield
    except exceptions.ApiError as error:
        told = f"pinecone: {about}: {error}"
        if error.status_code in NO_ACCESS:
            raise AccessError(told) from error
        raise (StoreUnavailableError if error.status_code in UNAVAILABLE else StoreError)(told) from error
    except (exceptions.PineconeConnectionError, exceptions.PineconeTimeoutError, OSError) as error:
        raise StoreUnavailableError(f"pinecone: {about}: {error}") from error
    except exceptions.PineconeError as error:
        raise StoreError(f"pinecone: {about}: {error}") from error
    except RuntimeError as error:
        if "closed" in str(error):
            raise StoreUnavailableError(f"pinecone: {about}: the connection is closed") from error
        raise
