"""What the drill `spot-storm` saw, as events, tables and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL
from rehearsal.drills.drill import Finding, Ground, Table, Verdict
from rehearsal.drills.interruption import NOTICE_SECONDS, is_karpenters
from rehearsal.drills.losses import Loss
from rehearsal.drills.serving import Series, series
from rehearsal.drills.timeline import Clock, Event, NodeLife, PodLife, boot_end, node_lives, pod_lives, simulated
from rehearsal.drills.watching import Change, Object
from rehearsal.drills.workloads import Workload


@dataclass(frozen=True)
class Storm:
    """What was seen while machines were interrupted."""

    spot: int
    """Spot machines before."""
    victims: Sequence[Object]
    pods: Mapping[str, Object]
    """Pods on the victims that a drain would evict, by uid."""
    deadline: float
    """Real seconds from the notice until the machines were gone."""
    losses: Sequence[Loss]
    models: Mapping[str, Sequence[Workload]]
    changes: Sequence[Change]
    spot_returns: bool
    percent: int
    seed: int


@dataclass(frozen=True)
class ModelOutcome:
    """How a model came through."""

    model: str
    floor: int
    """Pods that stand on machines which are not interrupted: the on-demand floor."""
    ready_before: int
    fewest_ready: int
    seconds_below_floor: float
    back_after_seconds: float | None
    """None when not all were ready again by the end."""


@dataclass(frozen=True)
class _Seen:
    """The lives behind a finding, and the time in which they are told."""

    nodes: Mapping[str, NodeLife]
    pods: Sequence[PodLife]
    clock: Clock
    storm: Storm

    def of_notice(self, real: float) -> float:
        """Return a moment of the drain in simulated seconds: after the deadline the whole notice has passed."""
        return real if real < self.storm.deadline else real + max(0.0, NOTICE_SECONDS - self.storm.deadline)

    def of_pod(self, pod: PodLife, real: float | None) -> float | None:
        """Return a moment of a pod's start in simulated seconds."""
        at = simulated(pod, real, self.nodes, self.clock)
        return None if at is None else at + self.of_notice(pod.created) - pod.created

    def left(self, pod: PodLife) -> float | None:
        """Return when a pod stopped serving."""
        moments = [at for at in (pod.leaving, pod.not_ready, pod.gone) if at is not None]
        return self.of_notice(min(moments)) if moments else None


def finding(ground: Ground, storm: Storm) -> Finding:
    """Return what was seen as a finding."""
    seen = _Seen(node_lives(storm.changes), list(pod_lives(storm.changes).values()), ground.clock, storm)
    outcomes = [_outcome(model, many, seen) for model, many in storm.models.items()]
    killed = [pod for pod in seen.pods if pod.uid in storm.pods and _was_killed(pod, storm)]
    figures: dict[str, Any] = {
        "spot_nodes": storm.spot,
        "percent": storm.percent,
        "seed": storm.seed,
        "spot_returns": storm.spot_returns,
        "interrupted": [_victim(node, seen) for node in storm.victims],
        "pods": {
            "evicted": len(storm.pods) - len(killed),
            "killed_at_the_deadline": sorted(f"{pod.namespace}/{pod.name}" for pod in killed),
        },
        "models": [asdict(outcome) for outcome in outcomes],
        "losses": [asdict(loss) for loss in storm.losses],
    }
    return Finding(
        drill="spot-storm",
        stack=ground.stack,
        subject=f"{len(storm.victims)} of {storm.spot} spot machines ({storm.percent} %, seed {storm.seed})",
        events=tuple(_events(seen)),
        figures=figures,
        tables=(_models_table(outcomes), _machines_table(figures["interrupted"])),
        verdicts=_verdicts(outcomes, storm),
        notes=_notes(outcomes, storm),
    )


def _outcome(model: str, workloads: Sequence[Workload], seen: _Seen) -> ModelOutcome:
    own = [pod for pod in seen.pods if pod.model == model]
    served: Series = series(own, lambda pod: seen.of_pod(pod, pod.ready), seen.left)
    floor = sum(each.pods for each in workloads if not each.interruptible)
    back = served.back_at()
    return ModelOutcome(
        model=model,
        floor=floor,
        ready_before=served.before,
        fewest_ready=served.fewest,
        seconds_below_floor=round(served.seconds_below(floor), 1),
        back_after_seconds=None if back is None else round(back, 1),
    )


def _was_killed(pod: PodLife, storm: Storm) -> bool:
    """Whether a pod was still on its machine when that vanished."""
    return pod.leaving is None or pod.leaving >= storm.deadline


