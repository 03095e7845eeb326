"""The values of a model's release: the engine's, what the platform has, the stack file's, what its keys decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from catalogue.charts import merge_values
from catalogue.model_memory import Fit, demand_of, smallest_fitting_type
from catalogue.model_server_chart import effective_values, engine_values
from components.naming import Pool, platform_name
from stacks.pool_types import pool_instance_types
from stacks.sections.models import ModelSettings, SourceSettings

if TYPE_CHECKING:
    from stacks.settings import Settings

ChartPath = tuple[str, ...]

DECIDED: Final[Mapping[ChartPath, str]] = {
    ("engine",): "comes from this model's key `engine`",
    ("team",): "comes from the namespace's key `team`",
    ("pool",): "comes from this model's key `pool`",
    ("replicas",): "comes from this model's key `replicas`",
    ("model", "name"): "comes from this model's key `name`",
    ("model", "source"): "comes from this model's key `source`",
    ("model", "adapters"): "comes from this model's key `adapters`",
    ("logPrompts",): "comes from this model's key `log_prompts`",
    ("serviceAccountName",): "is the one that the platform makes for this model",
}
"""Values that other keys of the stack file decide."""

RAY = "ray-serve"
KEDA, KEDA_HTTP, KUBERAY, LWS = "keda", "keda-add-ons-http", "kuberay-operator", "lws"
COLLECTOR = "opentelemetry-collector"
COLLECTOR_HOST = f"{COLLECTOR}.monitoring.svc.cluster.local"
POD_MONITORS, RECORDING_RULES = "prometheus-operator-crds", "monitoring"


def wanted_values(settings: Settings, model: ModelSettings) -> dict[str, Any]:
    """What the stack file and the engine ask for, before an instance type is chosen for it."""
    of_engine = engine_values(model.engine, settings.ownership.environment)
    # An engine's file does not know which types this environment has.
    of_engine = {key: value for key, value in of_engine.items() if key != "instanceType"}
    values = merge_values(merge_values(of_engine, _of_platform(settings, model, of_engine)), model.values)
    values = merge_values(values, _of_keys(settings, model))
    return _with_own_registry(settings, _with_source(values, model.source))


def model_values(settings: Settings, model: ModelSettings) -> dict[str, Any]:
    """What the release is given, nothing of it unknown before an update."""
    values = wanted_values(settings, model)
    fit = planned_fit(settings, model.pool, effective_values(values))
    return values if fit is None else values | {"instanceType": fit.instance_type}


def planned_fit(settings: Settings, pool: Pool, values: Mapping[str, Any]) -> Fit | None:
    """The smallest type of a pool that holds the model, or the type that the values name; None where none does."""
    if not on_gpus(values):
        return None
    named: str | None = values.get("instanceType")
    types = pool_instance_types(settings, pool)
    candidates = [name for name in types if named in (None, name)]
    return smallest_fitting_type(demand_of(values), candidates, wanted_gpus(values))


def on_gpus(values: Mapping[str, Any]) -> bool:
    """Whether the model's pods ask for GPUs."""
    return wanted_gpus(values) != 0


def wanted_gpus(values: Mapping[str, Any]) -> int | None:
    """GPUs of a pod that the values ask for; None leaves the number to the estimate."""
    shared: int | None = value_at(values, "model", "tensorParallel")
    return values.get("gpus") if shared is None else shared


def needed_releases(values: Mapping[str, Any]) -> dict[str, ChartPath]:
    """Releases without which parts of the model's release would be refused or never work, and what asks for each."""
    needs: dict[str, ChartPath] = {}
    if scales_with_keda(values):
        needs[KEDA] = ("autoscaling", "keda")
        if value_at(values, "autoscaling", "wakeUpHosts"):
            needs[KEDA_HTTP] = ("autoscaling", "wakeUpHosts")
    if value_at(values, "podMonitor", "enabled"):
        needs[POD_MONITORS] = ("podMonitor", "enabled")
    if values.get("kuberay"):
        needs[KUBERAY] = ("kuberay",)
    if (value_at(values, "model", "pipelineParallel") or 1) > 1:
        needs[LWS] = ("model", "pipelineParallel")
    return needs


