"""Resources that say the same under another name."""

from __future__ import annotations

from tests.rehearsal.diff.sides_in_memory import BUCKET, SUBNET, VPC, diff_of, only, resource, side, urn


def test_a_rename_is_told_on_both_sides() -> None:
    old = side(resource(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"}))
    new = side(resource(VPC, "network", {"cidrBlock": "10.0.0.0/16"}))
    diff = diff_of(old, new)
    assert only(diff.removed).renamed == urn(VPC, "network")
    assert only(diff.added).renamed == urn(VPC, "vpc")


def test_the_own_name_and_an_automatic_one_may_differ() -> None:
    old = side(resource(BUCKET, "models", {"bucket": "models-0123abc", "tags": {"Name": "models"}}))
    new = side(resource(BUCKET, "weights", {"bucket": "weights-4567def", "tags": {"Name": "weights"}}))
    assert only(diff_of(old, new).removed).renamed == urn(BUCKET, "weights")


def test_what_refers_to_a_renamed_one_is_found_too() -> None:
    def network(name: str, id_: str) -> tuple[str, str, dict[str, str]]:
        return name, id_, {"arn": f"arn:aws:ec2:us-east-1:111122223333:vpc/{id_}"}

    old, new = (
        side(
            resource(VPC, name, {"cidrBlock": "10.0.0.0/16"}, id=id_, outputs=outputs),
            resource(SUBNET, f"{name}-a", {"vpcId": id_, "cidrBlock": "10.0.1.0/24"}),
        )
        for name, id_, outputs in (network("old", "vpc-1"), network("new", "vpc-2"))
    )
    assert {each.name: each.renamed for each in diff_of(old, new).removed} == {
        "old": urn(VPC, "new"),
        "old-a": urn(SUBNET, "new-a"),
    }


def test_of_several_the_nearest_name_is_taken() -> None:
    alike = {"cidrBlock": "10.0.0.0/16"}
    old = side(resource(VPC, "network-blue", alike))
    new = side(resource(VPC, "other", alike), resource(VPC, "network-green", alike))
    assert only(diff_of(old, new).removed).renamed == urn(VPC, "network-green")


def test_what_says_something_else_is_no_rename() -> None:
    old = side(resource(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"}))
    new = side(resource(VPC, "network", {"cidrBlock": "10.1.0.0/16"}), resource(SUBNET, "subnet", {}))
    diff = diff_of(old, new)
    assert only(diff.removed).renamed == ""
    assert {each.renamed for each in diff.added} == {""}
