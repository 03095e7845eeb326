"""What EKS refuses in add-ons, access entries and Pod Identity associations."""

from __future__ import annotations

import re

import yaml

from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_set, of, text, texts
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

ADDON, ENTRY = "aws:eks/addon:Addon", "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ENTRY_TYPES = (
    "STANDARD",
    "EC2_LINUX",
    "EC2_WINDOWS",
    "FARGATE_LINUX",
    "EC2",
    "HYBRID_LINUX",
    "HYPERPOD_LINUX",
)
MOST_CHARACTERS = 63
_ADDON_VERSION = re.compile(r"v\d+\.\d+\.\d+(?:-rc\.\d+)?(?:-eksbuild\.\d+)?")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


@rule(ADDON, source=facts.source("add_ons"))
def addon(r: Registration, _: World) -> Broken:
    """An add-on is one that EKS has, at a version of its form, configured in JSON."""
    for at, name in texts(r, "addonName"):
        # Add-ons of the AWS Marketplace are called seller_product.
        if name not in facts.values("add_ons") and "_" not in name:
            yield at, one_of(name, facts.values("add_ons"))
    for at, version in texts(r, "addonVersion"):
        if not _ADDON_VERSION.fullmatch(version):
            yield at, f"{version!r} is not an add-on version such as v1.12.4-eksbuild.1"
    for at, configuration in texts(r, "configurationValues"):
        if not isinstance(_parsed(configuration), dict | None):
            yield at, f"{configuration[:40]!r} is neither a JSON nor a YAML object"
    if text(r, "resolveConflictsOnCreate") == "PRESERVE":
        yield "resolveConflictsOnCreate", one_of("PRESERVE", ("NONE", "OVERWRITE"))


def _parsed(configuration: str) -> object:
    try:
        return yaml.safe_load(configuration)
    except yaml.YAMLError as error:
        return str(error)


@rule(ENTRY, source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html")
def entry(r: Registration, _: World) -> Broken:
    """An entry is for an IAM role or user, of a known type, without system: groups and names."""
    for at, kind in texts(r, "type"):
        if kind not in ENTRY_TYPES:
            yield at, one_of(kind, ENTRY_TYPES)
    for at, group in texts(r, "kubernetesGroups[]"):
        if group.startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
            yield at, f"{group!r}: the prefix is reserved; an access policy gives such rights"
    for at, name in texts(r, "userName"):
        if name.startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
            yield at, f"{name!r}: the prefix is reserved"
    for at, arn in texts(r, "principalArn"):
        if not re.match(r"arn:aws[a-z-]*:iam::\d{12}:(?:role|user)/", arn):
            yield at, f"{arn} is not the ARN of an IAM role or user"


@rule(ASSOCIATION, source="https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html")
def access_policy(r: Registration, world: World) -> Broken:
    """A policy is associated with an entry that stands, for the cluster or for namespaces that are named."""
    scope = text(r, "accessScope.type")
    if scope == "namespace" and is_absent(r, "accessScope.namespaces"):
        yield "accessScope.namespaces", "is missing; the scope is namespace"
    if scope == "cluster" and is_set(r, "accessScope.namespaces"):
        yield "accessScope.namespaces", "the scope is the cluster, which has no namespaces to name"
    cluster, principal = text(r, "clusterName"), text(r, "principalArn")
    entries = {(of(e.outputs, "clusterName"), of(e.outputs, "principalArn")) for e in world.of_type(ENTRY)}
    unknown_entry = any(None in found or any(not isinstance(part, str) for part in found) for found in entries)
    if cluster and principal and (cluster, principal) not in entries and not unknown_entry:
        yield "principalArn", f"cluster {cluster} has no access entry for {principal}"


@rule(
    POD_IDENTITY,
    source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html",
)
def pod_identity(r: Registration, _: World) -> Broken:
    """Namespace and service account have Kubernetes' grammar."""
    for path in ("namespace", "serviceAccount"):
        for at, name in texts(r, path):
            if not _DNS_LABEL.fullmatch(name) or (path == "namespace" and len(name) > MOST_CHARACTERS):
                yield at, f"{name!r} is not a Kubernetes name: lower-case letters, digits and -"
