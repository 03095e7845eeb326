"""The drill `scale-out`: a model goes from its floor to its ceiling.

KEDA does not run here, so the drill asks for the replicas that KEDA would come to; everything after that is real: the
controllers make the pods, the scheduler places them, Karpenter buys what is missing. The bill is held against the
cheapest machines that could have been bought (lower_bound.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rehearsal.drills.bill import free_room, least_usd_per_hour
from rehearsal.drills.drill import DrillOptions, Finding, Ground, drill
from rehearsal.drills.free_choice import offer_all_sizes
from rehearsal.drills.growth import Growth, finding
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.lower_bound import CheapestPacking, NoMachineError
from rehearsal.drills.pending import pending_reasons
from rehearsal.drills.timeline import PodLife, is_serving, model_of, pod_lives
from rehearsal.drills.watching import Change, Object, Watch, watching
from rehearsal.drills.workloads import Workload, model_workloads, set_replicas

QUIET_SECONDS: Final = 25.0
"""Real seconds without any change after which nothing more is expected: Karpenter tries anew after 10 s at most."""


@drill("scale-out", speed=60)
def scale_out(ground: Ground, options: DrillOptions) -> Finding:
    """Take a model from floor to ceiling: time to ready, machines bought, price against the cheapest possible.

    Raises `DrillInputError` for a model that is not there or has no room between floor and ceiling.
    """
    workload = choose(model_workloads(ground.api, ground.ceilings), options.model)
    if options.free_choice:
        ground = replace(ground, node_pools=tuple(offer_all_sizes(ground, workload)))
    with watching(ground.api) as watch:
        ground.progress.doing(f"{workload.model}: to its floor of {workload.floor} before the drill begins")
        _scale(ground, watch, workload, workload.floor, options)
    with watching(ground.api) as watch:
        nodes, pods = watch.standing("Node"), watch.standing("Pod")
        standing = frozenset(str(pod["metadata"]["uid"]) for pod in pods)
        ground.progress.doing(f"{workload.model}: {workload.floor} to {workload.ceiling} replicas")
        wanted = _scale(ground, watch, workload, workload.ceiling, options)
        waiting = [pod for pod in _of(watch, workload.model) if not is_serving(pod)]
        grown = [pod for pod in _of(watch, workload.model) if pod["metadata"]["uid"] not in standing]
        reasons = pending_reasons(ground.api, waiting) if waiting else {}
        watch.catch_up(ground.api)
        changes = tuple(watch.changes)
    displaced = displaced_pods(changes, standing, workload.model)
    bound, unbounded = _bound(ground, to_be_held(changes, standing, grown, displaced), nodes, pods)
    growth = Growth(
        workload, wanted, changes, standing, bound, unbounded, dict(reasons), displaced, options.free_choice
    )
    return finding(ground, growth)


def choose(models: Mapping[str, Sequence[Workload]], model: str | None) -> Workload:
    """Return the workload to scale; raises `DrillInputError` naming the models that can be scaled."""
    able = {
        name: max(many, key=lambda each: each.ceiling - each.floor)
        for name, many in models.items()
        if any(each.ceiling > each.floor for each in many)
    }
    if not able:
        raise DrillInputError("no model has room between its floor and its ceiling: there is nothing to scale out")
    if model is None:
        return max(able.values(), key=lambda each: (each.gpus_per_replica * each.ceiling, each.model))
    if model not in models:
        raise DrillInputError(f"--model {model}: is not served here; allowed: {', '.join(able)}")
    if model not in able:
        raise DrillInputError(f"--model {model}: floor and ceiling are the same; allowed: {', '.join(able)}")
    return able[model]


def _scale(ground: Ground, watch: Watch, workload: Workload, replicas: int, options: DrillOptions) -> int:
    """Ask for replicas and wait until they serve, or nothing moves any more; return the model's pods wanted."""
    set_replicas(ground.api, workload, replicas)
    wanted = sum(each.pods for each in model_workloads(ground.api, ground.ceilings).get(workload.model, []))

    def serve() -> bool:
        pods = _of(watch, workload.model)
        ready = sum(is_serving(pod) for pod in pods)
        ground.progress.doing(f"{workload.model}: {ready} of {wanted} pods ready")
        return ready >= wanted and len(pods) == wanted

    quiet = QUIET_SECONDS + _longest_delay(ground, watch, workload.model)
    watch.wait(serve, quiet_seconds=quiet, give_up_seconds=options.give_up_seconds, check=ground.check)
    return wanted


def _longest_delay(ground: Ground, watch: Watch, model: str) -> float:
    """Return the longest real time in which nothing need be seen to happen: a boot, or a pod's start."""
    starts = [ground.clock.start_seconds(pod) for pod in _of(watch, model)]
    return max([ground.clock.boot_seconds, *starts]) / ground.clock.speed


def _of(watch: Watch, model: str) -> list[Object]:
    return [pod for pod in watch.standing("Pod") if model_of(pod) == model]


def displaced_pods(changes: Sequence[Change], standing: frozenset[str], model: str) -> list[PodLife]:
    """Return pods of others that had to go while the model grew: it has a higher priority than they."""
    lives = pod_lives(changes)
    return [pod for uid, pod in lives.items() if uid in standing and pod.model != model and pod.leaving is not None]


def to_be_held(
    changes: Sequence[Change], standing: frozenset[str], grown: Sequence[Object], displaced: Sequence[PodLife]
) -> list[Object]:
    """Return the pods that machines are needed for: the model's, and those that came again after they had to go."""
    if not displaced:
        return list(grown)
    owners = {owner for pod in displaced for owner in _owners(pod.manifest)}
    latest = {str(change.object["metadata"]["uid"]): change for change in changes if change.kind == "Pod"}
    there = {
        uid: change.object
        for uid, change in latest.items()
        # One that had to go a second time is held no more, and is not to be paid for twice.
        if change.type != "DELETED" and not change.object["metadata"].get("deletionTimestamp")
    }
    again = [pod for uid, pod in there.items() if uid not in standing and owners & _owners(pod)]
    return [*grown, *again]


def _owners(pod: Object) -> set[str]:
    return {str(owner["uid"]) for owner in pod["metadata"].get("ownerReferences") or []}


def _bound(
    ground: Ground, wanted: Sequence[Object], nodes: Sequence[Object], pods: Sequence[Object]
) -> tuple[CheapestPacking | None, str]:
    """Return the bound for the pods that machines were needed for, or why there is none.

    Pods of several kinds compete for what was free, so that of those only the ones on new machines are counted.
    """
    old = {node["metadata"]["name"] for node in nodes}
    mixed = len({str(pod["spec"].get("containers")) for pod in wanted}) > 1
    held = [pod for pod in wanted if pod["spec"].get("nodeName") not in old] if mixed else wanted
    try:
        return least_usd_per_hour(ground, held, free_room(nodes, pods) if not mixed else []), ""
    except NoMachineError as error:
        return None, str(error)
