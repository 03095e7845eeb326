"""The engine's order. Does not prove that the program declares all of its dependencies: the API server refuses then."""

from __future__ import annotations

from rehearsal.cluster.levels import levels
from rehearsal.plan import Outcome, Registration, Resource


def resource(name: str, *needs: str) -> Resource:
    registration = Registration(name, "kubernetes:core/v1:X", name, "", custom=True, inputs={}, dependencies=needs)
    return Resource(registration, Outcome.RECORDED)


def names(found: list[list[Resource]]) -> list[list[str]]:
    return [[each.registration.name for each in level] for level in found]


def test_each_level_needs_none_but_those_before_it() -> None:
    everything = [resource("release", "namespace", "crds"), resource("crds", "namespace"), resource("namespace")]
    assert names(levels(everything, everything)) == [["namespace"], ["crds"], ["release"]]


def test_a_dependency_by_way_of_something_else_counts() -> None:
    role, first, second = resource("role", "first"), resource("first"), resource("second", "role")
    assert names(levels([second, first], [role, first, second])) == [["first"], ["second"]]


def test_what_nothing_orders_comes_at_once() -> None:
    both = [resource("object"), resource("namespace")]
    assert names(levels(both, both)) == [["object", "namespace"]]


def test_a_circle_does_not_hang() -> None:
    both = [resource("a", "b"), resource("b", "a")]
    assert sorted(name for level in names(levels(both, both)) for name in level) == ["a", "b"]
