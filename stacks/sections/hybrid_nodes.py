"""The section `hybrid_nodes`: DGX systems on one's own premises that join the cluster as EKS Hybrid Nodes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks.sections.section import Section
from stacks.value_types import Cidr, Day, DgxName, GroupName, HostName, MigLayout, Pem, PrivateCaArn, Whole

CredentialProvider = Literal["iam-roles-anywhere", "ssm"]
GpuPool = Literal["training", "inference"]


class CertificateAuthoritySettings(Section):
    """Who signs the hosts' certificates: one of the two."""

    pem: Pem | None = None
    """Certificates of one's own CA, in PEM; no private key"""

    private_ca_arn: PrivateCaArn | None = None
    """A CA of AWS Private CA"""


class DgxGroupSettings(Section):
    """DGX systems of one model that serve one purpose."""

    name: GroupName
    """Name of the group, unique among all pools and hosts"""

    machine: DgxName
    """Model of the systems, as catalogue/gpu-machines.yaml has it"""

    hosts: tuple[HostName, ...] = Field(min_length=1)
    """Names of the systems: in the inventory, in their certificates and in the cluster"""

    pool: GpuPool
    """Which pool their nodes belong to, as labels and taints say"""

    mig_layout: MigLayout | None = None
    """How their GPUs are divided, such as 'all-1g.10gb'; left out they are whole"""


class HybridNodesSettings(Section):
    """Own machines in the cluster: how they prove who they are, and where they stand."""

    credential_provider: CredentialProvider = "iam-roles-anywhere"
    """How the hosts get AWS credentials: with a certificate each, or through an SSM activation"""

    certificate_authority: CertificateAuthoritySettings | None = None
    """Who signs the hosts' certificates; for iam-roles-anywhere"""

    session_hours: Annotated[int, Whole(1, 12, "hours")] = 1
    """How long credentials hold that a certificate was exchanged for"""

    activation_until: Day | None = None
    """Last day on which hosts may register through SSM, at most 30 days ahead; another day makes another activation"""

    remote_node_networks: tuple[Cidr, ...] = Field(min_length=1)
    """Private ranges that the hosts' addresses are of, routed to the VPC"""

    remote_pod_networks: tuple[Cidr, ...] = ()
    """Private ranges of the pods on them; [] where the CNI hides them behind the host's address"""

    groups: tuple[DgxGroupSettings, ...] = Field(min_length=1)
    """DGX systems, by model and purpose"""
