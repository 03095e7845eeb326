"""The drill `spot-storm`: many spot machines get their two minutes' notice at once (interruption.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rehearsal.cluster.api import Api
from rehearsal.drills.drill import DrillOptions, Finding, Ground, drill
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.interruption import (
    choose,
    drain,
    give_notice,
    is_evictable,
    is_karpenters,
    notice_real_seconds,
    replacement,
    take_away,
    withdraw_spot,
)
from rehearsal.drills.losses import losses
from rehearsal.drills.storm import Storm, finding
from rehearsal.drills.timeline import is_interruptible, is_serving, model_of
from rehearsal.drills.watching import Object, Watch, watching
from rehearsal.drills.workloads import Workload, model_workloads

QUIET_SECONDS: Final = 25.0
"""Real seconds without any change after which nothing more is expected: Karpenter tries anew after 10 s at most."""
PERCENT: Final = range(1, 101)


@drill("spot-storm", speed=10)
def spot_storm(ground: Ground, options: DrillOptions) -> Finding:
    """Interrupt a share of the spot machines at once: what is evicted, who keeps its floor, when all is back.

    Raises `DrillInputError` for a share that is none, and when no spot machine stands in the cluster.
    """
    check_percent(options.percent)
    spot = [node for node in ground.api.list("Node", "v1") if is_interruptible(node)]
    if not spot:
        raise DrillInputError("no spot machine stands in the cluster: there is nothing to interrupt")
    victims = choose(spot, options.percent, options.seed)
    models = model_workloads(ground.api, ground.ceilings)
    if not options.spot_returns:
        withdraw_spot(ground.api, ground.node_pools)
    with watching(ground.api) as watch:
        on_victims = _on(victims, watch.standing("Pod"))
        lost = losses(ground.api, victims, on_victims)
        before = _serving(watch, models)
        ground.progress.doing(f"{len(victims)} of {len(spot)} spot machines have two minutes")
        deadline = _storm(ground, watch, victims)
        arrivals = _Arrivals(ground, watch, victims, deadline) if options.spot_returns else None

        def back() -> bool:
            now = _serving(watch, models)
            ready, wanted = sum(now.values()), sum(before.values())
            ground.progress.doing(f"{ready} of {wanted} model pods ready; {watch.elapsed():.0f} s since the notice")
            return all(now[model] >= count for model, count in before.items()) and (arrivals is None or arrivals.done)

        def check() -> None:
            ground.check()
            if arrivals is not None:
                arrivals.bring()

        quiet = QUIET_SECONDS + _longest_delay(ground, watch)
        watch.wait(back, quiet_seconds=quiet, give_up_seconds=options.give_up_seconds, check=check)
        watch.catch_up(ground.api)
        storm = Storm(
            spot=len(spot),
            victims=victims,
            pods={str(pod["metadata"]["uid"]): pod for pod in on_victims},
            deadline=deadline,
            losses=lost,
            models=models,
            changes=tuple(watch.changes),
            spot_returns=options.spot_returns,
            percent=options.percent,
            seed=options.seed,
        )
    return finding(ground, storm)


def check_percent(percent: int) -> None:
    """Raise `DrillInputError` for a share that is none."""
    if percent not in PERCENT:
        raise DrillInputError(f"--percent {percent}: allowed: 1 to 100")


def _storm(ground: Ground, watch: Watch, victims: Sequence[Object]) -> float:
    """Give notice, drain until the deadline, take the machines away; return the deadline in real seconds."""
    deadline = notice_real_seconds(ground.clock.speed)

    def over() -> bool:
        ground.check()
        return watch.elapsed() >= deadline

    give_notice(ground.api, victims)
    drain(ground.api, victims, lambda: watch.standing("Pod"), over)
    take_away(ground.api, victims, watch.standing("Pod"))
    return deadline


class _Arrivals:
    """The machines that managed groups put in place of those they lost, a boot after these are gone."""

    def __init__(self, ground: Ground, watch: Watch, victims: Sequence[Object], deadline: float) -> None:
        self._api: Api = ground.api
        self._watch = watch
        self._nodes = [node for node in victims if not is_karpenters(node)]
        self._at = deadline + ground.clock.boot_seconds / ground.clock.speed
        self.done = not self._nodes

    def bring(self) -> None:
        """Let them join when it is time."""
        if not self.done and self._watch.elapsed() >= self._at:
            for node in self._nodes:
                self._api.apply(replacement(node, f"{node['metadata']['name']}-replacement"))
            self.done = True


def _on(nodes: Sequence[Object], pods: Sequence[Object]) -> list[Object]:
    names = {node["metadata"]["name"] for node in nodes}
    return [pod for pod in pods if pod["spec"].get("nodeName") in names and is_evictable(pod)]


def _serving(watch: Watch, models: Mapping[str, Sequence[Workload]]) -> dict[str, int]:
    count = dict.fromkeys(models, 0)
    for pod in watch.standing("Pod"):
        model = model_of(pod)
        if model in count and is_serving(pod):
            count[model] += 1
    return count


def _longest_delay(ground: Ground, watch: Watch) -> float:
    starts = [ground.clock.start_seconds(pod) for pod in watch.standing("Pod") if model_of(pod)]
    return max([ground.clock.boot_seconds, *starts]) / ground.clock.speed
