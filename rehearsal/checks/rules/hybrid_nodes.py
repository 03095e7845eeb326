"""What AWS refuses in remote networks, trust anchors, profiles and activations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network

from rehearsal.checks.addresses import block, problem
from rehearsal.checks.reading import is_absent, is_given, numbers, of, text, texts
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.rules.eks_access import ENTRY
from rehearsal.checks.rules.eks_cluster import CLUSTER, PRIVATE_BLOCKS
from rehearsal.checks.rules.network import VPC
from rehearsal.checks.trust import trusts
from rehearsal.checks.world import World
from rehearsal.plan import Registration

ANCHOR, PROFILE = "aws:rolesanywhere/trustAnchor:TrustAnchor", "aws:rolesanywhere/profile:Profile"
ACTIVATION, ROLE = "aws:ssm/activation:Activation", "aws:iam/role:Role"
SOURCES = {"CERTIFICATE_BUNDLE": "x509CertificateData", "AWS_ACM_PCA": "acmPcaArn"}
SESSION = range(900, 43201)
MOST_MACHINES = 1000
_NAME = re.compile(r"[ a-zA-Z0-9_-]{1,255}")
LONGEST_ACTIVATION = timedelta(days=30)


@rule(CLUSTER, source="https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteNodeNetwork.html")
def remote_networks(r: Registration, world: World) -> Broken:
    """Remote networks are private, apart from one another and from the VPC; their nodes need access entries."""
    taken = [("the VPC's", vpc) for vpc in _vpc_blocks(r, world)]
    nodes = [*texts(r, "remoteNetworkConfig.remoteNodeNetworks.cidrs[]")]
    for at, value in (*nodes, *texts(r, "remoteNetworkConfig.remotePodNetworks.cidrs[]")):
        network = block(value)
        if network is None:
            yield at, problem(value) or ""
            continue
        if not any(network.subnet_of(private) for private in PRIVATE_BLOCKS):  # pyright: ignore[reportArgumentType] - ip_network of an IPv4 literal
            yield at, f"{value} is not allowed; allowed: blocks within {', '.join(map(str, PRIVATE_BLOCKS))}"
        for whose, other in taken:
            if network.overlaps(other):
                yield at, f"{value} overlaps {whose} {other}"
        taken.append(("another remote network,", network))
    mode = text(r, "accessConfig.authenticationMode")
    if nodes and (mode == "CONFIG_MAP" or is_absent(r, "accessConfig")):
        yield "accessConfig", "hybrid nodes need authentication mode API or API_AND_CONFIG_MAP"


def _vpc_blocks(r: Registration, world: World) -> Iterator[IPv4Network]:
    for _, subnet in texts(r, "vpcConfig.subnetIds[]"):
        found = world.find(subnet, "aws:ec2/subnet:Subnet")
        vpc = world.find(str(of(found.outputs, "vpcId")), VPC) if found else None
        outer = block(of(vpc.outputs, "cidrBlock")) if vpc else None
        if outer:
            yield outer
            return


@rule(ENTRY, source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html")
def node_entry(r: Registration, world: World) -> Broken:
    """An entry of nodes has neither groups nor a name of ours; its role is one that such nodes can have."""
    kind = text(r, "type")
    if kind in (None, "STANDARD"):
        return
    for path in ("kubernetesGroups", "userName"):
        if is_given(r, path):
            yield path, f"EKS gives them to an entry of type {kind} itself"
    services = {
        "EC2_LINUX": ("ec2.amazonaws.com",),
        "EC2_WINDOWS": ("ec2.amazonaws.com",),
        "HYBRID_LINUX": ("rolesanywhere.amazonaws.com", "ssm.amazonaws.com"),
    }.get(kind)
    role = world.find(text(r, "principalArn") or "", ROLE)
    if services and role is not None and not any(trusts(role, service) for service in services):
        yield "principalArn", f"the trust policy of {role.registration.name} lets no {' or '.join(services)} assume it"


@rule(ANCHOR, source="https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateTrustAnchor.html")
def anchor_source(r: Registration, _: World) -> Broken:
    """A trust anchor has the source that its type says."""
    for at, kind in texts(r, "source.sourceType"):
        if kind not in SOURCES:
            yield at, one_of(kind, tuple(SOURCES))
        elif is_absent(r, f"source.sourceData.{SOURCES[kind]}"):
            yield f"source.sourceData.{SOURCES[kind]}", f"is missing; the source is {kind}"
    yield from exactly_one(r, [f"source.sourceData.{key}" for key in SOURCES.values()], "a trust anchor")
    for at, data in texts(r, "source.sourceData.x509CertificateData"):
        if "-----BEGIN CERTIFICATE-----" not in data:
            yield at, "is no certificate in PEM"


@rule(ANCHOR, PROFILE, source="https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateProfile.html")
def names_and_durations(r: Registration, _: World) -> Broken:
    """Names have letters, digits, spaces, hyphens and underscores; a session lasts 15 minutes to 12 hours."""
    for at, name in texts(r, "name"):
        if not _NAME.fullmatch(name):
            yield at, f"{name!r} is not allowed; allowed: up to 255 letters, digits, spaces, - and _"
    for at, seconds in numbers(r, "durationSeconds"):
        if not SESSION.start <= seconds < SESSION.stop:
            yield at, f"{seconds} is not allowed; allowed: {SESSION.start} to {SESSION.stop - 1}"


@rule(PROFILE, source="https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html")
def profile_roles(r: Registration, world: World) -> Broken:
    """A profile's roles let IAM Roles Anywhere assume them."""
    for at, arn in texts(r, "roleArns[]"):
        role = world.find(arn, ROLE)
        if role is not None and not trusts(role, "rolesanywhere.amazonaws.com"):
            yield at, f"the trust policy of {role.registration.name} does not let rolesanywhere.amazonaws.com assume it"


@rule(ACTIVATION, source="https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html")
def activation(r: Registration, world: World) -> Broken:
    """An activation's role trusts SSM, and it ends within 30 days."""
    role = world.named(ROLE, text(r, "iamRole") or "")
    if role is not None and not trusts(role, "ssm.amazonaws.com"):
        yield "iamRole", f"the trust policy of {role.registration.name} does not let ssm.amazonaws.com assume it"
    for at, limit in numbers(r, "registrationLimit"):
        if not 1 <= limit <= MOST_MACHINES:
            yield at, f"{limit} is not allowed; allowed: 1 to {MOST_MACHINES}"
    for at, value in texts(r, "expirationDate"):
        try:
            ends = datetime.fromisoformat(value)
        except ValueError:
            yield at, f"{value!r} is not a time such as 2026-12-15T23:59:59Z"
            continue
        if ends.tzinfo is None or not datetime.now(UTC) < ends <= datetime.now(UTC) + LONGEST_ACTIVATION:
            yield at, f"{value} is not within the next {LONGEST_ACTIVATION.days} days"
