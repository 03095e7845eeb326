"""What EKS refuses in clusters: versions, zones, addresses, roles."""

from __future__ import annotations

import re
from ipaddress import ip_network

from catalogue.compatibility import load_compatibility
from rehearsal.checks.addresses import block, problem
from rehearsal.checks.reading import is_absent, items, of, text, texts, truth
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.rules.network import VPC, zone_of
from rehearsal.checks.trust import trusts
from rehearsal.checks.world import World
from rehearsal.plan import Registration

CLUSTER, NODE_GROUP = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"
CREATE = "https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html"
ZONES_NEEDED = 2
SERVICE_PREFIXES = range(12, 25)
MOST_PUBLIC_CIDRS = 40
PRIVATE_BLOCKS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
RESERVED_BLOCKS = (
    *PRIVATE_BLOCKS,
    *map(ip_network, ("100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")),
)


@rule(CLUSTER, source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html")
def version(r: Registration, _: World) -> Broken:
    """The Kubernetes version is one that the compatibility lock supports."""
    supported = tuple(load_compatibility().kubernetes_versions)
    for at, value in texts(r, "version"):
        if value not in supported:
            yield at, one_of(value, supported)


@rule(NODE_GROUP, source="https://docs.aws.amazon.com/eks/latest/userguide/update-managed-node-group.html")
def node_version(r: Registration, world: World) -> Broken:
    """Nodes are not newer than their control plane."""
    cluster = world.named(CLUSTER, text(r, "clusterName") or "")
    theirs = of(cluster.outputs, "version") if cluster else None
    for at, value in texts(r, "version"):
        if isinstance(theirs, str) and _minor(value) > _minor(theirs):
            yield at, f"{value} is newer than the control plane's {theirs}"


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))


@rule(CLUSTER, source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html")
def two_zones(r: Registration, world: World) -> Broken:
    """A cluster's subnets are in at least two zones."""
    subnets = items(r, "vpcConfig.subnetIds")
    if subnets is None:
        return
    zones = [zone_of(subnet, world) for subnet in subnets if isinstance(subnet, str)]
    if len(subnets) < ZONES_NEEDED or (None not in zones and len(set(zones)) < ZONES_NEEDED):
        seen = ", ".join(sorted({zone for zone in zones if zone})) or "none"
        yield "vpcConfig.subnetIds", f"{len(subnets)} subnets in {seen}; a cluster needs two zones"


@rule(CLUSTER, source="https://docs.aws.amazon.com/eks/latest/APIReference/API_VpcConfigRequest.html")
def api_endpoint(r: Registration, _: World) -> Broken:
    """The API has an endpoint, and the public one's allow-list is of public addresses."""
    if truth(r, "vpcConfig.endpointPublicAccess") is False and (
        truth(r, "vpcConfig.endpointPrivateAccess") is False or is_absent(r, "vpcConfig.endpointPrivateAccess")
    ):
        yield "vpcConfig.endpointPrivateAccess", "neither the private nor the public endpoint is on"
    ranges = list(texts(r, "vpcConfig.publicAccessCidrs[]"))
    if len(ranges) > MOST_PUBLIC_CIDRS:
        yield "vpcConfig.publicAccessCidrs", f"{len(ranges)} ranges; at most {MOST_PUBLIC_CIDRS}"
    for at, value in ranges:
        wrong, network = problem(value), block(value)
        if wrong:
            yield at, wrong
        elif network and any(network.subnet_of(reserved) for reserved in RESERVED_BLOCKS):  # pyright: ignore[reportArgumentType] - ip_network of an IPv4 literal
            yield at, f"{value} is a reserved range; an allow-list has public addresses"


@rule(
    CLUSTER,
    source="https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html",
)
def service_addresses(r: Registration, world: World) -> Broken:
    """The services' block is private, /12 to /24, and apart from the VPC."""
    for at, value in texts(r, "kubernetesNetworkConfig.serviceIpv4Cidr"):
        network = block(value)
        if network is None:
            yield at, problem(value) or ""
            continue
        if network.prefixlen not in SERVICE_PREFIXES or not any(network.subnet_of(b) for b in PRIVATE_BLOCKS):  # pyright: ignore[reportArgumentType] - as above
            yield (
                at,
                f"{value} is not allowed; allowed: /12 to /24 within {', '.join(map(str, PRIVATE_BLOCKS))}",
            )
        for _, subnet in texts(r, "vpcConfig.subnetIds[]"):
            found = world.find(subnet, "aws:ec2/subnet:Subnet")
            vpc = world.find(str(of(found.outputs, "vpcId")), VPC) if found else None
            outer = block(of(vpc.outputs, "cidrBlock")) if vpc else None
            if outer and outer.overlaps(network):
                yield at, f"{value} overlaps the VPC's {outer}"
                break


@rule(CLUSTER, source="https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html")
def encrypted_resources(r: Registration, _: World) -> Broken:
    """Envelope encryption is for secrets."""
    for at, value in texts(r, "encryptionConfig.resources[]"):
        if value != "secrets":
            yield at, one_of(value, ("secrets",))


_TRUSTED = {
    (CLUSTER, "roleArn"): "eks.amazonaws.com",
    (NODE_GROUP, "nodeRoleArn"): "ec2.amazonaws.com",
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "roleArn"): "pods.eks.amazonaws.com",
    ("aws:sagemaker/model:Model", "executionRoleArn"): "sagemaker.amazonaws.com",
    ("aws:rds/cluster:Cluster", "monitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("aws:rds/clusterInstance:ClusterInstance", "monitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("aws:rds/clusterRoleAssociation:ClusterRoleAssociation", "roleArn"): "rds.amazonaws.com",
    ("aws:rds/proxy:Proxy", "roleArn"): "rds.amazonaws.com",
    ("aws:ec2/flowLog:FlowLog", "iamRoleArn"): "vpc-flow-logs.amazonaws.com",
}
"""Roles that a service assumes, and the service."""


@rule(
    *(type_ for type_, _ in _TRUSTED),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
)
def trusted(r: Registration, world: World) -> Broken:
    """A role that a service is to assume trusts that service."""
    for (type_, path), service in _TRUSTED.items():
        for at, arn in texts(r, path) if type_ == r.type else ():
            role = world.find(arn, "aws:iam/role:Role")
            if role is not None and not trusts(role, service):
                yield at, f"the trust policy of {role.registration.name} does not let {service} assume it"
