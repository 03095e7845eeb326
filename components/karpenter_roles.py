"""Karpenter's identities: the controller's role and the instance profile of the nodes that it starts."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components import karpenter_policy
from components.pod_identity import PodIdentity, PodIdentityArgs


@dataclass(frozen=True, kw_only=True)
class KarpenterRolesArgs:
    """What Karpenter's identities need."""

    cluster_name: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    account_id: str
    region: str
    node_role_arn: pulumi.Input[str]
    node_role_name: pulumi.Input[str]
    queue_arn: pulumi.Input[str]
    queue_key_arn: pulumi.Input[str]
    volumes_key_arn: pulumi.Input[str]


class KarpenterRoles(pulumi.ComponentResource):
    """Controller role of service account kube-system/karpenter, and the nodes' instance profile."""

    controller_role_arn: pulumi.Output[str]
    instance_profile_name: pulumi.Output[str]

    def __init__(self, name: str, args: KarpenterRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:karpenter_roles:KarpenterRoles", name, None, opts)
        region, account_id = args.region, args.account_id
        cluster_name = pulumi.Output.from_input(args.cluster_name)
        controller = PodIdentity(
            f"{name}-controller",
            PodIdentityArgs(
                cluster_name=args.cluster_name,
                account_id=account_id,
                namespace="kube-system",
                service_account="karpenter",
                policies={
                    "node-lifecycle": pulumi.Output.json_dumps(
                        cluster_name.apply(lambda cluster: karpenter_policy.node_lifecycle_policy(cluster, region)),
                        sort_keys=True,
                    ),
                    "node-identity": pulumi.Output.json_dumps(
                        pulumi.Output.all(cluster_name, args.node_role_arn).apply(
                            lambda known: karpenter_policy.node_identity_policy(known[0], region, account_id, known[1])
                        ),
                        sort_keys=True,
                    ),
                    "cluster": pulumi.Output.json_dumps(
                        pulumi.Output.all(
                            args.cluster_arn, args.queue_arn, args.queue_key_arn, args.volumes_key_arn
                        ).apply(
                            lambda known: karpenter_policy.cluster_policy(
                                known[0], known[1], known[2], known[3], region
                            )
                        ),
                        sort_keys=True,
                    ),
                    "discovery": pulumi.Output.json_dumps(
                        karpenter_policy.discovery_policy(region, account_id), sort_keys=True
                    ),
                },
            ),
            pulumi.ResourceOptions(parent=self),
        )
        profile = iam.InstanceProfile(
            f"{name}-nodes", role=args.node_role_name, opts=pulumi.ResourceOptions(parent=self)
        )
        self.controller_role_arn = controller.role_arn
        self.instance_profile_name = profile.name
        self.register_outputs(
            {
                "controllerRoleArn": self.controller_role_arn,
                "instanceProfileName": self.instance_profile_name,
            }
        )
