"""Where every workload's pods have landed, and why the others have not: read from a cluster that is at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.naming import ENGINE_LABEL, MODEL_LABEL, POOL_LABEL, TEAM_LABEL, WORKLOAD_LABEL
from rehearsal.cluster.api import Api
from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL
from rehearsal.cluster.operator_pods import STAND_IN_LABEL
from rehearsal.cluster.pod_templates import accelerators, pod_template
from rehearsal.cluster.reasons import Said, read_events
from rehearsal.cluster.settle import CONTROLLERS, condition, is_ready, is_unschedulable, name_of

Object = Mapping[str, Any]

PLATFORM: Final = "platform"
OWNED_BY_CONTROLLERS: Final = {"ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Deployment"}


@dataclass(frozen=True)
class Workload:
    """One Deployment, StatefulSet, DaemonSet, Job or bare pod, and where its pods are."""

    kind: str
    namespace: str
    name: str
    workload: str
    """training, inference or platform, by the pods' label or their namespace's."""
    model: str
    engine: str
    team: str
    wanted: int
    ready: int
    """Replicas that serve; of a Job those that have completed too."""
    pools: Mapping[str, int]
    """Pods that have a node, by pool."""
    node_types: Mapping[str, int]
    """Pods that have a node, by instance type."""
    accelerators: int
    """GPUs or Neuron devices that its pods with a node hold."""
    accelerators_wanted: int
    waiting: int
    """Pods that should run and do not."""
    reasons: tuple[str, ...]
    """Why, in the scheduler's or the API server's own words."""
    stand_in: str
    """Kind of the custom resource whose operator would make the pods; empty where Kubernetes itself does."""
    pod_spec: Object = field(default_factory=dict[str, Any], repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """The pods' annotations."""


def workloads(api: Api) -> list[Workload]:
    """Return every workload of the cluster, by namespace, name and kind."""
    pods = api.list("Pod", "v1")
    nodes = {node["metadata"]["name"]: node for node in api.list("Node", "v1")}
    namespaces = {n["metadata"]["name"]: n["metadata"].get("labels") or {} for n in api.list("Namespace", "v1")}
    replica_sets = {r["metadata"]["uid"]: r for r in api.list("ReplicaSet", "apps/v1")}
    by_owner: dict[str, list[Object]] = {}
    for pod in pods:
        by_owner.setdefault(_owner_uid(pod, replica_sets), []).append(pod)
    said = read_events(api)
    found: list[Workload] = []
    for kind, api_version in CONTROLLERS:
        for controller in api.list(kind, api_version):
            own = by_owner.pop(controller["metadata"]["uid"], [])
            reasons = [*_creation_reasons(controller, replica_sets.values(), said), *said.of_pods(_waiting(own))]
            found.append(_workload(controller, own, nodes, namespaces, reasons))
    for bare in by_owner.values():
        found += [_workload(pod, [pod], nodes, namespaces, said.of_pods(_waiting([pod]))) for pod in bare]
    return sorted(found, key=lambda w: (w.namespace, w.name, w.kind))


def _owner_uid(pod: Object, replica_sets: Mapping[str, Object]) -> str:
    """Return the uid of the workload that a pod belongs to, a ReplicaSet's Deployment rather than itself."""
    owner = _controller_of(pod)
    if owner is None or owner["kind"] not in OWNED_BY_CONTROLLERS:
        return str(pod["metadata"]["uid"])
    above = _controller_of(replica_sets[owner["uid"]]) if owner["uid"] in replica_sets else None
    return str((above or owner)["uid"])


def _controller_of(thing: Object) -> Object | None:
    return next((o for o in thing["metadata"].get("ownerReferences") or () if o.get("controller")), None)


