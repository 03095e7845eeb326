"""What a replacement brings with it. Does not prove which changes replace a resource; replacements have their own."""

from __future__ import annotations

from rehearsal import sdk
from rehearsal.diff.changes import Because
from rehearsal.diff.rehearsed import RehearsalDocument
from tests.rehearsal.diff.sides_in_memory import (
    BUCKET,
    NODE_GROUP,
    ROUTE,
    SUBNET,
    VPC,
    diff_of,
    only,
    resource,
    side,
    urn,
)

ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROLE = "aws:iam/role:Role"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def network(cidr: str, id_: str = "vpc-1") -> RehearsalDocument:
    """A network, a subnet in it and a node group in that; the ids are seeded, and so the same on both sides."""
    vpc = resource(VPC, "vpc", {"cidrBlock": cidr}, id=id_)
    subnet = resource(SUBNET, "subnet", {"vpcId": id_}, id="subnet-1", takes={"vpcId": [vpc.urn]})
    group = resource(
        NODE_GROUP,
        "group",
        {"subnetIds": ["subnet-1"], "clusterName": "dev"},
        id="dev:group",
        takes={"subnetIds": [subnet.urn]},
    )
    table = resource(ROUTE_TABLE, "table", {"vpcId": id_}, id="rtb-1", takes={"vpcId": [vpc.urn]})
    route = resource(
        ROUTE,
        "route",
        {"routeTableId": "rtb-1", "natGatewayId": "nat-1"},
        takes={"routeTableId": [table.urn]},
    )
    return side(vpc, subnet, group, table, route)


def test_a_replacement_is_followed_through_ids_although_they_are_seeded() -> None:
    diff = diff_of(network("10.0.0.0/16"), network("10.1.0.0/16"))
    assert [each.name for each in diff.replaced] == ["vpc", "subnet", "group", "table", "route"]
    by_name = {each.name: each for each in diff.replaced}
    assert by_name["vpc"].because == []
    assert by_name["group"].because == [Because(property="subnetIds[0]", of=urn(SUBNET, "subnet"))]
    assert by_name["route"].because == [Because(property="routeTableId", of=urn(ROUTE_TABLE, "table"))]


def test_what_is_only_updated_ends_the_chain() -> None:
    def with_gateway(subnet: str) -> RehearsalDocument:
        gateway = resource("aws:ec2/natGateway:NatGateway", "nat", {"subnetId": subnet}, id="nat-1")
        route = resource(ROUTE, "route", {"natGatewayId": "nat-1"}, takes={"natGatewayId": [gateway.urn]})
        taker = resource(BUCKET, "taker", {"bucket": "route-id"}, takes={"bucket": [route.urn]})
        return side(gateway, route, taker)

    diff = diff_of(with_gateway("subnet-1"), with_gateway("subnet-2"))
    assert [each.name for each in diff.replaced] == ["nat"]
    assert only(diff.changed).follows == [Because(property="natGatewayId", of=only(diff.replaced).urn)]


def test_a_resource_known_by_a_given_name_keeps_it() -> None:
    def with_role(path: str, name: str) -> RehearsalDocument:
        arn = f"arn:aws:iam::111122223333:role/{name}"
        role = resource(ROLE, "role", {"name": name, "path": path}, id=name, outputs={"arn": arn, "uniqueId": "AROA1"})
        group = resource(NODE_GROUP, "group", {"nodeRoleArn": arn}, takes={"nodeRoleArn": [role.urn]})
        return side(role, group)

    assert [each.name for each in diff_of(with_role("/", "given"), with_role("/b/", "given")).replaced] == ["role"]
    # The provider gives another automatic name to the one that takes its place.
    made = sdk.automatic_name(ROLE, "role", urn(ROLE, "role"), {})
    assert made is not None
    automatic = made[1]
    diff = diff_of(with_role("/", automatic), with_role("/b/", automatic))
    assert [each.name for each in diff.replaced] == ["role", "group"]


def test_what_takes_something_that_stays_is_left_alone() -> None:
    def with_policy(lock: bool) -> RehearsalDocument:
        bucket = resource(BUCKET, "bucket", {"bucket": "models", "objectLockEnabled": lock}, id="models")
        policy = resource(POLICY, "policy", {"bucket": "models"}, takes={"bucket": [bucket.urn]})
        return side(bucket, policy)

    assert [each.name for each in diff_of(with_policy(False), with_policy(True)).replaced] == ["bucket"]


def test_what_is_not_known_before_the_update_is_taken_to_change() -> None:
    def planned(cidr: str) -> RehearsalDocument:
        vpc = resource(VPC, "vpc", {"cidrBlock": cidr}, id="", outcome="planned")
        subnet = resource(SUBNET, "subnet", {"vpcId": "[unknown]"}, id="", takes={"vpcId": [vpc.urn]})
        return side(vpc, subnet)

    diff = diff_of(planned("10.0.0.0/16"), planned("10.1.0.0/16"))
    assert [each.name for each in diff.replaced] == ["vpc", "subnet"]


def test_a_document_without_property_dependencies_is_followed_too() -> None:
    def older(cidr: str) -> RehearsalDocument:
        document = network(cidr)
        bare = tuple(each.model_copy(update={"property_dependencies": None}) for each in document.resources)
        return document.model_copy(update={"resources": bare})

    diff = diff_of(older("10.0.0.0/16"), older("10.1.0.0/16"))
    assert [each.name for each in diff.replaced] == ["vpc", "subnet", "group", "table", "route"]


def test_an_id_is_found_that_comes_by_way_of_another_resource() -> None:
    def with_association(cidr: str) -> RehearsalDocument:
        subnet = resource(SUBNET, "subnet", {"cidrBlock": cidr}, id="subnet-1")
        takes = {"subnetId": [subnet.urn]}
        through = resource(
            "aws:ec2/routeTableAssociation:RouteTableAssociation", "a", {"subnetId": "subnet-1"}, takes=takes
        )
        group = resource(NODE_GROUP, "group", {"subnetIds": ["subnet-1"]}, takes={"subnetIds": [through.urn]})
        return side(subnet, through, group)

    diff = diff_of(with_association("10.0.0.0/16"), with_association("10.1.0.0/16"))
    assert [each.name for each in diff.replaced] == ["subnet", "a", "group"]
    assert diff.replaced[-1].because == [Because(property="subnetIds[0]", of=urn(SUBNET, "subnet"))]


def test_what_many_resources_have_is_of_none_of_them() -> None:
    def shared(cidr: str) -> RehearsalDocument:
        outputs = {"region": "us-east-1", "dhcpOptionsId": "dopt-0123456789"}
        vpc = resource(VPC, "vpc", {"cidrBlock": cidr}, id="vpc-1", outputs=outputs)
        other = resource(VPC, "other", {"cidrBlock": "10.9.0.0/16"}, id="vpc-2", outputs=outputs)
        taker = resource(BUCKET, "taker", {"bucket": "dopt-0123456789", "bucketPrefix": "us-east-1"})
        return side(vpc, other, taker)

    assert [each.name for each in diff_of(shared("10.0.0.0/16"), shared("10.1.0.0/16")).replaced] == ["vpc"]


def test_what_is_new_is_not_replaced() -> None:
    new = network("10.1.0.0/16")
    old = network("10.0.0.0/16")
    without_group = old.model_copy(update={"resources": tuple(each for each in old.resources if each.name != "group")})
    diff = diff_of(without_group, new)
    assert [each.name for each in diff.added] == ["group"]
    assert "group" not in [each.name for each in diff.replaced]
