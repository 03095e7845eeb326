"""Amazon Managed Grafana: dashboards for those who have no way into the cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import grafana, iam

from components.policy_statement import Statement, allow, document

Role = Literal["ADMIN", "EDITOR", "VIEWER"]


@dataclass(frozen=True, kw_only=True)
class GrafanaWorkspaceArgs:
    """What `GrafanaWorkspace` needs."""

    platform: str
    version: str
    """Major and minor, such as `10.4`."""
    groups: Mapping[Role, Sequence[str]]
    """Groups of IAM Identity Center, by their ids."""
    metrics_workspace_arn: pulumi.Input[str] | None
    storage_key_arn: pulumi.Input[str]
    account_id: str
    region: str


class GrafanaWorkspace(pulumi.ComponentResource):
    """Workspace, the role that it reads metrics and alarms with, and who may look at it."""

    workspace_id: pulumi.Output[str]
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: GrafanaWorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:grafana_workspace:GrafanaWorkspace", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            f"{name}-role",
            description="Managed Grafana reads metrics and alarms with it",
            assume_role_policy=_trust(args.account_id, args.region),
            opts=child,
        )
        reading = iam.RolePolicy(f"{name}-read", role=role.name, policy=document(_statements(args)), opts=child)
        workspace = grafana.Workspace(
            f"{name}-workspace",
            name=args.platform,
            description=f"Dashboards of {args.platform}",
            account_access_type="CURRENT_ACCOUNT",
            authentication_providers=["AWS_SSO"],
            permission_type="CUSTOMER_MANAGED",
            role_arn=role.arn,
            data_sources=["CLOUDWATCH", *(["PROMETHEUS"] if args.metrics_workspace_arn is not None else [])],
            grafana_version=args.version,
            kms_key_id=args.storage_key_arn,
            configuration=json.dumps(
                # Alerts are rules that stand in the repository, and plugins come with a review too.
                {"plugins": {"pluginAdminEnabled": False}, "unifiedAlerting": {"enabled": False}},
                sort_keys=True,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[reading]),
        )
        for granted, group_ids in args.groups.items():
            if group_ids:
                grafana.RoleAssociation(
                    f"{name}-{granted.lower()}",
                    workspace_id=workspace.id,
                    role=granted,
                    group_ids=list(group_ids),
                    opts=child,
                )
        self.workspace_id = workspace.id
        self.endpoint = workspace.endpoint
        self.register_outputs({"workspaceId": self.workspace_id, "endpoint": self.endpoint})


def _trust(account_id: str, region: str) -> str:
    """Trust workspaces of this account.

    https://docs.aws.amazon.com/grafana/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    workspaces = f"arn:aws:grafana:{region}:{account_id}:/workspaces/*"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "grafana.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account_id},
            "StringLike": {"aws:SourceArn": workspaces},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def _statements(args: GrafanaWorkspaceArgs) -> list[Statement]:
    """Read metrics of CloudWatch, which have no ARN, and those of the one workspace; no logs."""
    metrics = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]
    statements = [allow("ReadMetrics", metrics, "*")]
    if args.metrics_workspace_arn is not None:
        queries = ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"]
        statements.append(allow("Query", queries, args.metrics_workspace_arn))
    return statements
