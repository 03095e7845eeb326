"""Where a Pinecone index answers: the host that the settings have, or what Pinecone says of an index by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pinecone import Pinecone
from pinecone.errors.exceptions import NotFoundError
from pinecone.models.indexes.deployment import PodDeployment
from pinecone.models.indexes.index import IndexModel

from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.pinecone_faults import pinecone_faults
from workloads.faults import InputError

INDEX: Final = "index:"
INDEX_NAME: Final = r"^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$"
CONTROL_HOST: Final = "PINECONE_CONTROLLER_HOST"
"""Environment variable of Pinecone's own client: where its control plane answers, if not at api.pinecone.io."""


def host_of(settings: StoreSettings, key: str, environ: Mapping[str, str]) -> str:
    """Return the host of `store.url`; for `index:NAME` Pinecone is asked for it, once.

    Raises `InputError` where no index has the name, or where its pods lack what the pipeline needs, and
    `StoreUnavailableError` where it takes no requests yet.
    """
    if not settings.url.startswith(INDEX):
        return settings.url
    where, name = f"store.url: {settings.url!r}", settings.url.removeprefix(INDEX)
    if not re.fullmatch(INDEX_NAME, name):
        raise InputError(f"{where}: needs index:NAME, up to 45 lower-case letters, digits and hyphens")
    with (
        pinecone_faults(settings.url),
        Pinecone(
            api_key=key,
            host=environ.get(CONTROL_HOST),
            timeout=settings.timeout_seconds,
            ssl_ca_certs=settings.ca_file,
        ) as client,
    ):
        try:
            found = client.describe_index(name)
        except NotFoundError as error:
            made = "one is made by: python -m workloads.embedding pinecone-index"
            raise InputError(f"{where}: Pinecone has no index of this name; {made}") from error
    if isinstance(found.deployment, PodDeployment):
        # https://docs.pinecone.io/reference/api/2026-07/data-plane/list
        raise InputError(f"{where}: runs on pods, of which Pinecone lists no records; allowed: a serverless index")
    host = reachable_host(found)
    if not found.status.ready or not host:
        raise StoreUnavailableError(f"pinecone: {settings.url}: is not ready yet: {found.status.state}")
    return host


def reachable_host(index: IndexModel) -> str:
    """Return an index's host with its scheme, the private one where it has one; empty while it has none."""
    return index.private_host or index.host or ""