def _workload(
    controller: Object,
    pods: list[Object],
    nodes: Mapping[str, Object],
    namespaces: Mapping[str, Mapping[str, str]],
    reasons: Iterable[str],
) -> Workload:
    metadata = controller["metadata"]
    alive = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    # The pod as admission left it says more than the template; a workload without pods has only that.
    template = alive[0] if alive else pod_template(controller) or {}
    labels: Mapping[str, str] = (template.get("metadata") or {}).get("labels") or {}
    of_namespace = namespaces.get(metadata.get("namespace", ""), {})
    placed = [nodes[pod["spec"]["nodeName"]] for pod in alive if pod["spec"].get("nodeName") in nodes]
    holding = [pod for pod in alive if pod["spec"].get("nodeName") and not _ended(pod)]
    wanted = wanted_pods(controller)
    done = [pod for pod in alive if is_ready(pod) or (pod.get("status") or {}).get("phase") == "Succeeded"]
    waiting = max(0, wanted - len(done))
    why = [*dict.fromkeys([*(condition(p, "PodScheduled")["message"] for p in alive if is_unschedulable(p)), *reasons])]
    if waiting and not why:
        why = sorted(
            {f"pods are {(pod.get('status') or {}).get('phase', 'Unknown')}" for pod in alive if pod not in done}
        )
    spec = template.get("spec") or {}
    return Workload(
        kind=str(controller["kind"]),
        namespace=str(metadata.get("namespace", "")),
        name=str(metadata["name"]),
        workload=labels.get(WORKLOAD_LABEL) or of_namespace.get(WORKLOAD_LABEL) or PLATFORM,
        model=labels.get(MODEL_LABEL, ""),
        engine=labels.get(ENGINE_LABEL, ""),
        team=labels.get(TEAM_LABEL) or of_namespace.get(TEAM_LABEL, ""),
        wanted=wanted,
        ready=len(done),
        pools=_counted(placed, POOL_LABEL),
        node_types=_counted(placed, INSTANCE_TYPE_LABEL),
        accelerators=sum(accelerators(pod["spec"]) for pod in holding),
        accelerators_wanted=wanted * accelerators(spec),
        waiting=waiting,
        reasons=tuple(why) if waiting else (),
        stand_in=labels.get(STAND_IN_LABEL, ""),
        pod_spec=spec,
        annotations=(template.get("metadata") or {}).get("annotations") or {},
    )


def _counted(nodes: Iterable[Object], label: str) -> dict[str, int]:
    counts = Counter(str((node["metadata"].get("labels") or {}).get(label, "")) for node in nodes)
    return dict(sorted(counts.items()))


def _ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def wanted_pods(controller: Object) -> int:
    """Return how many pods a workload should have."""
    spec, status = controller.get("spec") or {}, controller.get("status") or {}
    match controller["kind"]:
        case "DaemonSet":
            return int(status.get("desiredNumberScheduled") or 0)
        case "Job":
            if spec.get("suspend"):
                return 0
            parallelism = spec.get("parallelism", 1)
            return int(min(parallelism, spec.get("completions") or parallelism))
        case "Pod":
            return 1
        case _:
            return int(spec.get("replicas", 1))


def _creation_reasons(controller: Object, replica_sets: Iterable[Object], said: Said) -> list[str]:
    uid = controller["metadata"]["uid"]
    own = [r["metadata"]["uid"] for r in replica_sets if (_controller_of(r) or {}).get("uid") == uid]
    reasons = [said.by_uid[each] for each in (uid, *own) if each in said.by_uid]
    failed = condition(controller, "ReplicaFailure")
    if failed.get("status") == "True" and not reasons:
        reasons.append(str(failed.get("message", "")))
    return reasons


def _waiting(pods: Iterable[Object]) -> list[Object]:
    return [pod for pod in pods if not is_ready(pod) and not _ended(pod)]


def short_reason(reason: str) -> str:
    """Return the scheduler's reason without what it tried by preemption."""
    for cut in (" no new claims to deallocate", " preemption: "):
        reason = reason.partition(cut)[0]
    return reason.rstrip(" ,.")


def full_name(workload: Workload) -> str:
    """Return how a workload is shown: `Deployment serving/llama`."""
    return f"{workload.kind} {name_of({'metadata': {'namespace': workload.namespace, 'name': workload.name}})}"
