"""Security groups in the emulated account. Does not prove that moto refuses what is still referred to."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.aws.account import Account, NotEmulatedError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, translator
from tests.rehearsal.aws.network_pieces import security_group, vpc
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, round_trip

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"


@pytest.fixture(scope="module")
def network(account: Account) -> Resource:
    return vpc(account, "network")


@pytest.fixture(scope="module")
def group(account: Account, network: Resource) -> Resource:
    return security_group(account, network, "group")


def _rules(account: Account, group_id: str) -> list[dict[str, Any]]:
    here = [{"Name": "group-id", "Values": [group_id]}]
    return account.call("ec2", "describe_security_group_rules", Filters=here)["SecurityGroupRules"]


def test_a_group_goes_round(account: Account, network: Resource) -> None:
    inputs = {"name": "nodes", "description": "The nodes", "vpcId": network.id, "tagsAll": TAGS}
    made = round_trip(account, GROUP, inputs)
    assert made.outputs["arn"].endswith(f":security-group/{made.id}")


def test_a_group_has_lost_awss_own_egress_rule(account: Account, group: Resource) -> None:
    assert _rules(account, group.id) == []


@pytest.mark.parametrize("type_", [GROUP, DEFAULT])
def test_rules_inside_a_group_are_not_translated(account: Account, network: Resource, type_: str) -> None:
    rule = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
    with pytest.raises(NotEmulatedError, match="rules inside a group"):
        create(account, type_, "inline", name="inline", vpcId=network.id, egress=[rule])


def test_the_default_group_is_emptied_and_stays(account: Account) -> None:
    network = vpc(account, "closed", cidr="10.3.0.0/16")
    assert _rules(account, network.outputs["defaultSecurityGroupId"]) != []
    made = create(account, DEFAULT, "closed", vpcId=network.id, tagsAll=TAGS)
    assert made.id == network.outputs["defaultSecurityGroupId"]
    assert _rules(account, made.id) == []
    assert_read_back(account, made)
    delete(account, made)
    assert translator(DEFAULT).adopts
    assert account.call("ec2", "describe_security_groups", GroupIds=[made.id])["SecurityGroups"]
    delete(account, network)


def test_a_rule_put_into_the_default_group_is_a_difference(account: Account) -> None:
    network = vpc(account, "opened", cidr="10.4.0.0/16")
    inputs: dict[str, Any] = {"vpcId": network.id, "ingress": [], "egress": []}
    made = create(account, DEFAULT, "opened", **inputs)
    permission = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.call("ec2", "authorize_security_group_egress", GroupId=made.id, IpPermissions=[permission])
    assert set(differences(account, made)) == {"egress"}
    delete(account, network)


@pytest.mark.parametrize("type_", [INGRESS, EGRESS])
@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param({"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}, id="ipv4"),
        pytest.param({"ipProtocol": "tcp", "fromPort": 988, "toPort": 988, "cidrIpv6": "::/0"}, id="ipv6"),
        pytest.param({"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, id="all protocols"),
    ],
)
def test_a_rule_goes_round(account: Account, group: Resource, type_: str, inputs: dict[str, Any]) -> None:
    shared = {"securityGroupId": group.id, "description": "A rule", "tagsAll": TAGS}
    made = round_trip(account, type_, {**inputs, **shared})
    assert made.id == made.outputs["securityGroupRuleId"]
    assert made.id.startswith("sgr-")


def test_a_rule_for_another_group_goes_round(account: Account, network: Resource, group: Resource) -> None:
    other = security_group(account, network, "other")
    inputs = {"securityGroupId": group.id, "ipProtocol": "-1", "referencedSecurityGroupId": other.id}
    round_trip(account, INGRESS, {**inputs, "tagsAll": TAGS})
    delete(account, other)


def test_two_rules_of_one_port_stay_two(account: Account, group: Resource) -> None:
    port = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    first = create(account, INGRESS, "first", **port, cidrIpv4="10.0.0.0/24")
    second = create(account, INGRESS, "second", **port, cidrIpv4="10.0.1.0/24")
    delete(account, first)
    assert differences(account, second) == {}
    assert [rule["SecurityGroupRuleId"] for rule in _rules(account, group.id)] == [second.id]
    delete(account, second)


def test_a_group_is_emptied_before_it_is_deleted_where_asked(account: Account, network: Resource) -> None:
    made = create(account, GROUP, "full", name="full", vpcId=network.id, revokeRulesOnDelete=True)
    own = {"securityGroupId": made.id, "ipProtocol": "-1", "referencedSecurityGroupId": made.id}
    create(account, INGRESS, "own", **own)
    delete(account, made)
    assert _rules(account, made.id) == []
