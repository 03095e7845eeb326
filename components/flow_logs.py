"""Flow logs: every accepted and rejected flow of a VPC, in an encrypted CloudWatch log group."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from components.naming import flow_log_group_name


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """What `FlowLogs` needs."""

    vpc_id: pulumi.Input[str]
    platform: str
    """Name of the platform, as in the log group's name `/aws/vpc/llm-platform-dev/flow-logs`."""
    logs_key_arn: pulumi.Input[str]
    retention_days: int
    """One of the periods that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, ..., 3653."""
    account_id: str
    region: str


class FlowLogs(pulumi.ComponentResource):
    """VPC flow logs, the log group that takes them and the role that writes it."""

    log_group_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:flow_logs:FlowLogs", name, None, opts)

        log_group = cloudwatch.LogGroup(
            f"{name}-group",
            name=flow_log_group_name(args.platform),
            kms_key_id=args.logs_key_arn,
            retention_in_days=args.retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role = iam.Role(
            f"{name}-role",
            description="VPC flow logs write their log group with it",
            assume_role_policy=_trust(args.account_id, args.region),
            opts=pulumi.ResourceOptions(parent=self),
        )
        permissions = iam.RolePolicy(
            f"{name}-write",
            role=role.name,
            policy=_permissions(log_group.arn, args.account_id, args.region),
            opts=pulumi.ResourceOptions(parent=self),
        )
        ec2.FlowLog(
            f"{name}-vpc",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            # Ten minutes is the default; one minute is what an inquiry into a running incident needs.
            max_aggregation_interval=60,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permissions]),
        )

        self.log_group_arn = log_group.arn
        self.register_outputs({"log_group_arn": self.log_group_arn})


def _trust(account_id: str, region: str) -> str:
    """Trust the flow-log service for flow logs of this account only (the confused-deputy condition).

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": account_id},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{region}:{account_id}:vpc-flow-log/*"},
                    },
                }
            ],
        },
        sort_keys=True,
    )


def _permissions(log_group_arn: pulumi.Output[str], account_id: str, region: str) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    "Resource": [log_group_arn, pulumi.Output.concat(log_group_arn, ":*")],
                },
                {
                    # Listing log groups can't be narrowed to one of them.
                    "Effect": "Allow",
                    "Action": "logs:DescribeLogGroups",
                    "Resource": f"arn:aws:logs:{region}:{account_id}:log-group:*",
                },
            ],
        },
        sort_keys=True,
    )
