"""The cheapest machines that can hold given pods: what a drill's bill is measured against.

The pods are counted by class: pods of one class ask for the same and may land on the same machines. A machine of a type
can be bought any number of times. What is sought is the cheapest multiset of machines that holds all pods, each machine
within its allocatable amounts: bin packing with several resources and bins of different prices.

It is solved exactly by dynamic programming over how many pods of each class are still to be placed. From each state one
machine is bought and filled with one of the type's maximal fillings (no further pod of any class fits), for a filling
that is not maximal can never be cheaper. The number of states is the product of the classes' sizes plus one: replicas
of one model are one class, a leader with its workers two, and both are a matter of milliseconds.

Past `MOST_STATES` the result is a bound from below that need not be reached, and says so: the greatest of the exact
solutions for each class alone, and of each resource bought at the best price per unit.

What the bound leaves out can only make real placements dearer, never cheaper: spreading over zones, limits of
NodePools, pods that arrive in more than one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import mul
from typing import Final

MOST_STATES: Final = 20_000
MICRO: Final = 1_000_000

Amounts = Mapping[str, int]
"""Amounts by resource name, as whole numbers: see `rehearsal.cluster.amounts`."""

State = tuple[int, ...]


@dataclass(frozen=True)
class PodClass:
    """Pods that ask for the same and may land on the same machines."""

    name: str
    requests: Amounts
    count: int
    machines: frozenset[str]
    """Names of the machines that they may land on."""


@dataclass(frozen=True)
class Machine:
    """A kind of machine that can be bought."""

    name: str
    usd_per_hour: float
    allocatable: Amounts
    """What pods can have of it, DaemonSets' pods already taken off."""


@dataclass(frozen=True)
class CheapestPacking:
    """The lower bound, and machines that reach it."""

    usd_per_hour: float
    machines: Mapping[str, int]
    """Machines bought by name; empty where the bound is not exact."""
    exact: bool


class NoMachineError(Exception):
    """A pod fits on no machine that it may land on."""


def cheapest_packing(classes: Sequence[PodClass], machines: Sequence[Machine]) -> CheapestPacking:
    """Return the cheapest way to hold all pods. Raises `NoMachineError` when one of them fits nowhere."""
    wanted = [each for each in classes if each.count > 0]
    fillings = [(machine, filling) for machine in machines for filling in _fillings(machine, wanted)]
    for index, each in enumerate(wanted):
        if not any(filling[index] for _, filling in fillings):
            raise NoMachineError(f"{each.name}: fits on none of {', '.join(sorted(each.machines)) or 'no machines'}")
    if not wanted:
        return CheapestPacking(0.0, {}, exact=True)
    if reduce(mul, (each.count + 1 for each in wanted)) > MOST_STATES:
        return _relaxed(wanted, machines)
    return _exact(tuple(each.count for each in wanted), fillings)


def fit(requests: Amounts, allocatable: Amounts, most: int) -> int:
    """Return how many pods with these requests fit into what is allocatable, at most `most`."""
    counts = [allocatable.get(name, 0) // amount for name, amount in requests.items() if amount > 0]
    return max(0, min([most, *counts]))


def _exact(counts: State, fillings: Sequence[tuple[Machine, State]]) -> CheapestPacking:
    """Solve by states in ascending order: every state a filling leads to comes before it."""
    priced = [(round(machine.usd_per_hour * MICRO), machine.name, filling) for machine, filling in fillings]
    cheapest: dict[State, int] = {}
    choice: dict[State, tuple[str, State]] = {}
    for state in product(*(range(count + 1) for count in counts)):
        if not any(state):
            cheapest[state] = 0
            continue
        options = (
            (price + cheapest[left], name, left)
            for price, name, filling in priced
            if (left := tuple(max(0, n - k) for n, k in zip(state, filling, strict=True))) != state
        )
        cheapest[state], name, left = min(options)
        choice[state] = (name, left)
    bought: dict[str, int] = {}
    state = counts
    while any(state):
        name, state = choice[state]
        bought[name] = bought.get(name, 0) + 1
    return CheapestPacking(cheapest[counts] / MICRO, dict(sorted(bought.items())), exact=True)


def _fillings(machine: Machine, classes: Sequence[PodClass]) -> list[State]:
    """Return the maximal fillings of a machine: pods per class, no further pod fits."""

    def grow(index: int, left: Amounts) -> Iterator[State]:
        if index == len(classes):
            yield ()
            return
        pod = classes[index]
        most = fit(pod.requests, left, pod.count) if machine.name in pod.machines else 0
        for count in range(most + 1):
            rest = {name: amount - count * pod.requests.get(name, 0) for name, amount in left.items()}
            yield from ((count, *others) for others in grow(index + 1, rest))

    found = set(grow(0, machine.allocatable))
    return [f for f in found if any(f) and not any(_more(f, index) in found for index in range(len(f)))]


def _more(filling: State, index: int) -> State:
    return (*filling[:index], filling[index] + 1, *filling[index + 1 :])


def _relaxed(classes: Sequence[PodClass], machines: Sequence[Machine]) -> CheapestPacking:
    bounds = [0.0]
    for each in classes:
        if each.count <= MOST_STATES:
            alone = [(machine, filling) for machine in machines for filling in _fillings(machine, [each])]
            bounds.append(_exact((each.count,), alone).usd_per_hour)
    allowed = [machine for machine in machines if any(machine.name in each.machines for each in classes)]
    for resource in {name for each in classes for name, amount in each.requests.items() if amount > 0}:
        asked = sum(each.requests.get(resource, 0) * each.count for each in classes)
        per_unit = [m.usd_per_hour / m.allocatable[resource] for m in allowed if m.allocatable.get(resource)]
        bounds.append(asked * min(per_unit))
    return CheapestPacking(max(bounds), {}, exact=False)
