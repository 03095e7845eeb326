"""The queue through which Karpenter hears that nodes are about to go away."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, sqs

from components.karpenter_roles import KarpenterRoles, KarpenterRolesArgs

# Name of the rule: source and detail type of the event, as in the template that karpenter_policy.py names.
EVENTS = {
    "capacity-reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
    "instance-state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "scheduled-change": ("aws.health", "AWS Health Event"),
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
}


@dataclass(frozen=True, kw_only=True)
class InterruptionArgs:
    """What handling interruptions needs."""

    cluster_name: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    account_id: str
    region: str
    node_role_arn: pulumi.Input[str]
    """Role of the nodes that Karpenter starts, with an EC2_LINUX access entry (components/node_role.py)."""
    node_role_name: pulumi.Input[str]
    storage_key_arn: pulumi.Input[str]
    """Encrypts the queue; its key policy lets EventBridge use it."""
    volumes_key_arn: pulumi.Input[str]


class Interruption(pulumi.ComponentResource):
    """Queue, event rules and roles that let Karpenter drain a node before EC2 takes it."""

    queue_name: pulumi.Output[str]
    queue_arn: pulumi.Output[str]
    controller_role_arn: pulumi.Output[str]
    instance_profile_name: pulumi.Output[str]

    def __init__(self, name: str, args: InterruptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:interruption:Interruption", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        queue = sqs.Queue(
            f"{name}-queue",
            # A warning is of no use after two minutes; five leave room for a restart of the controller.
            message_retention_seconds=300,
            kms_master_key_id=args.storage_key_arn,
            kms_data_key_reuse_period_seconds=300,
            opts=child,
        )
        rules = {
            event: cloudwatch.EventRule(
                f"{name}-{event}",
                description=f"{detail_type}, for Karpenter",
                event_pattern=json.dumps({"detail-type": [detail_type], "source": [source]}, sort_keys=True),
                opts=child,
            )
            for event, (source, detail_type) in EVENTS.items()
        }
        policy = sqs.QueuePolicy(
            f"{name}-queue-policy",
            queue_url=queue.url,
            policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "EventRules",
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Action": "sqs:SendMessage",
                            "Resource": queue.arn,
                            "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules.values()]}},
                        },
                        {
                            "Sid": "DenyHTTP",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sqs:*",
                            "Resource": queue.arn,
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                    ],
                },
                sort_keys=True,
            ),
            opts=child,
        )
        for event, rule in rules.items():
            cloudwatch.EventTarget(
                f"{name}-{event}-target",
                rule=rule.name,
                arn=queue.arn,
                # EventBridge drops what the queue refuses, so the policy comes first.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
        roles = KarpenterRoles(
            f"{name}-karpenter",
            KarpenterRolesArgs(
                cluster_name=args.cluster_name,
                cluster_arn=args.cluster_arn,
                account_id=args.account_id,
                region=args.region,
                node_role_arn=args.node_role_arn,
                node_role_name=args.node_role_name,
                queue_arn=queue.arn,
                queue_key_arn=args.storage_key_arn,
                volumes_key_arn=args.volumes_key_arn,
            ),
            child,
        )
        self.queue_name = queue.name
        self.queue_arn = queue.arn
        self.controller_role_arn = roles.controller_role_arn
        self.instance_profile_name = roles.instance_profile_name
        self.register_outputs(
            {
                "queueName": self.queue_name,
                "queueArn": self.queue_arn,
                "controllerRoleArn": self.controller_role_arn,
                "instanceProfileName": self.instance_profile_name,
            }
        )
