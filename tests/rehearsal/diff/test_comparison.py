"""What becomes of each resource when one side takes the place of the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from rehearsal.diff import changes
from rehearsal.diff.changes import Against, PropertyChange
from rehearsal.diff.rehearsed import Fault, empty
from tests.rehearsal.diff.environments import previewed
from tests.rehearsal.diff.sides_in_memory import (
    BUCKET,
    NODE_GROUP,
    SUBNET,
    VPC,
    diff_of,
    diff_of_inputs,
    only,
    pack,
    resource,
    side,
)


def test_every_resource_is_in_one_list() -> None:
    old = side(resource(VPC, "vpc", {"cidrBlock": "a"}), resource(SUBNET, "gone"), resource(BUCKET, "same"))
    new = side(resource(VPC, "vpc", {"cidrBlock": "b"}), resource(NODE_GROUP, "come"), resource(BUCKET, "same"))
    diff = diff_of(old, new)
    assert diff.counts == {"added": 1, "changed": 0, "replaced": 1, "removed": 1, "unchanged": 1}
    assert only(diff.added).name == "come"
    assert only(diff.removed).name == "gone"
    change = PropertyChange(property="cidrBlock", kind="changed", old="a", new="b", replaces=True)
    assert only(diff.replaced).changes[0].model_copy(update={"source": ""}) == change
    assert "vpc_.go" in only(diff.replaced).changes[0].source


def test_components_and_the_stack_are_not_counted() -> None:
    old = side(resource("llm-platform:network:Network", "network", outcome="component"))
    new = side(
        resource("llm-platform:keys:Keys", "keys", outcome="skipped"),
        resource("pulumi:pulumi:Stack", "llm-platform-dev", outcome="component"),
    )
    assert set(diff_of(old, new).counts.values()) == {0}


def test_an_environment_does_not_differ_from_itself() -> None:
    document = previewed("dev")
    diff = diff_of(document, document)
    assert (diff.added, diff.changed, diff.replaced, diff.removed, diff.uncompared) == ([], [], [], [], [])


def test_provider_tags_are_told_once() -> None:
    old = {"tags": {"team": "a"}, "tagsAll": {"team": "a", "owner": "x"}}
    new = {"tags": {"team": "b"}, "tagsAll": {"team": "b", "owner": "y"}}
    told = [change.property for change in only(diff_of_inputs(BUCKET, old, new).changed).changes]
    assert told == ["tags.team", "tagsAll.owner"]
    first = only(diff_of_inputs(BUCKET, {"tagsAll": {}}, {"tags": {"a": "b"}, "tagsAll": {"a": "b"}}).changed)
    assert [change.property for change in first.changes] == ["tagsAll.a"]


def test_an_unknown_value_is_no_change_but_told() -> None:
    diff = diff_of_inputs(SUBNET, {"vpcId": "vpc-1", "mapPublicIpOnLaunch": False}, {"vpcId": "[unknown]"})
    assert [change.property for change in only(diff.changed).changes] == ["mapPublicIpOnLaunch"]
    assert diff.uncompared[0].properties == ["vpcId"]
    assert "vpcId is known only after the update" in only(diff.changed).notes[0]


def test_what_the_program_ignores_is_no_change_but_told() -> None:
    old, new = {"scalingConfig": {"desiredSize": 1, "maxSize": 2}}, {"scalingConfig": {"desiredSize": 5, "maxSize": 3}}
    options = {"ignore_changes": ("scalingConfig.desiredSize",)}
    changed = only(diff_of_inputs(NODE_GROUP, old, new, **options).changed)
    assert [change.property for change in changed.changes] == ["scalingConfig.maxSize"]
    assert changed.notes == ["scalingConfig.desiredSize differs too, which the program ignores (ignoreChanges)"]
    assert diff_of_inputs(VPC, {"cidrBlock": "a"}, {"cidrBlock": "b"}, ignore_changes=("*",)).counts["unchanged"] == 1


def test_a_protection_that_is_lifted_is_a_change() -> None:
    diff = diff_of(side(resource(BUCKET, "b", protect=True)), side(resource(BUCKET, "b")))
    assert only(diff.changed).changes == [PropertyChange(property="protect", kind="option", old=True, new=False)]


@pytest.mark.parametrize(("before", "after", "refused"), [(True, True, True), (True, False, False)])
def test_the_engine_refuses_to_replace_what_stays_protected(before: bool, after: bool, refused: bool) -> None:
    old = side(resource(VPC, "vpc", {"cidrBlock": "a"}, protect=before))
    new = side(resource(VPC, "vpc", {"cidrBlock": "b"}, protect=after))
    assert only(diff_of(old, new).replaced).protected is refused


def test_what_is_removed_is_judged_by_what_it_was() -> None:
    diff = diff_of(side(resource(VPC, "vpc", protect=True, retain_on_delete=True)), side())
    removed = only(diff.removed)
    assert (removed.protected, removed.retained) == (True, True)


def test_secrets_stay_masked() -> None:
    diff = diff_of_inputs(BUCKET, {"bucket": "[secret]"}, {"bucket": "plain"})
    change = only(diff.replaced).changes[0]
    assert (change.old, change.new) == ("[secret]", "[secret]")


def test_a_program_that_does_not_come_to_its_end_removes_nothing() -> None:
    broken = side(faults=(Fault(urn="", check="program", message="KeyError: 'a'"),))
    diff = diff_of(side(resource(VPC, "vpc")), broken)
    assert (diff.complete, diff.removed, diff.fails) == (False, [], True)
    assert diff.notes[0].startswith("the program did not come to its end")


def test_a_stack_that_the_other_side_lacks_is_added() -> None:
    diff = diff_of(empty("dev"), side(resource(VPC, "vpc")), Against(given="main", exists=False))
    assert diff.counts["added"] == 1
    assert diff.notes == ["main has no stack dev: everything is added"]


def test_a_stack_that_is_gone_is_removed() -> None:
    diff = diff_of(side(resource(VPC, "vpc")), empty("dev"))
    assert diff.counts["removed"] == 1
    assert diff.notes == ["there is no stack dev any more: everything is removed"]


def test_stack_outputs_are_compared_by_name() -> None:
    old, new = side(outputs={"a": 1, "b": 1, "c": 1}), side(outputs={"a": 1, "b": 2, "d": 1})
    outputs = diff_of(old, new).outputs
    assert (outputs.added, outputs.changed, outputs.removed) == (["d"], ["b"], ["c"])


def test_a_side_without_a_pack_is_told() -> None:
    diff = diff_of(side(), side(policies=pack()))
    assert diff.policies is not None
    assert not diff.policies.compared
    assert "main had no policy pack: every violation is told as new" in diff.notes
    assert diff_of(side(policies=pack()), side()).notes[-1] == "there is no policy pack any more"
    assert diff_of(side(), side()).policies is None


def test_the_reference_has_every_key() -> None:
    reference = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "diff-json.md").read_text()
    parts = [part for part in vars(changes).values() if isinstance(part, type) and issubclass(part, BaseModel)]
    keys = {key for part in parts for key in part.model_fields}
    assert not {key for key in keys if f"`{key}`" not in reference}
