"""The cheapest packing against brute force: every way to share the pods out over machines, priced one by one.

Not proven: that the bound is reached in AWS, where spreading over zones, limits and missing capacity make it dearer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.drills import lower_bound
from rehearsal.drills.lower_bound import Amounts, Machine, NoMachineError, PodClass, cheapest_packing

SMALL = Machine("small", 0.8, {"gpu": 1, "cpu": 4000})
FOUR = Machine("four", 4.6, {"gpu": 4, "cpu": 48000})
EIGHT = Machine("eight", 13.35, {"gpu": 8, "cpu": 192000})
ALL = frozenset({"small", "four", "eight"})


def test_one_gpu_pods_are_cheapest_on_one_gpu_machines() -> None:
    packing = cheapest_packing([PodClass("pods", {"gpu": 1, "cpu": 2000}, 10, ALL)], [SMALL, FOUR, EIGHT])
    assert packing.usd_per_hour == pytest.approx(8.0)
    assert packing.machines == {"small": 10}
    assert packing.exact


def test_pods_that_need_more_than_a_small_machine_has_get_the_next_one() -> None:
    packing = cheapest_packing([PodClass("pods", {"gpu": 1, "cpu": 8000}, 5, ALL)], [SMALL, FOUR, EIGHT])
    assert packing.machines == {"four": 2}


def test_classes_share_a_machine_where_that_is_cheaper() -> None:
    large = PodClass("large", {"gpu": 3, "cpu": 100}, 1, ALL)
    small = PodClass("small", {"gpu": 1, "cpu": 100}, 1, frozenset({"four"}))
    assert cheapest_packing([large, small], [SMALL, FOUR, EIGHT]).machines == {"four": 1}


def test_a_pod_lands_only_on_machines_that_admit_it() -> None:
    packing = cheapest_packing([PodClass("pods", {"gpu": 1}, 2, frozenset({"eight"}))], [SMALL, EIGHT])
    assert packing.machines == {"eight": 1}


def test_no_pods_cost_nothing() -> None:
    assert cheapest_packing([PodClass("pods", {"gpu": 1}, 0, ALL)], [SMALL]).usd_per_hour == 0


@pytest.mark.parametrize(
    ("requests", "machines"),
    [({"gpu": 9}, ALL), ({"gpu": 1}, frozenset[str]()), ({"neuron": 1}, ALL)],
    ids=["too large", "admitted nowhere", "a resource that no machine has"],
)
def test_a_pod_that_fits_nowhere_is_said(requests: Amounts, machines: frozenset[str]) -> None:
    with pytest.raises(NoMachineError, match="2 pods: fits on none of"):
        cheapest_packing([PodClass("2 pods", requests, 2, machines)], [SMALL, FOUR, EIGHT])


Sized = tuple[int, dict[str, int]]


def sized(price: int, gpu: int, cpu: int) -> Sized:
    return price, {"gpu": gpu, "cpu": cpu}


MACHINES = st.lists(st.builds(sized, st.integers(1, 9), st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=3)
CLASSES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(1, 3), st.sets(st.integers(0, 2), min_size=1)),
    min_size=1,
    max_size=2,
)


def instance(
    machines: Sequence[Sized], classes: Sequence[tuple[int, int, int, set[int]]]
) -> tuple[list[PodClass], list[Machine]]:
    built = [Machine(f"m{index}", float(price), amounts) for index, (price, amounts) in enumerate(machines)]
    pods = [
        PodClass(f"c{index}", {"gpu": gpu, "cpu": cpu}, count, frozenset(f"m{each}" for each in admitted))
        for index, (gpu, cpu, count, admitted) in enumerate(classes)
    ]
    return pods, built


def partitions(items: Sequence[int]) -> Iterator[list[list[int]]]:
    """Every way to split pods into groups, each to have a machine to itself."""
    if not items:
        yield []
        return
    first, *rest = items
    for groups in partitions(rest):
        yield [[first], *groups]
        for index, group in enumerate(groups):
            yield [*groups[:index], [first, *group], *groups[index + 1 :]]


def brute_force(classes: Sequence[PodClass], machines: Sequence[Machine]) -> float | None:
    pods = [index for index, each in enumerate(classes) for _ in range(each.count)]
    best: float | None = None
    for groups in partitions(range(len(pods))):
        total: float | None = 0.0
        for group in groups:
            kinds = [classes[pods[item]] for item in group]
            fitting = [
                machine.usd_per_hour
                for machine in machines
                if all(machine.name in kind.machines for kind in kinds)
                and all(
                    sum(kind.requests.get(name, 0) for kind in kinds) <= machine.allocatable.get(name, 0)
                    for name in ("gpu", "cpu")
                )
            ]
            total = None if total is None or not fitting else total + min(fitting)
        if total is not None and (best is None or total < best):
            best = total
    return best


@given(MACHINES, CLASSES)
def test_it_is_what_brute_force_finds(machines: list[Sized], classes: list[tuple[int, int, int, set[int]]]) -> None:
    pods, built = instance(machines, classes)
    expected = brute_force(pods, built)
    if expected is None:
        with pytest.raises(NoMachineError):
            cheapest_packing(pods, built)
        return
    packing = cheapest_packing(pods, built)
    assert packing.usd_per_hour == pytest.approx(expected)
    price = {machine.name: machine.usd_per_hour for machine in built}
    assert sum(price[name] * count for name, count in packing.machines.items()) == pytest.approx(expected)


@given(MACHINES, CLASSES)
def test_past_the_limit_it_is_still_a_bound(
    machines: list[Sized], classes: list[tuple[int, int, int, set[int]]]
) -> None:
    pods, built = instance(machines, classes)
    expected = brute_force(pods, built)
    before = lower_bound.MOST_STATES
    lower_bound.MOST_STATES = 1  # pyright: ignore[reportAttributeAccessIssue] - as if there were many more pods
    try:
        if expected is None:
            return
        packing = cheapest_packing(pods, built)
    finally:
        lower_bound.MOST_STATES = before  # pyright: ignore[reportAttributeAccessIssue] - see above
    assert not packing.exact
    assert packing.usd_per_hour <= expected + 1e-9
    assert packing.usd_per_hour > 0


def test_a_thousand_replicas_of_one_model_are_exact() -> None:
    packing = cheapest_packing([PodClass("pods", {"gpu": 1, "cpu": 2000}, 1000, ALL)], [SMALL, FOUR, EIGHT])
    assert (packing.machines, packing.exact) == ({"small": 1000}, True)