def _victim(node: Object, seen: _Seen) -> dict[str, Any]:
    name = node["metadata"]["name"]
    pods = [pod for pod in seen.storm.pods.values() if pod["spec"].get("nodeName") == name]
    life = seen.nodes.get(name)
    gone = None if life is None or life.gone is None else round(seen.of_notice(life.gone), 1)
    return {
        "node": name,
        "instance_type": (node["metadata"].get("labels") or {}).get(INSTANCE_TYPE_LABEL, ""),
        "bought_by": "karpenter" if is_karpenters(node) else "managed node group",
        "pods": len(pods),
        "gone_after_seconds": gone,
    }


def _events(seen: _Seen) -> list[Event]:
    storm = seen.storm
    names = {node["metadata"]["name"] for node in storm.victims}
    events = [Event(0.0, 0.0, "notice", name, "two minutes") for name in sorted(names)]
    for node in seen.nodes.values():
        if node.name in names and node.gone is not None:
            events.append(Event(seen.of_notice(node.gone), node.gone, "machine gone", node.name, node.instance_type))
        elif node.joined > 0 and node.ready is not None:
            at = boot_end(node, seen.clock) + seen.of_notice(node.joined) - node.joined
            what = f"{node.instance_type} {node.capacity}"
            events.append(Event(at, node.ready, "node ready", node.name, what))
    for pod in seen.pods:
        label = f"{pod.namespace}/{pod.name}"
        if pod.uid in storm.pods:
            killed = _was_killed(pod, storm)
            real = storm.deadline if killed or pod.leaving is None else pod.leaving
            what = "pod killed with its machine" if killed else "pod evicted"
            events.append(Event(seen.of_notice(real), real, what, label, pod.model))
        elif pod.created > 0 and pod.model and pod.ready is not None:
            at = seen.of_pod(pod, pod.ready)
            node = seen.nodes.get(pod.node)
            where = node.instance_type if node is not None else pod.node
            events.append(Event(at or 0.0, pod.ready, "pod ready", label, f"{pod.model} on {where}"))
    return sorted(events, key=lambda event: (event.at, event.what, event.subject))


def _models_table(outcomes: Sequence[ModelOutcome]) -> Table:
    rows = tuple(
        (
            each.model,
            str(each.floor),
            str(each.ready_before),
            str(each.fewest_ready),
            "never" if each.back_after_seconds is None else f"{each.back_after_seconds:.0f} s",
        )
        for each in outcomes
    )
    return Table("models", ("model", "floor", "ready before", "fewest ready", "all ready again after"), rows)


def _machines_table(victims: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (str(each["node"]), str(each["instance_type"]), str(each["bought_by"]), str(each["pods"])) for each in victims
    )
    return Table("interrupted machines", ("node", "instance type", "bought by", "pods"), rows)


def _verdicts(outcomes: Sequence[ModelOutcome], storm: Storm) -> tuple[Verdict, ...]:
    below = [each for each in outcomes if each.fewest_ready < each.floor]
    floors = "; ".join(f"{each.model}: {each.fewest_ready} of {each.floor}" for each in below)
    with_floor = sum(each.floor > 0 for each in outcomes)
    floor = Verdict(
        "floor",
        ok=not below,
        said=f"below the on-demand floor: {floors}"
        if below
        else f"{with_floor} models with a floor never fell below it",
    )
    lost = Verdict(
        "lost",
        ok=not storm.losses,
        said="; ".join(f"{loss.what}: {loss.why}" for loss in storm.losses) or "nothing was lost",
    )
    away = [each.model for each in outcomes if each.back_after_seconds is None]
    longest = max((each.back_after_seconds or 0.0 for each in outcomes), default=0.0)
    missing = f"not all replicas are back: {', '.join(away)}"
    back = Verdict("back", ok=not away, said=missing if away else f"all replicas ready again after {longest:.0f} s")
    # Without any spot capacity what stood on it can't come back, unless on-demand machines are bought instead.
    return (floor, lost, back) if storm.spot_returns else (floor, lost)


def _notes(outcomes: Sequence[ModelOutcome], storm: Storm) -> tuple[str, ...]:
    notes: list[str] = []
    bare = [each.model for each in outcomes if each.floor == 0 and each.fewest_ready == 0 and each.ready_before > 0]
    if bare:
        notes.append(f"without an on-demand floor, and not served at all for a time: {', '.join(bare)}")
    if not storm.spot_returns:
        away = [each.model for each in outcomes if each.back_after_seconds is None]
        notes.append("no spot capacity could be bought again" + (f"; not back: {', '.join(away)}" if away else ""))
    jobs = sum(
        any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences") or [])
        for pod in storm.pods.values()
    )
    if jobs:
        notes.append(f"{jobs} pods of jobs were interrupted: they go on from their last checkpoint, if they have one")
    return tuple(notes)
