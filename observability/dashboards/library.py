"""All dashboards, by the name of the file each is written to."""

from __future__ import annotations

from collections.abc import Callable

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards import (
    cost,
    gateway,
    gpu_fleet,
    model,
    model_quality,
    platform_overview,
    spot_capacity,
    training_queues,
    vector_database,
)

DASHBOARDS: dict[str, Callable[[], Dashboard]] = {
    "platform-overview": platform_overview.dashboard,
    "gpu-fleet": gpu_fleet.dashboard,
    "model": model.dashboard,
    "training-queues": training_queues.dashboard,
    "vector-database": vector_database.dashboard,
    "model-quality": model_quality.dashboard,
    "spot-capacity": spot_capacity.dashboard,
    "cost": cost.dashboard,
    "gateway": gateway.dashboard,
}


def render() -> dict[str, str]:
    """The text of every dashboard's file."""
    return {f"{name}.json": encode(build()) for name, build in DASHBOARDS.items()}


def encode(dashboard: Dashboard) -> str:
    """Grafana's JSON with sorted keys, so that a change shows as a small diff."""
    return JSONEncoder(indent=2, sort_keys=True, allow_nan=False).encode(dashboard) + "\n"
