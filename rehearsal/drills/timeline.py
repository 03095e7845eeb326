"""What happened when: the lives of pods and nodes as they were seen, in real and in simulated seconds.

Time is compressed where it is only waited for. What the control loops take (scheduler, controllers, Karpenter)
is measured on the real processes and stays as it is. What a machine takes to boot, an image to come and weights to load
is declared, and waited for `speed` times shorter. A simulated second of an event is therefore its real second plus what
was saved on the way to it: for a pod on a machine bought for it, on that machine's boot and on its own start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.naming import CAPACITY_LABEL, MODEL_LABEL, POOL_LABEL
from rehearsal.cluster.karpenter import NODE_POOL_LABEL
from rehearsal.cluster.karpenter_types import CAPACITY_TYPE_LABEL, usd_per_hour
from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL
from rehearsal.cluster.settle import is_ready
from rehearsal.cluster.stages import STARTS_IN
from rehearsal.drills.watching import Change, Object


@dataclass(frozen=True)
class Event:
    """One line of a timeline."""

    at: float
    """Simulated seconds since the drill's beginning."""
    real: float
    """Real seconds since the drill's beginning."""
    what: str
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class Clock:
    """How declared delays were compressed."""

    speed: float = 1.0
    boot_seconds: float = 0.0
    """Declared: from buying a machine to its node being ready."""

    def start_seconds(self, pod: Object) -> float:
        """Return what is declared for a pod's start: its images, its weights, its engine."""
        annotation = (pod["metadata"].get("annotations") or {}).get(STARTS_IN)
        return go_seconds(annotation) * self.speed if annotation else 0.0

    def saved(self, declared: float) -> float:
        """Return the simulated seconds of a declared delay that were not waited for."""
        return declared * (1 - 1 / self.speed)


def go_seconds(duration: str) -> float:
    """Return a duration as Go writes it, such as `1m30s` or `250ms`, in seconds."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h)", duration))


@dataclass
class NodeLife:
    """A node as it was seen, in real seconds; 0 is the beginning of the drill or before."""

    name: str
    instance_type: str
    capacity: str
    pool: str
    joined: float
    node_pool: str = ""
    """Karpenter's NodePool that bought it; empty for a machine of a node group."""
    ready: float | None = None
    leaving: float | None = None
    gone: float | None = None

    @property
    def usd_per_hour(self) -> float | None:
        """What it costs; None where the catalogue has no price."""
        return usd_per_hour(self.instance_type, self.capacity)


@dataclass
class PodLife:
    """A pod as it was seen, in real seconds."""

    uid: str
    name: str
    namespace: str
    model: str
    manifest: Object
    created: float
    node: str = ""
    scheduled: float | None = None
    ready: float | None = None
    not_ready: float | None = None
    leaving: float | None = None
    gone: float | None = None


def is_serving(pod: Object) -> bool:
    """Whether a pod is ready and not on its way out: what a Service sends requests to."""
    return is_ready(pod) and not pod["metadata"].get("deletionTimestamp")


def model_of(pod: Object) -> str:
    """Return the model that a pod serves; empty for any other pod."""
    return str((pod["metadata"].get("labels") or {}).get(MODEL_LABEL, ""))


def is_interruptible(node: Object) -> bool:
    """Whether a node was bought as spot capacity."""
    labels = node["metadata"].get("labels") or {}
    return "spot" in (labels.get(CAPACITY_TYPE_LABEL), labels.get(CAPACITY_LABEL))


def node_lives(changes: Iterable[Change]) -> dict[str, NodeLife]:
    """Return the nodes by name."""
    lives: dict[str, NodeLife] = {}
    for change in changes:
        if change.kind != "Node":
            continue
        metadata = change.object["metadata"]
        labels = metadata.get("labels") or {}
        life = lives.get(metadata["name"])
        if life is None or life.gone is not None:
            capacity = "spot" if is_interruptible(change.object) else "on-demand"
            kind = labels.get(INSTANCE_TYPE_LABEL, "")
            pools = labels.get(POOL_LABEL, ""), change.at, labels.get(NODE_POOL_LABEL, "")
            life = NodeLife(metadata["name"], kind, capacity, *pools)
            lives[life.name] = life
        if life.ready is None and is_ready(change.object):
            life.ready = change.at
        if life.leaving is None and (metadata.get("deletionTimestamp") or _is_closed(change.object)):
            life.leaving = change.at
        if change.type == "DELETED":
            life.gone = change.at
    return lives


def _is_closed(node: Object) -> bool:
    spec = node.get("spec") or {}
    taints = {taint["key"] for taint in spec.get("taints") or []}
    return bool(spec.get("unschedulable")) or "karpenter.sh/disrupted" in taints


def pod_lives(changes: Iterable[Change]) -> dict[str, PodLife]:
    """Return the pods by uid."""
    lives: dict[str, PodLife] = {}
    for change in changes:
        if change.kind != "Pod":
            continue
        metadata = change.object["metadata"]
        where = (metadata["uid"], metadata["name"], metadata["namespace"])
        fresh = PodLife(*where, model_of(change.object), change.object, change.at)
        life = lives.setdefault(metadata["uid"], fresh)
        node = (change.object.get("spec") or {}).get("nodeName") or ""
        if node and life.scheduled is None:
            life.node, life.scheduled = node, change.at
        if is_ready(change.object):
            life.ready = change.at if life.ready is None else life.ready
        elif life.ready is not None and life.not_ready is None:
            life.not_ready = change.at
        if change.type == "DELETED":
            life.gone = change.at
        # A watch that had to begin anew may have missed the time between.
        if life.leaving is None and (metadata.get("deletionTimestamp") or change.type == "DELETED"):
            life.leaving = change.at
    return lives


def boot_end(node: NodeLife, clock: Clock) -> float:
    """Return when a machine that came during the drill is ready, in simulated seconds.

    Karpenter's node stands in the API before it has booted, any other comes when it has.
    """
    return node.joined + (clock.boot_seconds if node.node_pool else clock.saved(clock.boot_seconds))


def simulated(pod: PodLife, real: float | None, nodes: Mapping[str, NodeLife], clock: Clock) -> float | None:
    """Return when something on a pod's way happened, in simulated seconds."""
    if real is None:
        return None
    saved = 0.0
    node = nodes.get(pod.node)
    if pod.scheduled is not None and real >= pod.scheduled and node is not None and node.joined > 0:
        # The scheduler may place a pod on a simulated node that still boots; a real one is not there until then.
        waited = max(0.0, min(pod.scheduled, node.ready or pod.scheduled) - node.joined)
        saved += max(0.0, boot_end(node, clock) - node.joined - waited)
    if pod.ready is not None and real >= pod.ready and pod.ready > 0:
        saved += clock.saved(clock.start_seconds(pod.manifest))
    return real + saved
