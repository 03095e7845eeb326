"""A connection to Weaviate, and what its client raises as faults of the pipeline."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx
import weaviate
from weaviate import WeaviateClient, exceptions
from weaviate.classes.init import AdditionalConfig, Auth, Timeout

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.api_key import api_key
from workloads.faults import AccessError, InputError

# The client logs what fails in a batch; it is raised as well.
logging.getLogger("weaviate-client").setLevel(logging.CRITICAL)

GRPC_PORT: Final = 50051
NO_ACCESS: Final = frozenset({401, 403, 7, 16})
"""HTTP statuses, and gRPC's PERMISSION_DENIED and UNAUTHENTICATED."""
UNAVAILABLE: Final = frozenset({408, 429, 500, 502, 503, 504, 507, 4, 8, 14})
"""HTTP statuses, and gRPC's DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and UNAVAILABLE."""
SAYS_NO_ACCESS: Final = re.compile(r"unauthenticated|unauthorized|permission.denied|forbidden", re.IGNORECASE)
SAYS_UNAVAILABLE: Final = re.compile(
    r"read.?only|no space left|not enough memory|memory pressure|unavailable|deadline.exceeded|failed to connect"
    r"|connection refused|resource.exhausted|cannot achieve consistency level",
    re.IGNORECASE,
)


def connected(settings: StoreSettings, environ: Mapping[str, str]) -> WeaviateClient:
    """Return a client that has reached the server. Raises `InputError` for addresses that can't be meant."""
    key = api_key(settings, environ)
    http, http_port = _address(settings.url, "store.url")
    secure = settings.url.startswith("https://")
    grpc, grpc_port = http, GRPC_PORT
    if settings.grpc_url:
        grpc, grpc_port = _address(f"//{settings.grpc_url}", "store.grpc_url")
    if settings.ca_file:
        raise InputError(
            "store.ca_file: Weaviate's client takes none; set SSL_CERT_FILE and GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"
        )
    patience = settings.timeout_seconds
    with weaviate_faults(settings.url):
        return weaviate.connect_to_custom(
            http_host=http,
            http_port=http_port or (443 if secure else 80),
            http_secure=secure,
            grpc_host=grpc,
            grpc_port=grpc_port or GRPC_PORT,
            grpc_secure=secure,
            auth_credentials=Auth.api_key(key) if key else None,
            additional_config=AdditionalConfig(timeout=Timeout(init=patience, query=patience, insert=patience)),
            # They ask PyPI whether there is a newer client.
            skip_init_checks=True,
        )


def _address(url: str, key: str) -> tuple[str, int | None]:
    wanted = "host:port" if key == "store.grpc_url" else "http(s)://host:port"
    fault = InputError(f"{key}: {url.removeprefix('//')!r}: needs {wanted}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise fault from None
    if not parts.hostname or parts.scheme not in ("http", "https", ""):
        raise fault
    return parts.hostname, port


@contextmanager
def weaviate_faults(about: str) -> Generator[None]:
    """Raise what the port promises in place of what the client raises."""
    try:
        yield
    except (exceptions.AuthenticationFailedError, exceptions.InsufficientPermissionsError) as error:
        raise AccessError(f"weaviate: {about}: {error}") from error
    except (
        exceptions.WeaviateConnectionError,
        exceptions.WeaviateStartUpError,
        exceptions.WeaviateTimeoutError,
        exceptions.WeaviateRetryError,
        exceptions.WeaviateGRPCUnavailableError,
        exceptions.WeaviateClosedClientError,
        httpx.TransportError,
        OSError,
    ) as error:
        raise StoreUnavailableError(f"weaviate: {about}: {error}") from error
    except exceptions.UnexpectedStatusCodeError as error:
        raise _by_status(error.status_code)(f"weaviate: {about}: {error}") from error
    except exceptions.WeaviateBaseError as error:
        raise by_words(str(error))(f"weaviate: {about}: {error}") from error


def _by_status(status: int) -> type[AccessError | StoreError]:
    return AccessError if status in NO_ACCESS else StoreUnavailableError if status in UNAVAILABLE else StoreError


def by_words(message: str) -> type[AccessError | StoreError]:
    """Return the kind of fault that a message tells of: gRPC calls carry the status as text only."""
    if SAYS_NO_ACCESS.search(message):
        return AccessError
    return StoreUnavailableError if SAYS_UNAVAILABLE.search(message) else StoreError
