"""The EKS control plane, who may reach it, and the add-ons that must stand before the first node."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, eks, iam, vpc

from components.cluster_access import AccessEntry, ClusterAccess, ClusterAccessArgs
from components.control_plane_role import control_plane_role
from components.pod_identity import PodIdentity, PodIdentityArgs

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")

# Prefixes of 16 addresses for pods, and NetworkPolicy enforced on the node. EKS reads the pod limit
# of a managed node group from this, so it stands before the first node.
# https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html
VPC_CNI_CONFIGURATION: Mapping[str, Any] = {
    "enableNetworkPolicy": "true",
    "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
}


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What the control plane needs."""

    cluster_name: str
    kubernetes_version: str
    account_id: str
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, in two zones at least."""
    vpc_cidr: str
    """Where the private endpoint is reached from."""
    secrets_key_arn: pulumi.Input[str]
    """Envelope encryption of Kubernetes secrets."""
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    public_endpoint_cidrs: Sequence[str]
    """Who may reach the API from the internet; empty leaves only the private endpoint."""
    access: Sequence[AccessEntry]
    addons: Mapping[str, str]
    """Version of every add-on by its name, from the compatibility lock."""
    deletion_protection: bool
    remote_node_networks: Sequence[str] = ()
    """Where EKS Hybrid Nodes stand; without them there are none."""
    remote_pod_networks: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse an endpoint that is open to the world."""
        if "0.0.0.0/0" in self.public_endpoint_cidrs:
            raise ValueError("public_endpoint_cidrs: 0.0.0.0/0 opens the Kubernetes API to everyone")


class Cluster(pulumi.ComponentResource):
    """EKS cluster with API authentication only, encrypted secrets and all of its logs kept."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority_data: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    version: pulumi.Output[str]
    service_cidr: pulumi.Output[str]
    """Range of the addresses of Kubernetes services, which EKS chose."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:cluster:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # EKS would make the group itself: unencrypted, kept for ever, and left behind by destroy.
        logs = cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/eks/{args.cluster_name}/cluster",
            kms_key_id=args.logs_key_arn,
            retention_in_days=args.log_retention_days,
            opts=child,
        )
        role, granted = control_plane_role(self, name, account_id=args.account_id, secrets_key_arn=args.secrets_key_arn)
        cluster = eks.Cluster(
            f"{name}-control-plane",
            name=args.cluster_name,
            version=args.kubernetes_version,
            role_arn=role.arn,
            access_config=eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            bootstrap_self_managed_addons=False,
            deletion_protection=args.deletion_protection,
            enabled_cluster_log_types=list(LOG_TYPES),
            encryption_config=eks.ClusterEncryptionConfigArgs(
                provider=eks.ClusterEncryptionConfigProviderArgs(key_arn=args.secrets_key_arn),
                resources=["secrets"],
            ),
            # Extended support costs six times as much an hour; without it AWS upgrades at the end of support.
            upgrade_policy=eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            vpc_config=eks.ClusterVpcConfigArgs(
                subnet_ids=list(args.subnet_ids),
                endpoint_private_access=True,
                endpoint_public_access=bool(args.public_endpoint_cidrs),
                public_access_cidrs=list(args.public_endpoint_cidrs) or None,
            ),
            remote_network_config=_remote_networks(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, *granted]),
        )
        self.name = cluster.name
        self.arn = cluster.arn
        self.endpoint = cluster.endpoint
        self.certificate_authority_data = cluster.certificate_authority["data"]
        self.security_group_id = cluster.vpc_config["cluster_security_group_id"]
        self.version = cluster.version
        self.service_cidr = cluster.kubernetes_network_config["service_ipv4_cidr"]
        # EKS lets only members of this group in. Whoever comes through the VPC (a VPN, a bastion, CI) is none.
        # https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html#private-access
        vpc.SecurityGroupIngressRule(
            f"{name}-api-from-vpc",
            security_group_id=self.security_group_id,
            description="Kubernetes API from the VPC",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=args.vpc_cidr,
            opts=child,
        )
        self.oidc_provider_arn = iam.OpenIdConnectProvider(
            f"{name}-oidc",
            url=cluster.identities[0]["oidcs"][0]["issuer"],
            client_id_lists=["sts.amazonaws.com"],
            opts=child,
        ).arn
        ClusterAccess(
            f"{name}-access",
            ClusterAccessArgs(cluster_name=cluster.name, account_id=args.account_id, entries=args.access),
            child,
        )
        self._addons_before_nodes(name, args)
        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "endpoint": self.endpoint,
                "certificateAuthorityData": self.certificate_authority_data,
                "securityGroupId": self.security_group_id,
                "oidcProviderArn": self.oidc_provider_arn,
                "version": self.version,
                "serviceCidr": self.service_cidr,
            }
        )

    def _addons_before_nodes(self, name: str, args: ClusterArgs) -> None:
        """Add-ons without which a node never becomes ready; they are active with no node at all."""
        network = PodIdentity(
            f"{name}-vpc-cni",
            PodIdentityArgs(
                cluster_name=self.name,
                account_id=args.account_id,
                namespace="kube-system",
                service_account="aws-node",
                managed_policies=["AmazonEKS_CNI_Policy"],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        configuration = {"vpc-cni": json.dumps(VPC_CNI_CONFIGURATION, sort_keys=True)}
        needs = {"vpc-cni": [network.association]}
        for addon in ("eks-pod-identity-agent", "kube-proxy", "vpc-cni"):
            eks.Addon(
                f"{name}-addon-{addon}",
                cluster_name=self.name,
                addon_name=addon,
                addon_version=args.addons[addon],
                configuration_values=configuration.get(addon),
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                opts=pulumi.ResourceOptions(parent=self, depends_on=needs.get(addon)),
            )


def _remote_networks(args: ClusterArgs) -> eks.ClusterRemoteNetworkConfigArgs | None:
    if not args.remote_node_networks:
        return None
    pods = list(args.remote_pod_networks)
    return eks.ClusterRemoteNetworkConfigArgs(
        remote_node_networks=eks.ClusterRemoteNetworkConfigRemoteNodeNetworksArgs(
            cidrs=list(args.remote_node_networks)
        ),
        remote_pod_networks=eks.ClusterRemoteNetworkConfigRemotePodNetworksArgs(cidrs=pods) if pods else None,
    )
