"""Interrupts spot machines as AWS does: a notice, two minutes, then the machine is gone with everything on it.

What happens on the notice depends on who bought the machine.

- Karpenter's: its interruption controller deletes the NodeClaim; from there it is Karpenter's own termination: taint,
  eviction with respect for disruption budgets, and the order by priority. The KWOK provider gets no notices, so the
  drill deletes the NodeClaim, and the real Karpenter does the rest.
  https://karpenter.sh/docs/concepts/disruption/#interruption
- A managed node group's: EKS cordons the node and evicts its pods through the Eviction API. The drill does it. The
  group's Auto Scaling group replaces the machine once it is gone.
  https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types
"""

from __future__ import annotations

import copy
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.karpenter import NODE_CLAIM, NODE_POOL, NODE_POOL_LABEL
from rehearsal.cluster.karpenter_types import CAPACITY_TYPE_LABEL
from rehearsal.cluster.nodes import HOSTNAME_LABEL
from rehearsal.drills.admission import requirements
from rehearsal.drills.watching import Object

NOTICE_SECONDS: Final = 120.0
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html"""
SHORTEST_NOTICE_SECONDS: Final = 8.0
"""Real seconds of a notice at least: Karpenter drains no faster than 5 s, however much time is compressed."""
EVICT_AGAIN_SECONDS: Final = 0.5
BLOCKED: Final = 429
"""What the Eviction API answers when a disruption budget does not allow it yet."""


def choose(nodes: Sequence[Object], percent: int, seed: int) -> list[Object]:
    """Return the nodes that get a notice: `percent` of them rounded up, the same for the same seed."""
    ordered = sorted(nodes, key=lambda node: str(node["metadata"]["name"]))
    count = math.ceil(len(ordered) * percent / 100)
    chosen = random.Random(seed).sample(ordered, count)  # noqa: S311 - a repeatable choice, not a secret
    return sorted(chosen, key=lambda node: str(node["metadata"]["name"]))


def notice_real_seconds(speed: float) -> float:
    """Return how long a notice really lasts."""
    return max(NOTICE_SECONDS / speed, SHORTEST_NOTICE_SECONDS)


def withdraw_spot(api: Api, node_pools: Sequence[Mapping[str, Any]]) -> None:
    """Let Karpenter buy no more spot machines; those that stand are left alone."""
    for pool in node_pools:
        sold = [r for r in requirements(pool) if r["key"] == CAPACITY_TYPE_LABEL and r["operator"] == "In"]
        if sold and "spot" in sold[0]["values"]:
            limits = dict.fromkeys({"cpu", *(pool["spec"].get("limits") or {})}, "0")
            api.patch(*NODE_POOL, pool["metadata"]["name"], None, {"spec": {"limits": limits}})


def is_karpenters(node: Object) -> bool:
    """Whether Karpenter bought a node."""
    return NODE_POOL_LABEL in (node["metadata"].get("labels") or {})


def give_notice(api: Api, victims: Sequence[Object]) -> None:
    """Let each victim's owner know: from now on it has two minutes."""
    claims = {(claim.get("status") or {}).get("nodeName"): claim for claim in _claims(api)}
    for node in victims:
        name = node["metadata"]["name"]
        if is_karpenters(node):
            claim = claims.get(name)
            if claim is not None:
                api.delete(*NODE_CLAIM, claim["metadata"]["name"])
        else:
            api.patch("Node", "v1", name, None, {"spec": {"unschedulable": True}})


def drain(api: Api, victims: Sequence[Object], pods: Callable[[], Sequence[Object]], over: Callable[[], bool]) -> None:
    """Evict from the managed victims what disruption budgets let go, again and again until it is over."""
    names = {node["metadata"]["name"] for node in victims if not is_karpenters(node)}
    while not over():
        for pod in pods():
            on_victim = pod["spec"].get("nodeName") in names
            if on_victim and is_evictable(pod) and not pod["metadata"].get("deletionTimestamp"):
                _evict(api, pod)
        time.sleep(EVICT_AGAIN_SECONDS)


def _evict(api: Api, pod: Object) -> None:
    """Ask for an eviction; what a disruption budget does not allow now is asked for again later."""
    metadata = {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
    try:
        api.create({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}, "eviction")
    except ApiError as error:
        if error.status != BLOCKED and error.reason != "NotFound":
            raise


def is_evictable(pod: Object) -> bool:
    """Whether a drain evicts a pod: not what a DaemonSet or the kubelet keeps there, nor what has ended."""
    owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences") or []}
    return not owners & {"DaemonSet", "Node"} and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def take_away(api: Api, victims: Sequence[Object], pods: Sequence[Object]) -> None:
    """Let the machines vanish: the nodes with all that is still on them."""
    names = {node["metadata"]["name"] for node in victims}
    for pod in pods:
        if pod["spec"].get("nodeName") in names:
            api.delete("Pod", "v1", pod["metadata"]["name"], pod["metadata"]["namespace"], grace_seconds=0)
    for claim in _claims(api):
        if (claim.get("status") or {}).get("nodeName") in names:
            _vanish(api, *NODE_CLAIM, claim["metadata"]["name"])
    for name in sorted(names):
        _vanish(api, "Node", "v1", name)


def _vanish(api: Api, kind: str, api_version: str, name: str) -> None:
    """Delete what a finalizer would keep; one that is gone already is fine."""
    try:
        api.patch(kind, api_version, name, None, {"metadata": {"finalizers": None}})
    except ApiError as error:
        if error.reason != "NotFound":
            raise
    api.delete(kind, api_version, name)


def _claims(api: Api) -> list[dict[str, Any]]:
    return api.list(*NODE_CLAIM) if api.serves(*NODE_CLAIM) else []


def replacement(node: Object, name: str) -> dict[str, Any]:
    """Return the machine that a managed node group's Auto Scaling group puts in place of one."""
    metadata, spec = node["metadata"], node.get("spec") or {}
    labels = {**(metadata.get("labels") or {}), HOSTNAME_LABEL: name}
    provider = str(spec.get("providerID") or "").rpartition("/")[0]
    kept = {key: copy.deepcopy(node["status"][key]) for key in ("capacity", "allocatable") if key in node["status"]}
    taints = [taint for taint in spec.get("taints") or [] if not str(taint["key"]).startswith("node.kubernetes.io/")]
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k.startswith("kwok.x-k8s.io/")}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": {"providerID": f"{provider}/{name}", "taints": taints},
        "status": kept,
    }
