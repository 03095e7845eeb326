"""Own machines as EKS Hybrid Nodes: their role, how they prove who they are, and their way to the control plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import vpc

from components.hybrid_role import HybridRoleArgs, hybrid_role
from components.machine_activation import MachineActivation, MachineActivationArgs
from components.roles_anywhere import CertificateAuthority, roles_anywhere_profile, trust_anchor
from components.trust import roles_anywhere_trust, service_trust

HTTPS, DNS = 443, 53


@dataclass(frozen=True, kw_only=True)
class HybridNodesArgs:
    """What own machines need to join a cluster."""

    platform: str
    """Name of the environment's platform."""
    cluster_name: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]
    account_id: str
    region: str
    node_networks: Sequence[str]
    pod_networks: Sequence[str]
    hosts: int
    """How many machines may register."""
    secrets_key_arn: pulumi.Input[str]
    certificate_authority: CertificateAuthority | None
    """Who signs the machines' certificates, for IAM Roles Anywhere; without one they register through SSM."""
    session_hours: int = 1
    activation_until: str | None = None
    retained: bool = True
    """Whether a deleted secret can be had back for a while."""
    cached_prefixes: Sequence[str] = ()
    """Prefixes of the registry's pull-through cache."""


class HybridNodes(pulumi.ComponentResource):
    """Role with its access entry, trust anchor and profile or an activation, and rules for the remote networks."""

    role_arn: pulumi.Output[str]
    trust_anchor_arn: pulumi.Output[str] | None = None
    profile_arn: pulumi.Output[str] | None = None
    activation_id: pulumi.Output[str] | None = None
    activation_secret_name: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: HybridNodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:hybrid_nodes:HybridNodes", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        authority = args.certificate_authority
        if authority is not None:
            self.trust_anchor_arn = trust_anchor(self, name, args.platform, authority)
            trust: pulumi.Input[str] = roles_anywhere_trust(self.trust_anchor_arn)
        else:
            trust = service_trust("ssm.amazonaws.com", args.account_id)
        role = hybrid_role(
            self,
            name,
            HybridRoleArgs(
                cluster_name=args.cluster_name,
                cluster_arn=args.cluster_arn,
                account_id=args.account_id,
                region=args.region,
                trust_policy=trust,
                session_hours=args.session_hours,
                through_ssm=authority is None,
                cached_prefixes=args.cached_prefixes,
            ),
        )
        self.role_arn = role.arn
        if authority is not None:
            self.profile_arn = roles_anywhere_profile(self, name, args.platform, role.arn, args.session_hours)
        else:
            activation = MachineActivation(
                f"{name}-activation",
                MachineActivationArgs(
                    platform=args.platform,
                    role_name=role.name,
                    cluster_arn=args.cluster_arn,
                    hosts=args.hosts,
                    until=args.activation_until,
                    secrets_key_arn=args.secrets_key_arn,
                    retained=args.retained,
                ),
                child,
            )
            self.activation_id = activation.id
            self.activation_secret_name = activation.secret_name
        self._way_in(name, args)
        self.register_outputs(
            {
                "roleArn": self.role_arn,
                "trustAnchorArn": self.trust_anchor_arn,
                "profileArn": self.profile_arn,
                "activationId": self.activation_id,
                "activationSecretName": self.activation_secret_name,
            }
        )

    def _way_in(self, name: str, args: HybridNodesArgs) -> None:
        """Let the remote networks reach the control plane, and cluster DNS on the nodes in the VPC.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteNodeNetwork.html
        """
        for network in (*args.node_networks, *args.pod_networks):
            for what, protocol, port in (("api", "tcp", HTTPS), ("dns", "udp", DNS), ("dns-tcp", "tcp", DNS)):
                vpc.SecurityGroupIngressRule(
                    f"{name}-{what}-from-{network.replace('.', '-').replace('/', '-')}",
                    security_group_id=args.cluster_security_group_id,
                    description=f"{'Kubernetes API' if what == 'api' else 'Cluster DNS'} from hybrid nodes",
                    ip_protocol=protocol,
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=network,
                    opts=pulumi.ResourceOptions(parent=self),
                )
