"""Waits until a cluster has come to rest: every pod that can run does, and the scheduler has said why others can't."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.cluster.api import Api
from rehearsal.cluster.karpenter import NODE_CLAIM

EVERY_SECONDS: Final = 0.5
QUIET_SECONDS: Final = 2.0
"""Without a change for so long, nothing more is to come from Kubernetes' own controllers."""
QUIET_SECONDS_WITH_KARPENTER: Final = 13.0
"""Karpenter collects pending pods for 10 s at most before it buys (batchMaxDuration); the rest is for buying."""
LIMIT_SECONDS: Final = 180.0

CONTROLLERS: Final = (
    ("Deployment", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("Job", "batch/v1"),
)


class UnsettledError(Exception):
    """The cluster did not come to rest in time; the message says what still moved."""


@dataclass(frozen=True)
class Stillness:
    """One look at the cluster: equal to the next one when nothing moved."""

    pods: frozenset[tuple[str, ...]]
    claims: frozenset[tuple[str, str]]
    moving: tuple[str, ...]
    """What will move by itself."""
    unschedulable: int


def settle(
    api: Api,
    *,
    karpenter: bool = False,
    limit_seconds: float = LIMIT_SECONDS,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Return when the cluster is at rest. Raises `UnsettledError` after `limit_seconds`.

    `check` is called at every look, and raises when there is no point in waiting any longer: a process has died.
    """
    began = time.monotonic()
    before: Stillness | None = None
    since = began
    while True:
        check()
        seen = look(api, karpenter=karpenter)
        progress(len(seen.pods))
        now = time.monotonic()
        # What still moves brings changes later: a node that gets ready lets pods in.
        if before is None or seen.moving or (seen.pods, seen.claims) != (before.pods, before.claims):
            since = now
        before = seen
        quiet = QUIET_SECONDS_WITH_KARPENTER if karpenter and seen.unschedulable else QUIET_SECONDS
        if not seen.moving and now - since >= quiet:
            return
        if now - began > limit_seconds:
            what = seen.moving or ("pods come and go without end",)
            shown = "; ".join(what[:5]) + (f"; and {len(what) - 5} more" if len(what) > 5 else "")  # noqa: PLR2004 - as many as fit
            raise UnsettledError(f"the cluster is not at rest after {limit_seconds:g} s: {shown}")
        time.sleep(EVERY_SECONDS)


def look(api: Api, *, karpenter: bool = False) -> Stillness:
    """Return how the cluster stands at this moment."""
    pods = api.list("Pod", "v1")
    moving = [f"{name_of(pod)} {why}" for pod in pods if (why := _why_moving(pod))]
    for kind, api_version in CONTROLLERS:
        for controller in api.list(kind, api_version):
            seen = (controller.get("status") or {}).get("observedGeneration")
            # Jobs have no such field.
            if kind != "Job" and seen != controller["metadata"].get("generation"):
                moving.append(f"{kind} {name_of(controller)} has not been seen by its controller")
            elif kind == "Deployment" and _lacks_pods(controller):
                moving.append(f"{kind} {name_of(controller)} is getting its pods")
    for scaler in api.list("HorizontalPodAutoscaler", "autoscaling/v2"):
        if _below_floor(scaler):
            moving.append(f"HorizontalPodAutoscaler {name_of(scaler)} has not come to its least replicas")
    moving += _unready_nodes(api)
    claims = api.list(*NODE_CLAIM) if karpenter and api.serves(*NODE_CLAIM) else []
    moving += [
        f"NodeClaim {claim['metadata']['name']} is not initialized" for claim in claims if not _initialized(claim)
    ]
    return Stillness(
        pods=frozenset(_state(pod) for pod in pods),
        claims=frozenset((str(c["metadata"]["name"]), str(_initialized(c))) for c in claims),
        moving=tuple(moving),
        unschedulable=sum(is_unschedulable(pod) for pod in pods),
    )


def name_of(thing: Mapping[str, Any]) -> str:
    """Return `namespace/name`."""
    return f"{thing['metadata'].get('namespace', '')}/{thing['metadata']['name']}"


def condition(thing: Mapping[str, Any], type_: str) -> Mapping[str, Any]:
    """Return a condition of an object's status; empty where it has none of that type."""
    for each in (thing.get("status") or {}).get("conditions") or ():
        if each["type"] == type_:
            return each
    return {}


def is_ready(thing: Mapping[str, Any]) -> bool:
    """Say whether a pod or node is ready."""
    return condition(thing, "Ready").get("status") == "True"


def is_unschedulable(pod: Mapping[str, Any]) -> bool:
    """Say whether the scheduler found no node for a pod."""
    scheduled = condition(pod, "PodScheduled")
    return scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable"


def _state(pod: Mapping[str, Any]) -> tuple[str, ...]:
    status = pod.get("status") or {}
    bound = str(pod["spec"].get("nodeName", ""))
    waits = str(condition(pod, "PodScheduled").get("message", ""))
    return str(pod["metadata"]["uid"]), str(status.get("phase", "")), bound, str(is_ready(pod)), waits


def _why_moving(pod: Mapping[str, Any]) -> str:
    """Return what a pod waits for that will come by itself; empty when nothing will."""
    phase = (pod.get("status") or {}).get("phase")
    if pod["metadata"].get("deletionTimestamp"):
        return "is being deleted"
    if phase in ("Succeeded", "Failed") or is_ready(pod):
        return ""
    if pod["spec"].get("nodeName"):
        return "is starting"
    if is_unschedulable(pod) or pod["spec"].get("schedulingGates"):
        return ""
    return "has not been looked at by the scheduler"


def _lacks_pods(deployment: Mapping[str, Any]) -> bool:
    """Say whether pods are missing that nothing forbids."""
    has = int((deployment.get("status") or {}).get("replicas") or 0)
    wants = int(deployment["spec"].get("replicas", 1))
    return has < wants and condition(deployment, "ReplicaFailure").get("status") != "True"


def _below_floor(scaler: Mapping[str, Any]) -> bool:
    """Say whether an autoscaler is still going to raise its target to the floor; it looks every 15 s."""
    status = scaler.get("status") or {}
    if condition(scaler, "AbleToScale").get("status") == "False":
        return False
    return int(status.get("currentReplicas") or 0) < int(scaler["spec"].get("minReplicas") or 1)


def _unready_nodes(api: Api) -> list[str]:
    return [f"node {node['metadata']['name']} is not ready" for node in api.list("Node", "v1") if not is_ready(node)]


def _initialized(claim: Mapping[str, Any]) -> bool:
    return condition(claim, "Initialized").get("status") == "True"
