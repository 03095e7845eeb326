"""Priority classes: who is scheduled first, and who makes room when there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.scheduling.v1 import PriorityClass


@dataclass(frozen=True)
class Priority:
    """One class; a higher value goes first."""

    value: int
    description: str
    preemption: Literal["PreemptLowerPriority", "Never"] = "PreemptLowerPriority"


# Below the two that Kubernetes has (2,000,000,000 and more), above what names no class (0). Between two of them
# there is room for a team's own. Training never ends others' pods: it waits, and Kueue orders its queue.
PRIORITIES = {
    "platform": Priority(1_000_000, "Controllers, gateways and databases that models need to serve"),
    "inference": Priority(100_000, "Models that serve users"),
    "training": Priority(10_000, "Training jobs: they wait for room, and leave when models need it", "Never"),
    "interruptible": Priority(1_000, "Work that may be stopped at any time", "Never"),
}


class PriorityClasses(pulumi.ComponentResource):
    """The classes of PRIORITIES; none is the default, so that a pod without one is the first to go."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:priority_classes:PriorityClasses", name, None, opts)
        for class_name, priority in PRIORITIES.items():
            PriorityClass(
                f"{name}-{class_name}",
                metadata=ObjectMetaArgs(name=class_name),
                value=priority.value,
                description=priority.description,
                preemption_policy=priority.preemption,
                global_default=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
