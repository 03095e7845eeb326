"""Rules of each model between the keys of the stack file: names, namespace, pool, source, adapters, replicas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalogue.model_server_chart import engine_values
from components.naming import bucket_name, platform_name
from stacks.closeness import did_you_mean, listed
from stacks.model_values import value_at
from stacks.pool_types import pool_instance_types
from stacks.sections.models import ModelSettings
from stacks.sections.section import Broken, Path

if TYPE_CHECKING:
    from stacks.settings import Settings

FLOOR_SUFFIX = "-floor"
"""The chart's second Deployment of a spot model."""


def _at(index: int, *key: str | int) -> Path:
    return ("models", index, *key)


def unique(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """A model's name is its own, with the floor that the chart makes of it."""
    for other, earlier in enumerate(settings.models[:index]):
        if earlier.name == model.name:
            message = f"already the name of models[{other}]; names are unique among models"
            yield Broken(_at(index, "name"), model.name, message)
            return
    floors = {entry.name + FLOOR_SUFFIX: other for other, entry in enumerate(settings.models) if entry.pool == "spot"}
    if model.name in floors:
        owner = floors[model.name]
        message = f"models[{owner}], on spot, makes a Deployment of this name for its on-demand floor; choose another"
        yield Broken(_at(index, "name"), model.name, message)


def namespace(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Models are served in a namespace for inference."""
    workloads = {entry.name: entry.workload for entry in settings.namespaces}
    serving = [name for name, workload in workloads.items() if workload == "inference"]
    allowed = f"allowed: {listed(serving)}" if serving else "there is none with workload 'inference' in `namespaces`"
    if model.namespace not in workloads:
        message = f"not one of `namespaces`; {allowed}{did_you_mean(model.namespace, serving)}"
        yield Broken(_at(index, "namespace"), model.namespace, message)
    elif model.namespace not in serving:
        message = f"a namespace for {workloads[model.namespace]}, where models are not served; {allowed}"
        yield Broken(_at(index, "namespace"), model.namespace, message)


def pool(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The pool has nodes."""
    if not pool_instance_types(settings, model.pool):
        having = [name for name in ("inference", "spot", "training") if pool_instance_types(settings, name)]
        message = f"no node group and no node pool is of this pool; allowed: {listed(having)}"
        yield Broken(_at(index, "pool"), model.pool, message)


def one_source(_: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Weights come from one place."""
    if model.source is None:
        return
    given = [kind for kind in ("hugging_face", "s3", "oci") if getattr(model.source, kind) is not None]
    if len(given) != 1:
        message = f"allowed: one of hugging_face, s3 and oci; it has {listed(given) or 'none'}"
        yield Broken(_at(index, "source"), model.source, message.replace(" or ", " and "))


def models_bucket(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """What is read from S3 is in the environment's own models bucket: the pods may read nothing else."""
    platform = platform_name(settings.ownership.environment)
    own = f"s3://{bucket_name(platform, 'models', settings.aws.account_id, settings.aws.region)}/"
    default = value_at(engine_values(model.engine, settings.ownership.environment), "model", "source", "s3", "uri")
    if model.source is None and default is not None and not default.startswith(own):
        message = f"the engine's default is '{default}', which pods may not read; allowed: a prefix of '{own}'"
        yield Broken(_at(index, "source", "s3"), None, message)
    wanted: dict[Path, str | None] = {("source", "s3"): model.source.s3 if model.source else None}
    wanted |= {("adapters", place, "uri"): adapter.uri for place, adapter in enumerate(model.adapters)}
    for key, uri in wanted.items():
        if uri is not None and uri.startswith("s3://") and not uri.startswith(own):
            message = f"pods may read the environment's own models only; allowed: a prefix of '{own}'"
            yield Broken(_at(index, *key), uri, message)


def replicas(_: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """min <= max."""
    least, most = model.replicas.min, model.replicas.max
    if least > most:
        yield Broken(_at(index, "replicas", "min"), least, f"greater than replicas.max, which is {most}")


def adapters(_: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Clients ask for the model or one of its adapters by a name of its own."""
    owners: dict[str, str] = {model.name: f"models[{index}]"}
    for place, adapter in enumerate(model.adapters):
        if adapter.name in owners:
            message = f"already the name of {owners[adapter.name]}; clients could not ask for it"
            yield Broken(_at(index, "adapters", place, "name"), adapter.name, message)
        owners.setdefault(adapter.name, f"models[{index}].adapters[{place}]")


RULES = (unique, namespace, pool, one_source, models_bucket, replicas, adapters)
