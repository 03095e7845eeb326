"""An index of Pinecone's, made and kept as it is declared.

The stack file declares it; a job brings it about, again and again with the same end. What can't be changed in place
(dimension, metric, where it runs, shards) is refused: declare another name, fill it, and delete the old index by hand.
Of pods, which Pinecone offers no more, an index that stands is kept and scaled, and none is made.
Pinecone itself was not in reach when this was written: it is tested through its own client against a stand-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pinecone import Pinecone, ServerlessSpec
from pinecone.errors.exceptions import ConflictError, NotFoundError
from pinecone.models.indexes.deployment import ManagedDeployment, PodDeployment
from pinecone.models.indexes.index import IndexModel
from pydantic import Field, ValidationError, model_validator

from workloads.embedding.faults import DimensionError, MetricError, StoreError
from workloads.embedding.records import Metric
from workloads.embedding.settings import Section
from workloads.embedding.stores.pinecone_faults import pinecone_faults
from workloads.embedding.stores.pinecone_host import INDEX_NAME, reachable_host
from workloads.embedding.stores.pinecone_vectors import METRICS
from workloads.faults import InputError

Count = Annotated[int, Field(ge=1)]


class IndexDeclaration(Section):
    """What an index is to be."""

    name: Annotated[str, Field(pattern=INDEX_NAME)]
    dimension: Annotated[int, Field(ge=1, le=20_000)]
    metric: Metric = "cosine"
    cloud: Literal["aws", "gcp", "azure"] = "aws"
    region: str
    kind: Literal["serverless", "pod"] = "serverless"
    pod_type: Annotated[str, Field(pattern=r"^(p1|p2|s1)\.x(1|2|4|8)$")] | None = None
    shards: Count | None = None
    replicas: Count | None = None
    deletion_protection: bool = True
    tags: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Of ours; others that stand on the index stay."""

    @model_validator(mode="after")
    def _pods_are_counted(self) -> Self:
        given = (self.pod_type, self.shards, self.replicas)
        if self.kind == "pod" and None in given:
            raise ValueError("kind pod needs pod_type, shards and replicas")
        if self.kind == "serverless" and given != (None, None, None):
            raise ValueError("kind serverless takes no pod_type, shards or replicas")
        return self

    @property
    def environment(self) -> str:
        """Pinecone's name of where pods run."""
        return f"{self.region}-{self.cloud}"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """An index as it stands now."""

    name: str
    host: str
    changes: tuple[str, ...]
    """What was done, in words; nothing where it stood as declared."""


def load_declaration(path: Path) -> IndexDeclaration:
    """Return the declaration of a YAML or JSON file; `InputError` names file, key, value and what is allowed."""
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
        return IndexDeclaration.model_validate(content)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not YAML: {error}") from error
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, fault['loc'])) or 'file'}: {fault['input']!r}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
        raise InputError("\n".join(lines)) from error


def reconcile(client: Pinecone, wanted: IndexDeclaration, *, patience_seconds: int = 300) -> Reconciled:
    """Make the index, or change what differs; return where it is.

    Raises `DimensionError`, `MetricError` or `StoreError` where one of the name stands that can't be changed into it;
    it is then left as it is.
    """
    with pinecone_faults(wanted.name):
        try:
            standing = client.describe_index(wanted.name)
        except NotFoundError:
            try:
                made = _create(client, wanted, patience_seconds)
            except ConflictError:  # somebody else's job was faster
                standing = client.describe_index(wanted.name)
            else:
                return Reconciled(wanted.name, _host(made), ("created",))
        changes = _changes(standing, wanted)
        if changes:
            # One call for all: an index that is half changed would be neither.
            client.configure_index(wanted.name, **{key: value for key, (_, value) in changes.items()})
        told = tuple(f"{key}: {before!r} is now {value!r}" for key, (before, value) in changes.items())
        return Reconciled(wanted.name, _host(standing), told)


def _create(client: Pinecone, wanted: IndexDeclaration, patience_seconds: int) -> IndexModel:
    if wanted.kind == "pod":
        # https://docs.pinecone.io/guides/legacy/pod-based-indexes/manage-pod-based-indexes
        raise StoreError(
            f"pinecone: index {wanted.name}: is not there, and Pinecone's API of 2026-07 makes no index of pods; "
            "declare kind serverless, or make it in Pinecone's console where it is still offered"
        )
    return client.create_index(
        wanted.name,
        spec=ServerlessSpec(cloud=wanted.cloud, region=wanted.region),
        dimension=wanted.dimension,
        metric=METRICS[wanted.metric],
        timeout=patience_seconds,
        deletion_protection=_protection(wanted),
        tags=dict(wanted.tags) or None,
    )


def _changes(standing: IndexModel, wanted: IndexDeclaration) -> dict[str, tuple[Any, Any]]:
    """Return what differs and can be changed, as (before, after); raise for what can't."""
    where = f"pinecone: index {wanted.name}: stands with"
    if standing.dimension != wanted.dimension:
        raise DimensionError(f"{where} dimension {standing.dimension}, not {wanted.dimension}; declare another name")
    if standing.metric != METRICS[wanted.metric]:
        raise MetricError(f"{where} metric {standing.metric}, not {METRICS[wanted.metric]}; declare another name")
    changes = _pod_changes(standing, wanted, where)
    if standing.deletion_protection != _protection(wanted):
        changes["deletion_protection"] = (standing.deletion_protection, _protection(wanted))
    tags = dict(standing.tags or {})
    if any(tags.get(key) != value for key, value in wanted.tags.items()):
        changes["tags"] = (tags, tags | dict(wanted.tags))
    return changes


def _pod_changes(standing: IndexModel, wanted: IndexDeclaration, where: str) -> dict[str, tuple[Any, Any]]:
    """Pods take more replicas, or fewer, and a larger size of their own family; nothing else of them changes."""
    runs = standing.deployment
    if wanted.kind == "serverless":
        if not isinstance(runs, ManagedDeployment) or (runs.cloud, runs.region) != (wanted.cloud, wanted.region):
            raise StoreError(f"{where} {runs}, not serverless in {wanted.cloud} {wanted.region}; declare another name")
        return {}
    if not isinstance(runs, PodDeployment) or (runs.environment, runs.shards) != (wanted.environment, wanted.shards):
        raise StoreError(
            f"{where} {runs}, not {wanted.shards} shards of pods in {wanted.environment}; declare another name"
        )
    changes: dict[str, tuple[Any, Any]] = {}
    if runs.pod_type != wanted.pod_type:
        family, _, size = runs.pod_type.partition(".x")
        wanted_family, _, wanted_size = (wanted.pod_type or "").partition(".x")
        if family != wanted_family or int(size) > int(wanted_size):
            allowed = f"allowed: {family} with a larger size"
            raise StoreError(f"{where} pod_type {runs.pod_type}, not {wanted.pod_type}; {allowed}")
        changes["pod_type"] = (runs.pod_type, wanted.pod_type)
    if runs.replicas != wanted.replicas:
        changes["replicas"] = (runs.replicas, wanted.replicas)
    return changes


def _protection(wanted: IndexDeclaration) -> str:
    return "enabled" if wanted.deletion_protection else "disabled"


def _host(index: IndexModel) -> str:
    """As a stack file's `host` takes it."""
    return reachable_host(index).partition("://")[2]
