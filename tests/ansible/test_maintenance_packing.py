"""Where pods may land and whether they fit, against other judges: the rehearsal's own, and an exhaustive search."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.cluster.landing import NodeKind, can_land
from tests.ansible.cluster_objects import GPU, Manifest, cluster, model, node
from tests.ansible.role_filters import role_filters

fleet_of = role_filters("node_maintenance", "fleet")["maintenance_fleet"]
floors_of = role_filters("node_maintenance", "floors")["maintenance_floors"]

KEYS, VALUES = ["zone", "type"], ["x", "y", "3", "5"]
EXPRESSIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries(
        {"key": st.sampled_from(KEYS), "operator": st.sampled_from(["Exists", "DoesNotExist", "Unheard"])}
    ),
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(["Gt", "Lt"]),
            "values": st.lists(st.sampled_from(["2", "4"]), min_size=1, max_size=1),
        }
    ),
)
TERMS = st.fixed_dictionaries({"matchExpressions": st.lists(EXPRESSIONS, max_size=2)})
REQUIRED = st.none() | st.fixed_dictionaries({"nodeSelectorTerms": st.lists(TERMS, max_size=2)})
TAINTS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["k", "l"]),
            "value": st.sampled_from(["", "v", "w"]),
            "effect": st.sampled_from(["NoSchedule", "NoExecute", "PreferNoSchedule"]),
        }
    ),
    max_size=2,
)
TOLERATIONS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "key": st.sampled_from(["k", "l"]),
            "operator": st.sampled_from(["Exists", "Equal"]),
            "value": st.sampled_from(["v", "w"]),
            "effect": st.sampled_from(["NoSchedule", "NoExecute"]),
        },
    ),
    max_size=2,
)


@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
    REQUIRED,
    TAINTS,
    TOLERATIONS,
)
def test_where_a_pod_may_land_is_what_the_rehearsal_says(
    labels: dict[str, str],
    selector: dict[str, str],
    required: Manifest | None,
    taints: list[dict[str, str]],
    tolerations: list[Manifest],
) -> None:
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}} if required else {}
    asked = model("chat", 1, nodeSelector=selector, tolerations=tolerations, affinity=affinity)
    there = node("a", spec={"taints": taints})
    there["metadata"]["labels"] = labels
    open_to = fleet_of(cluster(nodes=[there], workloads=[asked]))["claims"][0]["may_land_on"]
    judged = can_land(asked["spec"]["template"]["spec"], NodeKind("m", "t", labels, tuple(taints)))
    assert (open_to == ["a"]) is judged


def exactly(rooms: list[int], sizes: list[int], may: Mapping[int, set[int]]) -> bool:
    """Say whether pods of these sizes fit, by trying everything; `may` names the rooms open to the pod of an index."""
    if not sizes:
        return True
    pod_index = len(sizes) - 1
    return any(
        exactly([*rooms[:at], left - sizes[-1], *rooms[at + 1 :]], sizes[:-1], may)
        for at, left in enumerate(rooms)
        if left >= sizes[-1] and at in may[pod_index]
    )


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Manifest, list[int], list[int], dict[int, set[int]]]:
    """A fleet of empty nodes, and models that all have to find room once node `gone` leaves."""
    frees = draw(st.lists(st.integers(0, 8), min_size=1, max_size=4))
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 4, 8]), min_size=1, max_size=4))
    may = {
        index: draw(st.sets(st.integers(0, len(frees) - 1), min_size=1), label=f"nodes of pod {index}")
        for index in range(len(sizes))
    }
    everything = {"ready": True, "open": True, "held": []}
    nodes = {f"n{index}": {**everything, "amounts": {GPU: free}} for index, free in enumerate(frees)}
    nodes["gone"] = {**everything, "amounts": {GPU: 99}}
    claims = [
        {
            "name": f"c{index}",
            "model": "m",
            "amounts": {GPU: size},
            "priority": 0,
            "preempts": True,
            "floor": 1,
            "on": ["gone"],
            "may_land_on": [*(f"n{at}" for at in sorted(may[index])), "gone"],
        }
        for index, size in enumerate(sizes)
    ]
    return {"nodes": nodes, "claims": claims}, frees, sizes, may


@given(fleets())
def test_kept_means_that_every_pod_really_fits(
    drawn: tuple[Manifest, list[int], list[int], dict[int, set[int]]],
) -> None:
    fleet, frees, sizes, may = drawn
    said = floors_of(fleet, ["gone"])
    used = dict.fromkeys(fleet["nodes"], 0)
    for claim, where in said["placed"]:
        index = int(claim[1:])
        used[where] += sizes[index]
        assert int(where[1:]) in may[index]
    assert all(used[f"n{index}"] <= free for index, free in enumerate(frees))
    if said["kept"]:
        assert len(said["placed"]) == len(sizes)
        assert exactly(frees, sizes, may)


@given(
    st.lists(st.sampled_from([0, 1, 2, 4, 8]), min_size=1, max_size=4),
    st.lists(st.sampled_from([1, 2, 4, 8]), max_size=5),
)
def test_nothing_is_refused_that_fits_where_sizes_are_powers_of_two(frees: list[int], sizes: list[int]) -> None:
    names = [f"n{index}" for index in range(len(frees))]
    everything = {"ready": True, "open": True, "held": []}
    nodes = {name: {**everything, "amounts": {GPU: free}} for name, free in zip(names, frees, strict=True)}
    nodes["gone"] = {**everything, "amounts": {GPU: 99}}
    rank = {"model": "m", "priority": 0, "preempts": True, "floor": 1, "on": ["gone"], "may_land_on": [*names, "gone"]}
    claims = [{**rank, "name": f"c{index}", "amounts": {GPU: size}} for index, size in enumerate(sizes)]
    anywhere = {index: set(range(len(frees))) for index in range(len(sizes))}
    assert floors_of({"nodes": nodes, "claims": claims}, ["gone"])["kept"] is exactly(frees, sizes, anywhere)


@given(fleets())
def test_leaving_nothing_breaks_nothing(drawn: tuple[Manifest, list[int], list[int], dict[int, set[int]]]) -> None:
    assert floors_of(drawn[0], [])["kept"]
