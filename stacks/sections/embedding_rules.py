"""Rules of each index of the section `embeddings`, against the rest of the stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks.closeness import listed
from stacks.pool_types import pool_instance_types
from stacks.sections.embeddings import EmbeddingIndexSettings
from stacks.sections.section import Broken

if TYPE_CHECKING:
    from stacks.settings import Settings

BATCH_RELEASE = "kuberay-operator"
HTTPS_PORT = 443


def _at(index: int, *keys: str | int) -> tuple[str | int, ...]:
    return ("embeddings", index, *keys)


def unique(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """Two indexes of one name would write into each other's collection."""
    for earlier, other in enumerate(settings.embeddings[:index]):
        if other.name == entry.name:
            yield Broken(_at(index, "name"), entry.name, f"already the name of embeddings[{earlier}]")
            return


def has_database(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """An index is a collection of the environment's vector database."""
    if settings.vector_database is None:
        yield Broken(_at(index, "name"), entry.name, "needs the section vector_database, which the stack file lacks")
    elif settings.vector_database.pinecone is not None and settings.vector_database.pinecone.kind == "pod":
        message = "the pipeline writes to serverless indexes alone, and vector_database.pinecone.kind is 'pod'"
        yield Broken(_at(index, "name"), entry.name, message)


def release_is_free(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """A model of this name would be a release of the same name."""
    for number, model in enumerate(settings.models):
        if model.namespace == entry.namespace and model.name == entry.release:
            message = f"its release '{entry.release}' would be that of models[{number}]"
            yield Broken(_at(index, "name"), entry.name, message)


def namespace_is_for_inference(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """Search answers beside the models, in a namespace that is declared."""
    fit = [namespace.name for namespace in settings.namespaces if namespace.workload == "inference"]
    if entry.namespace not in fit:
        message = f"allowed: a namespace with workload 'inference': {listed(fit) if fit else 'there is none'}"
        yield Broken(_at(index, "namespace"), entry.namespace, message)


def has_gpu_nodes(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """A job that asks for a GPU needs nodes that have one."""
    if entry.gpus and not pool_instance_types(settings, entry.pool):
        message = "the stack file has no GPU nodes of this pool; allowed: a pool that has, or gpus: 0"
        yield Broken(_at(index, "pool"), entry.pool, message)


def endpoint_needs_no_gpu(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """Where a server makes the vectors, a GPU of the job would idle."""
    if entry.gpus and entry.model.endpoint is not None:
        yield Broken(_at(index, "gpus"), entry.gpus, "model.endpoint makes the vectors; allowed: 0")


def endpoint_is_reached(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """Network policies let the pods out to a Service of their own namespace, and by HTTPS to the internet."""
    endpoint = entry.model.endpoint
    if endpoint is None:
        return
    namespace, path = endpoint.namespace(entry.namespace), _at(index, "model", "endpoint", "url")
    if namespace is None and (endpoint.port != HTTPS_PORT or not endpoint.url.startswith("https:")):
        message = (
            "outside the cluster only HTTPS on port 443 is let out; a Service is named "
            f"'http://<service>.{entry.namespace}.svc:<port>'"
        )
        yield Broken(path, endpoint.url, message)
    if namespace != entry.namespace and namespace in [each.name for each in settings.namespaces]:
        message = f"namespace '{namespace}' lets in its own pods alone; allowed: a Service of '{entry.namespace}'"
        yield Broken(path, endpoint.url, message)


def overlap(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """Windows that repeat more than half of each other make an index twice as large, or never end."""
    if entry.chunking.overlap * 2 > entry.chunking.tokens:
        message = f"allowed: at most half of tokens ({entry.chunking.tokens})"
        yield Broken(_at(index, "chunking", "overlap"), entry.chunking.overlap, message)


def replicas(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """The autoscaler needs room."""
    search = entry.search
    if search is not None and search.min_replicas > search.max_replicas:
        message = f"more than max_replicas ({search.max_replicas})"
        yield Broken(_at(index, "search", "min_replicas"), search.min_replicas, message)


def has_operator(settings: Settings, index: int, entry: EmbeddingIndexSettings) -> Iterator[Broken]:
    """A RayJob without its operator stays an object."""
    if entry.batch_workers and BATCH_RELEASE not in settings.charts.releases:
        message = f"needs '{BATCH_RELEASE}', which charts.releases lacks; allowed without: 0"
        yield Broken(_at(index, "batch_workers"), entry.batch_workers, message)


RULES = (
    unique,
    has_database,
    release_is_free,
    namespace_is_for_inference,
    has_gpu_nodes,
    endpoint_needs_no_gpu,
    endpoint_is_reached,
    overlap,
    replicas,
    has_operator,
)
