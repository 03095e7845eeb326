"""The section `cluster`: the EKS control plane and who may use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from catalogue.compatibility import load_compatibility
from stacks.aws_choices import named
from stacks.sections.section import Broken, Section
from stacks.value_types import Cidr, Flag, LogRetentionDays, Namespace, OneOf, RoleArn

if TYPE_CHECKING:
    from stacks.settings import Settings

ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"
_UNROUTABLE = tuple(
    map(
        IPv4Network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "224.0.0.0/3",
        ),
    )
)
WIDEST_PREFIX, WIDEST_PREFIX_PROD = 8, 16
"""Widest range of an allow-list: beyond /8 it is the internet in pieces; prod is more exact."""

MOST_CIDRS = 40
"""Public access ranges per cluster: https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html"""


@cache
def supported_versions() -> tuple[str, ...]:
    """Kubernetes minors of the compatibility lock, oldest first."""
    versions = load_compatibility().kubernetes_versions
    return tuple(sorted(versions, key=lambda version: [int(part) for part in version.split(".")]))


KubernetesVersion = Annotated[
    str, OneOf(supported_versions, "a Kubernetes version of catalogue/compatibility.yaml, in quotes")
]
AccessPolicy = Annotated[str, OneOf(lambda: named("access_policies"), "an EKS access policy")]


class AccessSettings(Section):
    """An access entry: what an IAM role may do in the cluster."""

    role_arn: RoleArn
    """IAM role that gets access"""

    policy: AccessPolicy
    """EKS access policy that says what the role may do"""

    namespaces: tuple[Namespace, ...] = ()
    """Namespaces that the policy holds for; the whole cluster when empty"""


class ClusterSettings(Section):
    """The EKS control plane."""

    kubernetes_version: KubernetesVersion
    """Kubernetes minor version, one of the compatibility lock"""

    public_endpoint_cidrs: tuple[Cidr, ...] = Field(default=(), max_length=MOST_CIDRS)
    """Ranges that may reach the API from the internet; only from inside the VPC when empty"""

    log_retention_days: LogRetentionDays = 90
    """How long control-plane logs are kept"""

    deletion_protection: Flag
    """Whether EKS refuses to delete the cluster"""

    access: tuple[AccessSettings, ...] = Field(min_length=1)
    """Who may use the cluster; its creator gets nothing by default"""


def public_endpoint(settings: Settings) -> Iterator[Broken]:
    """The public API endpoint is for listed networks, never for the whole internet."""
    prod = settings.ownership.environment == "prod"
    ranges = settings.cluster.public_endpoint_cidrs
    for index, cidr in enumerate(ranges):
        path, network = ("cluster", "public_endpoint_cidrs", index), IPv4Network(cidr)
        widest = WIDEST_PREFIX_PROD if prod else WIDEST_PREFIX
        if network.prefixlen == 0:
            yield Broken(path, cidr, "opens the Kubernetes API to the internet; list the networks that need it")
        elif network.prefixlen < widest:
            where = " in prod" if prod else ""
            yield Broken(path, cidr, f"too wide for an allow-list; allowed{where}: /{widest} or narrower")
        elif any(network.subnet_of(unroutable) for unroutable in _UNROUTABLE):
            yield Broken(
                path,
                cidr,
                "not an address of the internet; the VPC's own networks use the private endpoint already",
            )
    for cidr, count in Counter(ranges).items():
        if count > 1:
            yield Broken(("cluster", "public_endpoint_cidrs"), ranges, f"'{cidr}' is listed {count} times")


def administrator(settings: Settings) -> Iterator[Broken]:
    """Someone can administer the cluster: its creator can't, unless listed."""
    entries = settings.cluster.access
    # An empty list has its own fault already.
    if entries and not any(entry.policy == ADMIN_POLICY and not entry.namespaces for entry in entries):
        yield Broken(
            ("cluster", "access"),
            [entry.policy for entry in entries],
            f"nobody could administer the cluster; give one role '{ADMIN_POLICY}' without namespaces",
        )


def one_entry_per_role(settings: Settings) -> Iterator[Broken]:
    """EKS takes one access entry per role."""
    first: dict[str, int] = {}
    for index, entry in enumerate(settings.cluster.access):
        if entry.role_arn in first:
            yield Broken(
                ("cluster", "access", index, "role_arn"),
                entry.role_arn,
                f"cluster.access[{first[entry.role_arn]}] has the same role; EKS takes one entry per role",
            )
        first.setdefault(entry.role_arn, index)


RULES = (public_endpoint, administrator, one_entry_per_role)
