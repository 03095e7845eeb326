"""What of a cluster decides whether nodes may leave it: its GPUs, what holds them, and what keeps pods on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Object = Mapping[str, Any]
Amounts = dict[str, int]

MODEL_LABEL = "llm-platform/model"
VENDOR = "nvidia.com/"
MIRROR = "kubernetes.io/config.mirror"
KEEPS_OFF = ("NoSchedule", "NoExecute")
OF_THE_NODE_CONTROLLER = "node.kubernetes.io/"
"""Taints that say what the node's condition and its cordon say too."""


def maintenance_fleet(cluster: Object, annotation: str = "") -> dict[str, Any]:
    """Return the nodes and the claims on them, out of a cluster's objects.

    `cluster` has the lists nodes, pods, workloads (Deployments and StatefulSets), scalers (HPAs and ScaledObjects) and
    priority_classes. A node is `open` when it is ready and takes pods; `held` lists what pods have of it, each with its
    priority, `evict` the pods that a drain takes off, `maintenance` the note in the annotation.

    A claim is a workload's floor, with the nodes of its pods and those that they may land on. What serves a model and
    belongs to no such workload (a LeaderWorkerSet's pods, a Ray cluster's) counts pod by pod.
    """
    pods = [pod for pod in _living(cluster["pods"]) if pod["spec"].get("nodeName")]
    nodes: dict[str, dict[str, Any]] = {
        node["metadata"]["name"]: {
            "ready": _ready(node),
            "cordoned": bool(node["spec"].get("unschedulable")),
            "maintenance": (node["metadata"].get("annotations") or {}).get(annotation),
            "open": _ready(node) and not node["spec"].get("unschedulable"),
            "amounts": _vendors((node.get("status") or {}).get("allocatable") or {}),
            "held": [
                {"priority": int(pod["spec"].get("priority") or 0), "amounts": amounts}
                for pod in pods
                if pod["spec"]["nodeName"] == node["metadata"]["name"] and (amounts := amounts_of(pod["spec"]))
            ],
            "evict": [
                _name(pod) for pod in pods if pod["spec"]["nodeName"] == node["metadata"]["name"] and _leaves(pod)
            ],
        }
        for node in cluster["nodes"]
    }
    claims = [*_workload_claims(cluster, pods)]
    counted = {pod for claim in claims for pod in claim.pop("own")}
    for pod in pods:
        if _name(pod) not in counted and MODEL_LABEL in _labels(pod) and amounts_of(pod["spec"]):
            spec = pod["spec"]
            rank = int(spec.get("priority") or 0), spec.get("preemptionPolicy") != "Never"
            claims.append(_claim(f"Pod {_name(pod)}", _labels(pod), spec, rank, 1, [pod], cluster["nodes"]))
    return {"nodes": nodes, "claims": claims}


def eviction_obstacles(pods: Iterable[Object], budgets: Iterable[Object]) -> list[str]:
    """Say for each pod that has to leave its node which disruption budget keeps it, and why."""
    told: list[str] = []
    known = list(budgets)
    for pod in pods:
        if _finished(pod) or not _leaves(pod):
            continue
        own = [each for each in known if _covers(each, pod)]
        if len(own) > 1:
            names = ", ".join(_name(each) for each in own)
            told.append(f"{_name(pod)} is in several disruption budgets, which Kubernetes refuses to evict: {names}")
        elif own and not int((own[0].get("status") or {}).get("disruptionsAllowed") or 0):
            status: Object = own[0].get("status") or {}
            told.append(
                f"{_name(pod)} is kept by the disruption budget {_name(own[0])}: "
                f"{status.get('currentHealthy', 0)} healthy, {status.get('desiredHealthy', 0)} needed"
            )
        elif pod["metadata"].get("deletionTimestamp"):
            told.append(f"{_name(pod)} was told to go and is still ending")
        else:
            told.append(f"{_name(pod)} is still there")
    return told


def _covers(budget: Object, pod: Object) -> bool:
    selector: Object | None = budget["spec"].get("selector")
    same = budget["metadata"]["namespace"] == pod["metadata"]["namespace"]
    return same and selector is not None and _chosen(selector, _labels(pod))


def _workload_claims(cluster: Object, pods: Sequence[Object]) -> Iterator[dict[str, Any]]:
    for workload in cluster["workloads"]:
        template: Object = workload["spec"]["template"]
        labels = {**_labels(workload), **_labels(template)}
        if MODEL_LABEL not in labels or not amounts_of(template["spec"]):
            continue
        selector: Object = workload["spec"]["selector"]
        namespace = workload["metadata"]["namespace"]
        own = [pod for pod in pods if pod["metadata"]["namespace"] == namespace and _chosen(selector, _labels(pod))]
        rank = _rank(template["spec"], cluster["priority_classes"])
        floor = floor_of(workload, cluster["scalers"])
        name = f"{workload['kind']} {_name(workload)}"
        claim = _claim(name, labels, template["spec"], rank, floor, own, cluster["nodes"])
        yield {**claim, "own": [_name(pod) for pod in own]}


