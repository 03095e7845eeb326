"""Networks as the engine's previews show them: what is not known yet, what AWS fills in, what stands elsewhere.

Does not prove that a packet takes a way: network access lists and hosts' own firewalls are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from policies.network_access.no_path_from_internet_to_database import POLICY
from policies.policy import Judgement
from tests.policies.sample import UNKNOWN, Sample, stack_of

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OFFICE = "203.0.113.0/24"


def judge(*samples: Sample, **configuration: Any) -> Judgement:
    return POLICY.judge(stack_of(samples), POLICY.configuration(configuration))


def database(groups: Sequence[str], **inputs: Any) -> Sample:
    return Sample(
        "aws:rds/cluster:Cluster",
        "database",
        {"vpcSecurityGroupIds": [UNKNOWN], "dbSubnetGroupName": "elsewhere", **inputs},
        refers={"vpcSecurityGroupIds": groups},
    )


def group(name: str, **inputs: Any) -> Sample:
    return Sample(GROUP, name, inputs, {"id": UNKNOWN})


def rule(name: str, into: str, **inputs: Any) -> Sample:
    return Sample(RULE, name, {"securityGroupId": UNKNOWN, **inputs}, refers={"securityGroupId": [into]})


def test_the_way_is_said() -> None:
    nodes = rule("nodes-into-data", "data", referencedSecurityGroupId=UNKNOWN).changed(
        refers={"securityGroupId": ["data"], "referencedSecurityGroupId": ["nodes"]}
    )
    [violation] = judge(
        database(["data"]), group("data"), group("nodes"), nodes, rule("in", "nodes", cidrIpv4=OFFICE)
    ).violations

    assert violation.fault == f"can be reached from the internet: {OFFICE} -> nodes -> data"
    assert violation.path == "vpcSecurityGroupIds"


def test_rules_that_aws_fills_in_are_not_waited_for() -> None:
    judged = judge(database(["data"]), group("data", ingress=UNKNOWN))

    assert judged == Judgement()


def test_rules_that_the_program_gives_are_waited_for() -> None:
    given = group("data", ingress=UNKNOWN).changed(refers={"ingress": ["elsewhere"]})
    judged = judge(database(["data"]), given, Sample("aws:ec2/eip:Eip", "elsewhere", {}))

    assert judged.violations == ()
    assert judged.undecided == ("ingress",)


def test_an_unknown_range_hides_no_other() -> None:
    judged = judge(
        database(["data"]), group("data", ingress=[{"cidrBlocks": [UNKNOWN, OFFICE]}, {"cidrBlocks": UNKNOWN}])
    )

    assert len(judged.violations) == 1
    assert judged.undecided == ("ingress.0.cidrBlocks.0",)


def test_a_group_of_another_stack_is_known_by_its_id() -> None:
    rules = rule("in", "nobody", securityGroupId="sg-shared", cidrIpv4=OFFICE)

    assert judge(database([], vpcSecurityGroupIds=["sg-shared"]), rules).violations
    assert not judge(database([], vpcSecurityGroupIds=["sg-other"]), rules).violations


def test_an_unadopted_default_group_is_the_vpcs() -> None:
    vpc = Sample("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.40.0.0/16"}, {"defaultSecurityGroupId": UNKNOWN})

    assert judge(database(["vpc"]), vpc, rule("in", "vpc", cidrIpv4=OFFICE)).violations


def test_entries_of_prefix_lists_are_ranges() -> None:
    offices = Sample("aws:ec2/managedPrefixList:ManagedPrefixList", "offices", {"entries": [{"cidr": "10.1.0.0/16"}]})
    rules = rule("in", "data", prefixListId=UNKNOWN).changed(
        refers={"securityGroupId": ["data"], "prefixListId": ["offices"]}
    )
    entry = Sample(
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
        "office",
        {"cidr": OFFICE, "prefixListId": UNKNOWN},
        refers={"prefixListId": ["offices"]},
    )

    assert not judge(database(["data"]), group("data"), rules, offices).violations
    assert judge(database(["data"]), group("data"), rules, offices, entry).violations


def test_a_range_of_another_network_lets_no_member_of_a_group_in() -> None:
    vpc = Sample("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.40.0.0/16"}, {"id": "vpc-1"})
    nodes = group("nodes", vpcId="vpc-1").changed(refers={"vpcId": ["vpc"]})
    others = [vpc, nodes, group("data"), rule("office", "nodes", cidrIpv4=OFFICE)]

    assert not judge(database(["data"]), *others, rule("in", "data", cidrIpv4="10.41.0.0/16")).violations
    assert judge(database(["data"]), *others, rule("in", "data", cidrIpv4="10.40.0.0/18")).violations


def subnets(*, default_table: bool) -> list[Sample]:
    """Return a database's subnet without a table of its own."""
    route = {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    tables = [Sample("aws:ec2/defaultRouteTable:DefaultRouteTable", "main", {"routes": [route]})]
    return [
        Sample("aws:ec2/subnet:Subnet", "subnet", {}, {"id": "subnet-1"}),
        Sample("aws:rds/subnetGroup:SubnetGroup", "subnets", {"name": "subnets", "subnetIds": ["subnet-1"]}),
        *(tables if default_table else []),
    ]


def test_a_subnet_without_a_table_has_the_main_one() -> None:
    judged = judge(database([], dbSubnetGroupName="subnets"), *subnets(default_table=True))

    assert [each.fault for each in judged.violations] == ["stands in subnet, which has a route to an internet gateway"]
    assert not judge(database([], dbSubnetGroupName="subnets"), *subnets(default_table=False)).violations


def test_a_subnet_may_be_taken_from_its_association() -> None:
    table = Sample("aws:ec2/routeTable:RouteTable", "table", {"routes": [{"gatewayId": "igw-1"}]}, {"id": UNKNOWN})
    subnet = Sample("aws:ec2/subnet:Subnet", "subnet", {}, {"id": UNKNOWN})
    association = Sample(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "association",
        {"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
        refers={"subnetId": ["subnet"], "routeTableId": ["table"]},
    )
    group_ = Sample(
        "aws:rds/subnetGroup:SubnetGroup",
        "subnets",
        {"name": "subnets", "subnetIds": [UNKNOWN]},
        refers={"subnetIds": ["association"]},
    )
    judged = judge(database([], dbSubnetGroupName="subnets"), table, subnet, association, group_)

    assert len(judged.violations) == 1


def test_another_table_may_be_made_the_main_one() -> None:
    tables = [
        Sample("aws:ec2/routeTable:RouteTable", "table", {}, {"id": "rtb-1"}),
        Sample("aws:ec2/route:Route", "out", {"routeTableId": "rtb-1", "gatewayId": "igw-1"}),
        Sample("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation", "main", {"routeTableId": "rtb-1"}),
    ]

    assert judge(database([], dbSubnetGroupName="subnets"), *subnets(default_table=False), *tables).violations


def test_a_default_subnet_leads_to_the_internet() -> None:
    subnet, *others = subnets(default_table=False)
    made = [subnet.changed(type="aws:ec2/defaultSubnet:DefaultSubnet"), *others]

    assert judge(database([], dbSubnetGroupName="subnets"), *made).violations


def test_an_unknown_subnet_group_is_no_default_one() -> None:
    unknown = database([], dbSubnetGroupName=UNKNOWN)
    named = unknown.changed(refers={"dbSubnetGroupName": ["subnets"]})

    assert judge(unknown).violations == ()
    assert judge(unknown).undecided == ("dbSubnetGroupName",)
    assert judge(named, *subnets(default_table=False)) == Judgement()


def test_a_replica_stands_where_its_source_does() -> None:
    assert judge(database([], dbSubnetGroupName=None)).violations
    assert not judge(database([], dbSubnetGroupName=None, replicationSourceIdentifier="source")).violations


def test_a_stack_without_databases_has_no_paths() -> None:
    assert judge() == Judgement()
    assert judge(group("nodes"), rule("in", "nodes", cidrIpv4=OFFICE)) == Judgement()
