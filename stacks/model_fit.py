"""Why no type of a pool holds a model, with the figures, and which type would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.instance_types import InstanceType, load_instance_types
from catalogue.model_memory import (
    ModelDemand,
    budget_mib,
    by_size,
    demand_of,
    estimate,
    load_memory_figures,
    smallest_fitting_type,
)
from stacks.model_values import wanted_gpus


def misfit(values: Mapping[str, Any], types: Sequence[str]) -> str:
    """A sentence about the largest of the types that could do the model's arithmetic."""
    demand = demand_of(values)
    gpus = wanted_gpus(values)
    fit = smallest_fitting_type(demand, gpus=gpus)
    smallest = f"the smallest type that fits is '{fit.instance_type}' with {fit.gpus}" if fit else "no type fits"
    ending = f"; {smallest}" + (f" GPU{'s' if fit.gpus > 1 else ''}" if fit else " (catalogue/instance-types.yaml)")
    known = load_instance_types()
    planned = by_size(known[name] for name in types)
    able = [kind for kind in planned if _capability(kind) >= demand.capability]
    if not planned:
        return f"its nodes have no whole GPUs to serve a model with ({', '.join(types)}){ending}"
    if not able:
        kind = planned[-1]
        return (
            f"its number formats need compute capability {demand.capability / 10:.1f}, and the best of the pool, "
            f"'{kind.name}', has {_capability(kind) / 10:.1f}{ending}"
        )
    return _too_large(demand, able[-1], gpus) + ending


def _too_large(demand: ModelDemand, kind: InstanceType, gpus: int | None) -> str:
    counts = [count for count in load_memory_figures().gpu_counts if count <= kind.gpus]
    count = gpus or counts[-1]
    if count > kind.gpus:
        return f"asks for {count} GPUs, and the largest node of the pool, '{kind.name}', has {kind.gpus}"
    parts = estimate(demand, count)
    shares = {
        "weights": parts.weights_mib,
        "KV cache": parts.kv_cache_mib,
        "adapters": parts.adapters_mib,
        "overhead": parts.overhead_mib,
    }
    listed = ", ".join(f"{name} {_gib(mib)}" for name, mib in shares.items() if mib)
    over = f" of each of {count} GPUs" if count > 1 else ""
    return (
        f"needs {_gib(parts.total_mib)} GiB{over} ({listed}), and on '{kind.name}', the largest of the pool, "
        f"a GPU has {_gib(budget_mib(demand, kind))} GiB to give"
    )


def _capability(kind: InstanceType) -> int:
    accelerator = kind.accelerator
    return load_memory_figures().compute_capability.get(accelerator.name, 0) if accelerator else 0


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f}"
