"""Whether a fleet keeps its served models' floors while some of its nodes are out of service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]


@dataclass
class Room:
    """A node that takes pods, and what of it is taken: priority and amounts."""

    name: str
    amounts: Mapping[str, int]
    taken: list[tuple[int, Mapping[str, int]]] = field(default_factory=list[tuple[int, Mapping[str, int]]])

    def free_for(self, claim: Object) -> dict[str, int]:
        """Return what a claim's pod finds free: pods that would give way to it are in nobody's way."""
        held = [amounts for priority, amounts in self.taken if not claim["preempts"] or priority >= claim["priority"]]
        return {name: self.amounts.get(name, 0) - sum(each.get(name, 0) for each in held) for name in claim["amounts"]}

    def takes(self, claim: Object) -> bool:
        """Say whether one more of its pods may land here and finds room."""
        free = self.free_for(claim)
        return self.name in claim["may_land_on"] and all(free[name] >= claim["amounts"][name] for name in free)


def maintenance_floors(fleet: Object, leaving: Iterable[str]) -> dict[str, Any]:
    """Say whether the floors are kept without some nodes.

    Pods on other nodes stay where they are. What a floor lacks then has to find room: each pod on one node that it may
    land on. A floor that can't be met even before is nobody's to break: it only must not get worse.

    Returns `kept`, `message`, the GPUs that take pods `before` and `after`, those that `floors` hold, and `placed`: the
    node that each missing pod would go to.
    """
    gone = frozenset(leaving)
    now, _ = _packed(fleet, frozenset())
    then, placed = _packed(fleet, gone)
    claims: Sequence[Object] = fleet["claims"]
    worse = [claim for claim in claims if then[claim["name"]] > now[claim["name"]]]
    before, after = (sum(_count(room.amounts) for room in _rooms(fleet, nodes)) for nodes in (frozenset[str](), gone))
    floors = sum(claim["floor"] * _count(claim["amounts"]) for claim in claims)
    balance = f"{before} GPUs take pods now, {after} without {', '.join(sorted(gone)) or 'any'}; floors hold {floors}"
    told = [_told(claim, fleet, gone, then[claim["name"]]) for claim in worse]
    return {
        "kept": not worse,
        "before": before,
        "after": after,
        "floors": floors,
        "placed": placed,
        "message": f"the served models' floors would be broken: {'; '.join(told)}. {balance}" if told else balance,
    }


def _told(claim: Object, fleet: Object, gone: frozenset[str], short: int) -> str:
    return (
        f"{claim['model']} ({claim['name']}) has a floor of {claim['floor']} x {_count(claim['amounts'])} GPUs: "
        f"{_staying(claim, fleet, gone)} stay, {short} would find no node that they may land on"
    )


def _packed(fleet: Object, gone: frozenset[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return how many pods of each claim find no room, and which claim's pod goes to which node."""
    rooms = _rooms(fleet, gone)
    names = {room.name for room in rooms}
    short: dict[str, int] = {}
    placed: list[tuple[str, str]] = []
    # The important first, then the large, then those with the smallest choice: what comes last fits the gaps best.
    for claim in sorted(
        fleet["claims"],
        key=lambda c: (-c["priority"], -_count(c["amounts"]), len(names.intersection(c["may_land_on"])), c["name"]),
    ):
        short[claim["name"]] = 0
        for _ in range(max(0, claim["floor"] - _staying(claim, fleet, gone))):
            taking = [room for room in rooms if room.takes(claim)]
            if not taking:
                short[claim["name"]] += 1
                continue
            tightest = min(taking, key=lambda room: _count(room.free_for(claim)))
            tightest.taken.append((claim["priority"], claim["amounts"]))
            placed.append((claim["name"], tightest.name))
    return short, placed


def _rooms(fleet: Object, gone: frozenset[str]) -> list[Room]:
    nodes: Mapping[str, Object] = fleet["nodes"]
    return [
        Room(name, node["amounts"], [(each["priority"], each["amounts"]) for each in node["held"]])
        for name, node in sorted(nodes.items())
        if node["open"] and name not in gone
    ]


def _staying(claim: Object, fleet: Object, gone: frozenset[str]) -> int:
    nodes: Mapping[str, Object] = fleet["nodes"]
    return sum(name in nodes and nodes[name]["ready"] and name not in gone for name in claim["on"])


def _count(amounts: Mapping[str, int]) -> int:
    return sum(amounts.values())


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"maintenance_floors": maintenance_floors}
