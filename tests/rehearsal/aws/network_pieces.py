"""The pieces of a network that other things stand in, made in the emulated account."""

from __future__ import annotations

from rehearsal.aws.account import Account
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create
from tests.rehearsal.aws.round_trip import TAGS


def vpc(account: Account, name: str, cidr: str = "10.0.0.0/16") -> Resource:
    return create(account, "aws:ec2/vpc:Vpc", name, cidrBlock=cidr, tagsAll=TAGS)


def subnet(account: Account, network: Resource, name: str, cidr: str = "10.0.0.0/24") -> Resource:
    inputs = {"vpcId": network.id, "cidrBlock": cidr, "availabilityZone": "us-east-1a"}
    return create(account, "aws:ec2/subnet:Subnet", name, **inputs, tagsAll=TAGS)


def security_group(account: Account, network: Resource, name: str) -> Resource:
    inputs = {"name": name, "description": name, "vpcId": network.id, "tagsAll": TAGS}
    return create(account, "aws:ec2/securityGroup:SecurityGroup", name, **inputs)