def _claim(
    name: str,
    labels: Mapping[str, str],
    spec: Object,
    rank: tuple[int, bool],
    floor: int,
    pods: Iterable[Object],
    nodes: Iterable[Object],
) -> dict[str, Any]:
    return {
        "name": name,
        "model": labels[MODEL_LABEL],
        "amounts": amounts_of(spec),
        "priority": rank[0],
        "preempts": rank[1],
        "floor": floor,
        "on": [pod["spec"]["nodeName"] for pod in pods],
        "may_land_on": [node["metadata"]["name"] for node in nodes if lands(spec, node)],
    }


def _living(pods: Iterable[Object]) -> Iterator[Object]:
    """Yield the pods that hold what they ask for, or will: those on their way out do not."""
    for pod in pods:
        if not _finished(pod) and not pod["metadata"].get("deletionTimestamp"):
            yield pod


def _finished(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _leaves(pod: Object) -> bool:
    """Say whether a drain takes it: not what a daemon set or the kubelet's own files put there."""
    owners = pod["metadata"].get("ownerReferences") or ()
    return MIRROR not in (pod["metadata"].get("annotations") or {}) and all(o["kind"] != "DaemonSet" for o in owners)


def _ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and not node["metadata"].get("deletionTimestamp")


def floor_of(workload: Object, scalers: Iterable[Object]) -> int:
    """Return how many replicas a workload has at least: KEDA's word before the HPA's, and both before its own."""
    floors: dict[str, int] = {}
    for scaler in scalers:
        spec, target = scaler["spec"], scaler["spec"]["scaleTargetRef"]
        where = (scaler["metadata"]["namespace"], target.get("kind") or "Deployment", target["name"])
        if where == (workload["metadata"]["namespace"], workload["kind"], workload["metadata"]["name"]):
            keda = scaler["kind"] == "ScaledObject"
            floors[scaler["kind"]] = int(spec.get("minReplicaCount", 0) if keda else spec.get("minReplicas", 1))
    replicas = workload["spec"].get("replicas")
    own = 1 if replicas is None else int(replicas)
    if "ScaledObject" in floors:
        return floors["ScaledObject"]
    # An HPA leaves alone what was scaled to zero.
    return floors.get("HorizontalPodAutoscaler", own) if own else 0


def _rank(spec: Object, classes: Iterable[Object]) -> tuple[int, bool]:
    """Return the priority of a template's pods, and whether they may push others aside."""
    named = spec.get("priorityClassName")
    for each in classes:
        if each["metadata"]["name"] == named or (not named and each.get("globalDefault")):
            policy = spec.get("preemptionPolicy") or each.get("preemptionPolicy")
            return int(each["value"]), policy != "Never"
    return int(spec.get("priority") or 0), spec.get("preemptionPolicy") != "Never"


def amounts_of(spec: Object) -> Amounts:
    """Return what of NVIDIA's devices a pod asks for as long as it runs: GPUs, or partitions of them."""
    together: Amounts = {}
    sidecars = [each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"]
    for container in (*(spec.get("containers") or ()), *sidecars):
        resources = container.get("resources") or {}
        asked = _vendors({**(resources.get("limits") or {}), **(resources.get("requests") or {})})
        for name, amount in asked.items():
            together[name] = together.get(name, 0) + amount
    return together


def _vendors(resources: Object) -> Amounts:
    return {name: int(amount) for name, amount in resources.items() if name.startswith(VENDOR) and int(amount)}


def _labels(manifest: Object) -> dict[str, str]:
    return dict((manifest.get("metadata") or {}).get("labels") or {})


def _name(manifest: Object) -> str:
    return f"{manifest['metadata']['namespace']}/{manifest['metadata']['name']}"


# -- where pods may land ----------------------------------------------------------------------------------------------


def lands(spec: Object, node: Object) -> bool:
    """Say whether nothing in the pod or the node keeps them apart: taints, node selector, required node affinity."""
    labels: Mapping[str, str] = node["metadata"].get("labels") or {}
    affinity: Object = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required: Object | None = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return (
        all(
            any(_tolerates(toleration, taint) for toleration in spec.get("tolerations") or ())
            for taint in node["spec"].get("taints") or ()
            if taint["effect"] in KEEPS_OFF and not taint["key"].startswith(OF_THE_NODE_CONTROLLER)
        )
        and all(labels.get(key) == value for key, value in (spec.get("nodeSelector") or {}).items())
        and (required is None or any(_meets(term, node) for term in required.get("nodeSelectorTerms") or ()))
    )


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint["key"]
    return toleration.get("key") == taint["key"] and (toleration.get("value") or "") == (taint.get("value") or "")


def _meets(term: Object, node: Object) -> bool:
    labels = _labels(node)
    fields = {"metadata.name": str(node["metadata"]["name"])}
    asked = [(each, labels) for each in term.get("matchExpressions") or ()]
    asked += [(each, fields) for each in term.get("matchFields") or ()]
    # A term without any expression matches no node.
    return bool(asked) and all(_matches(each, values) for each, values in asked)


def _chosen(selector: Object, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        _matches(each, labels) for each in selector.get("matchExpressions") or ()
    )


def _matches(expression: Object, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    values: list[str] = list(expression.get("values") or ())
    operator: str = expression["operator"]
    if operator in ("Gt", "Lt"):
        if value is None or not value.lstrip("-").isdigit():
            return False
        return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(operator, False)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"eviction_obstacles": eviction_obstacles, "maintenance_fleet": maintenance_fleet}
