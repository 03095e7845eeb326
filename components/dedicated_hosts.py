"""EC2 dedicated hosts with the GPU instances that run on them: self-managed nodes of the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.approval import Approval, approval_tags
from components.host_role import HostRoleArgs, host_role
from components.naming import (
    ENVIRONMENT_TAG,
    GPU_RESOURCE,
    GPU_TAG,
    HOST_GROUP_TAG,
    INVENTORY_GROUP_TAG,
    TEAM_TAG,
    Pool,
    Taint,
    accelerator_taint,
    label_value,
    node_labels,
)
from components.node_config import JoinedCluster, node_user_data


@dataclass(frozen=True, kw_only=True)
class DedicatedHostsArgs:
    """What one group of dedicated hosts needs."""

    instance_type: str
    gpu_model: str
    zone: str
    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    """In the same zone."""
    hosts: int
    instances_per_host: int
    auto_placement: bool
    """EC2 chooses the host among those of the account; otherwise each instance is bound to its own."""
    host_recovery: bool
    ami_id: pulumi.Input[str]
    root_volume_gib: int
    volumes_key_arn: pulumi.Input[str]
    environment: str
    cluster: JoinedCluster
    pool: Pool
    max_pods: int
    account_id: str
    region: str
    cached_prefixes: Sequence[str] = ()
    """Prefixes of the registry's pull-through cache."""
    team: str | None = None
    """Whose tag hosts and instances carry; the environment's when None."""
    approval: Approval | None = None

    def __post_init__(self) -> None:
        """Refuse an empty group."""
        if self.hosts < 1 or self.instances_per_host < 1:
            raise ValueError(
                f"{self.hosts} dedicated hosts with {self.instances_per_host} instances each: "
                "needs at least one of both"
            )


class DedicatedHosts(pulumi.ComponentResource):
    """Hosts for this account alone and instances on them, which join the cluster and Ansible finds by their tags."""

    labels: Mapping[str, str]
    """Of the nodes that the instances are."""
    taints: Sequence[Taint]
    host_ids: list[pulumi.Output[str]]
    instance_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DedicatedHostsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:dedicated_hosts:DedicatedHosts", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=args.vpc_id,
            description="Instances on dedicated hosts: outbound only, people come in through SSM",
            opts=child,
        )
        vpc.SecurityGroupEgressRule(
            f"{name}-egress",
            security_group_id=group.id,
            ip_protocol="-1",
            cidr_ipv4="0.0.0.0/0",
            description="Package repositories, registries, AWS APIs",
            opts=child,
        )
        role = host_role(
            self,
            name,
            HostRoleArgs(
                cluster_name=args.cluster.name,
                account_id=args.account_id,
                region=args.region,
                cached_prefixes=args.cached_prefixes,
            ),
        )
        self.labels = node_labels(args.pool, "dedicated-host", GPU_RESOURCE, args.gpu_model)
        self.taints = [accelerator_taint(GPU_RESOURCE, args.pool)]
        user_data = node_user_data(args.cluster, labels=self.labels, taints=self.taints, max_pods=args.max_pods)
        owner = {TEAM_TAG: args.team} if args.team else {}
        hosts = [
            ec2.DedicatedHost(
                f"{name}-host-{number}",
                instance_type=args.instance_type,
                availability_zone=args.zone,
                auto_placement="on" if args.auto_placement else "off",
                host_recovery="on" if args.host_recovery else "off",
                tags={"Name": f"{name}-host-{number}", **owner, **approval_tags(args.approval)},
                opts=child,
            )
            for number in range(args.hosts)
        ]
        instances = [
            ec2.Instance(
                f"{name}-instance-{number}-{slot}",
                ami=args.ami_id,
                instance_type=args.instance_type,
                tenancy="host",
                host_id=None if args.auto_placement else host.id,
                subnet_id=args.subnet_id,
                # Of the cluster's group as well, which alone lets nodes, control plane and pods reach each other.
                vpc_security_group_ids=[group.id, args.cluster.security_group_id],
                associate_public_ip_address=False,
                iam_instance_profile=role.profile_name,
                user_data=user_data,
                monitoring=True,
                metadata_options=ec2.InstanceMetadataOptionsArgs(
                    http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
                ),
                root_block_device=ec2.InstanceRootBlockDeviceArgs(
                    volume_type="gp3",
                    volume_size=args.root_volume_gib,
                    encrypted=True,
                    kms_key_id=args.volumes_key_arn,
                    delete_on_termination=True,
                ),
                tags={
                    "Name": f"{name}-{number}-{slot}",
                    INVENTORY_GROUP_TAG: "dedicated_hosts",
                    HOST_GROUP_TAG: name,
                    GPU_TAG: label_value(args.gpu_model),
                    ENVIRONMENT_TAG: args.environment,
                    args.cluster.ownership_tag: "owned",
                    **owner,
                    **approval_tags(args.approval),
                },
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # Without a host of its own an instance needs that one of them is there and free.
                    depends_on=[*role.granted, *args.cluster.after, *(hosts if args.auto_placement else ())],
                    # A newer image must not replace a machine that Ansible keeps up to date, nor host recovery's
                    # move to another host. Other user data would stop and start it, for a text that the image
                    # reads on its first boot alone: Ansible says where a node differs.
                    ignore_changes=["ami", "hostId", "userData"],
                ),
            )
            for number, host in enumerate(hosts)
            for slot in range(args.instances_per_host)
        ]
        self.host_ids = [host.id for host in hosts]
        self.instance_ids = [instance.id for instance in instances]
        self.security_group_id = group.id
        self.role_arn = role.arn
        self.register_outputs(
            {
                "hostIds": self.host_ids,
                "instanceIds": self.instance_ids,
                "securityGroupId": self.security_group_id,
                "roleArn": self.role_arn,
            }
        )
