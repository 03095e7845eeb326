"""Rules of a model's chart values: the chart's schema, who decides what, releases, secrets, memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from catalogue.charts import merge_values
from catalogue.model_server_chart import engine_values
from components.naming import Pool
from stacks.closeness import listed
from stacks.model_fit import misfit
from stacks.model_value_faults import refused_values, sound_values
from stacks.model_values import (
    DECIDED,
    RECORDING_RULES,
    is_own_repository,
    needed_releases,
    on_gpus,
    planned_fit,
    value_at,
)
from stacks.pool_types import pool_instance_types
from stacks.sections.models import ModelSettings
from stacks.sections.section import Broken, Path

if TYPE_CHECKING:
    from stacks.settings import Settings

CREDENTIAL = re.compile(r"(?i)(?:^|_)(?:token|password|passwd|secret|credential|api_?key|access_?key)s?(?:$|_)")
"""What the name of a variable looks like whose value nobody may read in a stack file."""


def _at(index: int, *key: str | int) -> Path:
    return ("models", index, "values", *key)


def decided_elsewhere(_: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """A value that another key decides is not given a second time."""
    for path, reason in DECIDED.items():
        given = value_at(model.values, *path)
        if given is not None:
            yield Broken(_at(index, *path), given, f"{reason}; remove it here")


def schema(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The release's values are what the chart takes."""
    for fault in refused_values(settings, model):
        if model.source is not None and fault.path[:2] == ("model", "source"):
            continue  # the stack file's own key for it has its own rules
        yield Broken(_at(index, *fault.path), fault.value, fault.message)


def own_size(_: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Another model than the engine's default has another size, which the memory is planned with."""
    if model.source is not None and value_at(model.values, "model", "size") is None:
        message = "required with a source: the model's size, from its config.json; the engine's default has another"
        yield Broken(_at(index, "model", "size"), None, message)


def releases(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """What the chart makes is served by a release that is on."""
    values = sound_values(settings, model)
    on = settings.charts.releases
    for release, path in needed_releases(values).items():
        if release not in on:
            yield Broken(_at(index, *path), value_at(values, *path), f"needs '{release}', which charts.releases lacks")
    if value_at(values, "autoscaling", "scaleToZero") and not value_at(values, "autoscaling", "keda"):
        message = (
            f"only KEDA scales to zero: needs 'keda' and '{RECORDING_RULES}' in charts.releases; allowed here: false"
        )
        yield Broken(_at(index, "autoscaling", "scaleToZero"), True, message)


def wake_up(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Something tells KEDA that a model at zero replicas is asked for: it has no metrics itself then."""
    autoscaling: Mapping[str, Any] = value_at(sound_values(settings, model), "autoscaling") or {}
    asleep = autoscaling.get("enabled") and autoscaling.get("scaleToZero")
    if asleep and not autoscaling.get("wakeUpQuery") and not autoscaling.get("wakeUpHosts"):
        message = "needs wakeUpHosts or wakeUpQuery beside it: at zero replicas the engine has no metrics; else: false"
        yield Broken(_at(index, "autoscaling", "scaleToZero"), True, message)


def mountpoint(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Mountpoint mounts the models bucket: the weights are there."""
    values = sound_values(settings, model)
    if value_at(values, "cache", "kind") == "mountpoint" and not value_at(values, "model", "source", "s3"):
        message = (
            "mounts the models bucket, and the weights come from elsewhere; allowed: 'node' or 'pvc', or source.s3"
        )
        yield Broken(_at(index, "cache", "kind"), "mountpoint", message)


def floor(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The on-demand floor belongs to the spot pool, and is there in prod."""
    values = sound_values(settings, model)
    replicas = value_at(values, "onDemandFloor") or 0
    if replicas and model.pool != "spot":
        message = f"only with pool 'spot', here it is '{model.pool}'; allowed: 0"
        yield Broken(_at(index, "onDemandFloor"), replicas, message)
    if not replicas and model.pool == "spot" and settings.ownership.environment == "prod":
        message = "nothing would serve when spot capacity goes away; allowed in prod: 1 or more"
        yield Broken(_at(index, "onDemandFloor"), replicas, message)


def repository(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """An image without a registry is in one of the environment's own repositories."""
    of_engine = engine_values(model.engine, settings.ownership.environment)
    given = value_at(merge_values(of_engine, model.values), "image", "repository")
    known = settings.storage.repositories
    if is_own_repository(given) and given not in known:
        message = f"not one of storage.repositories; allowed: one of {listed(known)}, or a name with its registry"
        yield Broken(_at(index, "image", "repository"), given, message)


def credentials(_: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """A credential is named, never written down."""
    environment = value_at(model.values, "environment")
    for name in environment if isinstance(environment, Mapping) else ():
        if CREDENTIAL.search(str(name)):
            message = "looks like a credential; a Hugging Face token is named in values.model.tokenSecret: {name, key}"
            # The value itself must not show up in a terminal or a log.
            yield Broken(_at(index, "environment", str(name)), "[not shown]", message)


def planned_type(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The type that the memory is planned on is one of the pool's."""
    named = value_at(model.values, "instanceType")
    types = pool_instance_types(settings, model.pool)
    if named is not None and types and named not in types:
        message = f"not a type of pool '{model.pool}'; its types: {', '.join(types)}"
        yield Broken(_at(index, "instanceType"), named, message)


def memory(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """Some type of the pool holds the model; with a floor, some type of the inference pool too."""
    values = sound_values(settings, model)
    if not on_gpus(values):
        return
    pools: dict[Pool, str] = {model.pool: ""}
    if model.pool == "spot" and value_at(values, "onDemandFloor"):
        pools["inference"] = "for its on-demand floor, on the inference pool: "
    for pool, where in pools.items():
        types = pool_instance_types(settings, pool)
        # A pool without types, and a named type that is not the pool's, have faults of their own.
        if types and values.get("instanceType") in (None, *types) and planned_fit(settings, pool, values) is None:
            yield Broken(("models", index, "pool"), model.pool, where + misfit(values, types))


RULES = (
    decided_elsewhere,
    schema,
    own_size,
    releases,
    wake_up,
    mountpoint,
    floor,
    repository,
    credentials,
    planned_type,
    memory,
)
