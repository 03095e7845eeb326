"""EC2 dedicated hosts with the GPU instances that run on them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, iam, vpc

from components.approval import Approval, approval_tags
from components.naming import label_value
from components.trust import service_trust


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
    approval: Approval | None = None

    def __post_init__(self) -> None:
        """Refuse an empty group."""
        if self.hosts < 1 or self.instances_per_host < 1:
            raise ValueError(
                f"{self.hosts} dedicated hosts with {self.instances_per_host} instances each: "
                "needs at least one of both"
            )


class DedicatedHosts(pulumi.ComponentResource):
    """Hosts for this account alone and instances on them, reached through SSM and found by their tags."""

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
        role, profile, managed = _instance_profile(self, name)
        hosts = [
            ec2.DedicatedHost(
                f"{name}-host-{number}",
                instance_type=args.instance_type,
                availability_zone=args.zone,
                auto_placement="on" if args.auto_placement else "off",
                host_recovery="on" if args.host_recovery else "off",
                tags={"Name": f"{name}-host-{number}"} | approval_tags(args.approval),
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
                vpc_security_group_ids=[group.id],
                associate_public_ip_address=False,
                iam_instance_profile=profile.name,
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
                    "llm-platform:inventory-group": "dedicated_hosts",
                    "llm-platform:gpu": label_value(args.gpu_model),
                    "llm-platform:environment": args.environment,
                    **approval_tags(args.approval),
                },
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # Without a host of its own an instance needs that one of them is there and free.
                    depends_on=[managed, *hosts] if args.auto_placement else [managed],
                    # A newer image must not replace a machine that Ansible keeps up to date, nor host
                    # recovery's move to another host.
                    ignore_changes=["ami", "hostId"],
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


def _instance_profile(
    parent: DedicatedHosts, name: str
) -> tuple[iam.Role, iam.InstanceProfile, iam.RolePolicyAttachment]:
    child = pulumi.ResourceOptions(parent=parent)
    role = iam.Role(
        f"{name}-role",
        description="Instances on dedicated hosts, managed through SSM",
        assume_role_policy=service_trust("ec2.amazonaws.com"),
        opts=child,
    )
    managed = iam.RolePolicyAttachment(
        f"{name}-AmazonSSMManagedInstanceCore",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        opts=child,
    )
    return role, iam.InstanceProfile(f"{name}-profile", role=role.name, opts=child), managed
