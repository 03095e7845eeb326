"""Why pods wait: the scheduler's words, and Karpenter's where it has said something about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rehearsal.cluster.api import Api
from rehearsal.cluster.reasons import KARPENTER, component_of
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
        conditions = (pod.get("status") or {}).get("conditions") or []
        refusals = [each for each in conditions if each["type"] == "PodScheduled" and each["status"] == "False"]
        if pod["spec"].get("nodeName"):
            reasons["has a node and is not ready on it"] += 1
        elif uid in said:
            reasons[f"karpenter: {said[uid]}"] += 1
        elif refusals:
            reasons[f"scheduler: {refusals[0].get('message', 'unschedulable')}"] += 1
        else:
            reasons["the scheduler has not looked at it"] += 1
    return reasons
