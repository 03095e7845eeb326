"""Why pods wait: the scheduler's words, and Karpenter's where it has said something about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rehearsal.cluster.api import Api
from rehearsal.cluster.reasons import KARPENTER, component_of
from rehearsal.cluster.settle import condition
from rehearsal.drills.watching import Object


def pending_reasons(api: Api, pods: Iterable[Object]) -> Counter[str]:
    """Return how many of the pods wait for which reason; a pod that has a node waits for its start."""
    said: dict[str, str] = {}
    for event in api.list("Event", "v1"):
        if component_of(event) == KARPENTER and event.get("reason") == "FailedScheduling":
            said[str(event["involvedObject"].get("uid"))] = str(event["message"])
    reasons: Counter[str] = Counter()
    for pod in pods:
        uid = pod["metadata"]["uid"]
        scheduled = condition(pod, "PodScheduled")
        if pod["spec"].get("nodeName"):
            reasons["has a node and is not ready on it"] += 1
        elif uid in said:
            reasons[f"karpenter: {said[uid]}"] += 1
        elif scheduled.get("status") == "False":
            reasons[f"scheduler: {scheduled.get('message', 'unschedulable')}"] += 1
        else:
            reasons["the scheduler has not looked at it"] += 1
    return reasons
