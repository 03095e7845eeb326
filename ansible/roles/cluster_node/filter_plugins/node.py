"""Filters over what the API says of a Node: what it waits for, what differs from its group, who runs on it."""

from collections.abc import Mapping, Sequence
from typing import Any

Resource = Mapping[str, Any]


def node_waits_for(nodes: Sequence[Resource], require_ready: bool = True) -> str:
    """What still has to happen before the Node counts as joined; nothing left is an empty string."""
    if not nodes:
        return "the cluster has no Node of this name: kubelet has not registered it"
    conditions = {condition["type"]: condition for condition in nodes[0].get("status", {}).get("conditions", [])}
    ready = conditions.get("Ready")
    if not require_ready or (ready and ready["status"] == "True"):
        return ""
    if ready is None:
        return "the Node is registered, but kubelet has not reported a condition yet"
    reason = f"{ready.get('reason', 'no reason given')}: {ready.get('message', 'no message')}"
    if ready["status"] == "Unknown":
        return f"the Node is registered, but kubelet no longer reports ({reason})"
    if "cni" in reason.lower() or "NetworkPluginNotReady" in reason:
        return (
            f"the Node is registered and waits for its network plugin ({reason}); does the CNI's DaemonSet run on it?"
        )
    return f"the Node is registered but not Ready ({reason})"


def _taint(taint: Resource) -> str:
    value = taint.get("value")
    return f"{taint['key']}{f'={value}' if value else ''}:{taint['effect']}"


def _taints(node: Resource) -> Sequence[Resource]:
    return node.get("spec", {}).get("taints") or []


def node_differences(node: Resource, labels: Mapping[str, str], taints: Sequence[Resource]) -> list[str]:
    """What the Node lacks of its group's labels and taints, one sentence each."""
    has = node.get("metadata", {}).get("labels") or {}
    differences = [
        f"label {key} is {has[key]!r}, should be {value!r}" if key in has else f"label {key}={value} is missing"
        for key, value in sorted(labels.items())
        if has.get(key) != value
    ]
    present = [_taint(taint) for taint in _taints(node)]
    wanted = [_taint(taint) for taint in taints]
    differences += [f"taint {taint} is missing" for taint in wanted if taint not in present]
    keys = {taint["key"] for taint in taints}
    differences += [
        f"taint {_taint(taint)} is not the group's"
        for taint in _taints(node)
        if taint["key"] in keys and _taint(taint) not in wanted
    ]
    return differences


def node_strange_taints(node: Resource, taints: Sequence[Resource]) -> list[dict[str, str]]:
    """Taints with a key of the group's and an effect that the group doesn't give it; another value is only set anew."""
    wanted = [(taint["key"], taint["effect"]) for taint in taints]
    keys = {key for key, _ in wanted}
    found = [(taint["key"], taint["effect"]) for taint in _taints(node) if taint["key"] in keys]
    return [{"key": key, "effect": effect} for key, effect in found if (key, effect) not in wanted]


def pods_to_move(pods: Sequence[Resource]) -> list[str]:
    """Pods that a drain still has to move: not finished, no DaemonSet's, no static pod's mirror."""
    return sorted(
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in pods
        if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        and "kubernetes.io/config.mirror" not in (pod["metadata"].get("annotations") or {})
        and not any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences") or [])
    )


def pods_with_gpus(pods: Sequence[Resource]) -> list[str]:
    """Pods that hold a GPU or a MIG partition, whoever owns them."""
    return sorted(
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in pods
        if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        and any(
            resource.startswith("nvidia.com/")
            for container in pod.get("spec", {}).get("containers", [])
            for resource in (container.get("resources", {}).get("limits") or {})
        )
    )


def renewed_since(leases: Sequence[Resource], before: Sequence[Resource]) -> bool:
    """Say whether a kubelet renewed its lease since the one seen before."""
    renewals = [lease.get("spec", {}).get("renewTime") for lease in leases]
    return any(renewals) and renewals != [lease.get("spec", {}).get("renewTime") for lease in before]


class FilterModule:
    """The filters, by the names that the tasks use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {
            "node_differences": node_differences,
            "node_strange_taints": node_strange_taints,
            "node_waits_for": node_waits_for,
            "pods_to_move": pods_to_move,
            "pods_with_gpus": pods_with_gpus,
            "renewed_since": renewed_since,
        }