def scales_with_keda(values: Mapping[str, Any]) -> bool:
    """Whether KEDA scales the model: not where the replicas are fixed, and not where Ray does."""
    on = value_at(values, "autoscaling", "enabled") and value_at(values, "autoscaling", "keda")
    return bool(on) and not values.get("kuberay")


def value_at(values: Mapping[str, Any], *path: str) -> Any:
    """The value at a path, None where there is none."""
    found: Any = values
    for key in path:
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, Any]", found).get(key)
    return found


def _of_platform(settings: Settings, model: ModelSettings, of_engine: Mapping[str, Any]) -> dict[str, Any]:
    """What the environment's releases allow; a stack file that asks for more is refused by a rule."""
    on = settings.charts.releases
    wants_keda = value_at(effective_values(of_engine), "autoscaling", "keda")
    floor = value_at(model.values, "onDemandFloor") or 0
    # Replicas that a floor stands in for may make way for others; the floor itself, in the same release, may not.
    dispensable = model.pool == "spot" and not floor
    values: dict[str, Any] = {
        # KEDA asks Prometheus for what the rules record; without both the chart scales on CPU.
        "autoscaling": {"keda": bool(wants_keda) and KEDA in on and RECORDING_RULES in on},
        "cache": {"mountpoint": {"region": settings.aws.region}},
        "podMonitor": {"enabled": POD_MONITORS in on},
        "tracing": {"collector": COLLECTOR_HOST if COLLECTOR in on else None},
        "priorityClassName": "interruptible" if dispensable else "inference",
    }
    if not value_at(merge_values(of_engine, model.values), "model", "size", "layers"):
        # A model that keeps no KV cache has no use of it to measure.
        values["autoscaling"]["targets"] = {"kvCacheUse": None}
    return values | ({"kuberay": KUBERAY in on} if model.engine == RAY else {})


def _of_keys(settings: Settings, model: ModelSettings) -> dict[str, Any]:
    teams = {namespace.name: namespace.team for namespace in settings.namespaces}
    decided: dict[str, Any] = {
        "engine": model.engine,
        # A namespace that does not exist has a fault of its own.
        "team": teams.get(model.namespace, "unknown"),
        "pool": model.pool,
        "replicas": {"min": model.replicas.min, "max": model.replicas.max},
        "model": {"name": model.name},
        "serviceAccountName": model.name,
        "logPrompts": model.log_prompts,
    }
    if model.adapters:
        decided["model"]["adapters"] = [adapter.model_dump() for adapter in model.adapters]
    return decided


def _with_source(values: dict[str, Any], source: SourceSettings | None) -> dict[str, Any]:
    """The values with one source: merged, the engine's default one would stay beside it."""
    if source is None:
        return values
    given: dict[str, Any] = {}
    if source.hugging_face is not None:
        given["huggingFace"] = source.hugging_face.model_dump()
    if source.s3 is not None:
        given["s3"] = {"uri": source.s3}
    if source.oci is not None:
        given["oci"] = {"image": source.oci}
    return values | {"model": values["model"] | {"source": given}}


def is_own_repository(repository: object) -> bool:
    """Whether an image's repository names no registry: then it is one of the environment's own, in ECR."""
    return isinstance(repository, str) and "." not in repository.partition("/")[0]


def _with_own_registry(settings: Settings, values: dict[str, Any]) -> dict[str, Any]:
    repository = value_at(values, "image", "repository")
    if not is_own_repository(repository):
        return values
    registry = f"{settings.aws.account_id}.dkr.ecr.{settings.aws.region}.amazonaws.com"
    prefix = platform_name(settings.ownership.environment)
    return merge_values(values, {"image": {"repository": f"{registry}/{prefix}/{repository}"}})
