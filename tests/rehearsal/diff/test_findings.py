"""Which violations and faults are new, gone or others than before."""

from __future__ import annotations

from rehearsal.diff.changes import PolicyChanges
from rehearsal.diff.findings import compare_policies
from rehearsal.diff.rehearsed import Fault, Finding
from tests.rehearsal.diff.sides_in_memory import diff_of, finding, pack, resource, side


def changes(old: list[Finding], new: list[Finding]) -> PolicyChanges:
    compared = compare_policies(side(policies=pack(*old)), side(policies=pack(*new)))
    assert compared is not None
    return compared


def test_violations_are_told_apart() -> None:
    stands, goes, comes = finding("a", "x", urn="u"), finding("b", "y", urn="u"), finding("a", "x", urn="v")
    found = changes([stands, goes], [stands, comes])
    assert [each.urn for each in found.new] == ["v"]
    assert [each.policy for each in found.resolved] == ["b"]
    assert [each.policy for each in found.standing] == ["a"]
    assert found.changed == []


def test_a_violation_that_reads_otherwise_is_the_same_one() -> None:
    found = changes([finding("a", "port 22", urn="u")], [finding("a", "port 3389", urn="u")])
    assert [(each.message, each.previous_message, each.previous_level) for each in found.changed] == [
        ("port 3389", "port 22", "")
    ]
    assert (found.new, found.resolved) == ([], [])


def test_a_level_that_changes_is_told() -> None:
    found = changes([finding("a", "x", "advisory")], [finding("a", "x", "mandatory")])
    assert [(each.level, each.previous_level) for each in found.changed] == [("mandatory", "advisory")]
    assert [each.policy for each in found.mandatory] == ["a"]


def test_a_second_violation_of_a_resource_is_new() -> None:
    found = changes([finding("a", "x", urn="u")], [finding("a", "x", urn="u"), finding("a", "y", urn="u")])
    assert [each.message for each in found.new] == ["y"]


def test_exemptions_that_come_and_go_are_told() -> None:
    exemption = {"policy": "a", "resource": "r", "owner": "o", "reason": "why", "expires": "2027-01-01"}
    longer = {**exemption, "expires": "2028-01-01"}
    found = compare_policies(side(policies=pack(exemptions=(exemption,))), side(policies=pack(exemptions=(longer,))))
    assert found is not None
    assert (found.exemptions_added, found.exemptions_removed) == ([longer], [exemption])


def test_only_mandatory_violations_and_faults_fail() -> None:
    old = side()
    assert not diff_of(old, side(policies=pack(finding("a", "x", "advisory")))).fails
    assert diff_of(old, side(policies=pack(finding("a", "x")))).fails
    standing = side(policies=pack(finding("a", "x")))
    assert diff_of(standing, standing).fails, "what stands is to be mended too"
    assert diff_of(old, side(faults=(Fault(urn="u", check="rule", message="x"),))).fails
    assert not diff_of(side(faults=(Fault(urn="u", check="rule", message="x"),)), old).fails


def test_faults_are_new_standing_or_resolved() -> None:
    stands, goes = Fault(urn="u", check="rule", message="x"), Fault(urn="u", check="rule", message="y")
    comes = Fault(urn="v", check="rule", message="x")
    violation = Fault(urn="u", check="policy", message="told in the section of the policies")
    diff = diff_of(side(resource("t", "n"), faults=(stands, goes, violation)), side(faults=(stands, comes, violation)))
    assert [(each.urn, each.new) for each in diff.faults] == [("u", False), ("v", True)]
    assert diff.resolved_faults == 1
