"""What EC2 refuses in security groups and their rules."""

from __future__ import annotations

import re

from rehearsal.checks.addresses import problem
from rehearsal.checks.reading import is_absent, known, number, of, text, texts
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.rules.network import differ, vpc_of
from rehearsal.checks.world import World
from rehearsal.plan import Registration

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LIMITS = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
AUTHORIZE = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html"

MOST_RULES = 60
MOST_CHARACTERS = 255
MOST_PORT = 65535
MOST_PROTOCOL = 255
_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*")
_CONNECTIONS = (
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
)
_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


@rule(GROUP, INGRESS, EGRESS, source=AUTHORIZE)
def description(r: Registration, _: World) -> Broken:
    """A description has at most 255 characters of EC2's set."""
    for at, value in texts(r, "description"):
        if len(value) > MOST_CHARACTERS or not _TEXT.fullmatch(value):
            yield (
                at,
                f"{value!r}: at most {MOST_CHARACTERS} letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*",
            )


@rule(GROUP, source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html")
def group_name(r: Registration, world: World) -> Broken:
    """A group's name does not start with sg-, and no other group of the VPC has it."""
    for at, name in texts(r, "name"):
        if name.startswith("sg-") or name == "default" or len(name) > MOST_CHARACTERS or not _TEXT.fullmatch(name):
            yield (
                at,
                f"{name!r}: at most {MOST_CHARACTERS} characters, not 'default' and not starting with sg-",
            )
        for other in world.of_type(GROUP):
            if text(r, "vpcId") and (of(other.outputs, "vpcId"), of(other.outputs, "name")) == (
                text(r, "vpcId"),
                name,
            ):
                yield at, f"the VPC has a security group {name} already: {other.registration.name}"


@rule(INGRESS, EGRESS, source=AUTHORIZE)
def one_source(r: Registration, _: World) -> Broken:
    """A rule has exactly one source or destination."""
    yield from exactly_one(r, _SOURCES, "a rule")
    for at, value in texts(r, "cidrIpv4"):
        wrong = problem(value)
        if wrong:
            yield at, wrong


@rule(INGRESS, EGRESS, source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html")
def group_of_vpc(r: Registration, world: World) -> Broken:
    """A rule refers to a group of the same VPC, or of one that is connected with it."""
    mine, theirs = (vpc_of(text(r, name) or "", world) for name in ("securityGroupId", "referencedSecurityGroupId"))
    if differ(mine, theirs) and not world.of_type(*_CONNECTIONS):
        yield "referencedSecurityGroupId", f"belongs to {theirs}, the rule's group to {mine}, and nothing connects them"


@rule(INGRESS, EGRESS, source=AUTHORIZE)
def ports(r: Registration, _: World) -> Broken:
    """A rule's protocol is known, and tcp and udp have ports from low to high."""
    protocol = next((str(value).lower() for _, value in known(r, "ipProtocol")), None)
    if protocol is None:
        return
    named = protocol in ("tcp", "udp", "icmp", "icmpv6", "-1")
    if not named and not (re.fullmatch(r"[0-9]{1,3}", protocol) and int(protocol) <= MOST_PROTOCOL):
        yield "ipProtocol", one_of(protocol, "tcp, udp, icmp, icmpv6, -1 or a number up to 255")
        return
    if protocol not in ("tcp", "udp", "6", "17"):
        return
    low, high = number(r, "fromPort"), number(r, "toPort")
    for name, port in (("fromPort", low), ("toPort", high)):
        if is_absent(r, name):
            yield name, f"is missing; {protocol} needs ports"
        elif port is not None and not 0 <= port <= MOST_PORT:
            yield name, f"{port} is not a port; allowed: 0 to {MOST_PORT}"
    if low is not None and high is not None and low > high:
        yield "fromPort", f"{low} is above toPort {high}"


@rule(INGRESS, EGRESS, source=LIMITS)
def rules_of_group(r: Registration, world: World) -> Broken:
    """A group has no rule twice, and at most 60 each way."""
    group = text(r, "securityGroupId")
    if group is None:
        return
    keys = ("ipProtocol", "fromPort", "toPort", *_SOURCES)
    mine = {key: value for key in keys for _, value in known(r, key)}
    complete = all(is_absent(r, key) or key in mine for key in keys)
    others = [other for other in world.of_type(r.type) if of(other.registration.inputs, "securityGroupId") == group]
    if len(others) >= MOST_RULES:
        yield "securityGroupId", f"{group} has {len(others)} rules already; the quota is {MOST_RULES}"
    for other in others:
        theirs = {key: other.registration.inputs[key] for key in keys if other.registration.inputs.get(key) is not None}
        if complete and theirs == mine:
            yield "", f"{group} has this very rule already: {other.registration.name}"
