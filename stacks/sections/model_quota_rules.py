"""Rules of all models of a namespace together: its quota."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from stacks.model_value_faults import sound_values
from stacks.model_values import planned_fit, value_at
from stacks.sections.models import ModelSettings
from stacks.sections.section import Broken, Unread

if TYPE_CHECKING:
    from stacks.settings import Settings


def gpus_at_rest(settings: Settings, model: ModelSettings) -> int:
    """GPUs of the replicas that a model has at least, its on-demand floor included; none where it scales to zero."""
    values = sound_values(settings, model)
    fit = planned_fit(settings, model.pool, values)
    asleep = value_at(values, "autoscaling", "enabled") and value_at(values, "autoscaling", "scaleToZero")
    if fit is None or asleep:
        return 0
    nodes = value_at(values, "model", "pipelineParallel") or 1
    return fit.gpus * nodes * (model.replicas.min + (value_at(values, "onDemandFloor") or 0))


def quota(settings: Settings) -> Iterator[Broken]:
    """The quota of a namespace has room for its models at rest: beyond it Kubernetes makes no pods, without a word."""
    for index, namespace in enumerate(settings.namespaces):
        wanted: dict[str, int] = {}
        for model in settings.models:
            with suppress(Unread):  # what did not parse has a fault of its own
                if model.namespace == namespace.name:
                    wanted[model.name] = gpus_at_rest(settings, model)
        if sum(wanted.values()) > namespace.quota.gpus:
            each = ", ".join(f"{name} {gpus}" for name, gpus in wanted.items() if gpus)
            message = f"its models ask for {sum(wanted.values())} GPUs at rest ({each}); allowed: that many or more"
            yield Broken(("namespaces", index, "quota", "gpus"), namespace.quota.gpus, message)


RULES = (quota,)
