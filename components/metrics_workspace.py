"""Amazon Managed Service for Prometheus: where metrics outlive the cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import amp


@dataclass(frozen=True, kw_only=True)
class MetricsWorkspaceArgs:
    """What `MetricsWorkspace` needs."""

    platform: str
    storage_key_arn: pulumi.Input[str]
    retention_days: int
    most_series: int
    """Active series that are taken in; a mistake in a label then costs samples and not money."""
    retained: bool


class MetricsWorkspace(pulumi.ComponentResource):
    """Workspace, encrypted with our key, with its retention and its limit."""

    workspace_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    remote_write_url: pulumi.Output[str]
    query_url: pulumi.Output[str]

    def __init__(self, name: str, args: MetricsWorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:metrics_workspace:MetricsWorkspace", name, None, opts)
        workspace = amp.Workspace(
            f"{name}-workspace",
            alias=args.platform,
            kms_key_arn=args.storage_key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.retained, retain_on_delete=args.retained),
        )
        amp.WorkspaceConfiguration(
            f"{name}-configuration",
            workspace_id=workspace.id,
            retention_period_in_days=args.retention_days,
            # The empty label set is every series that no other set has.
            limits_per_label_sets=[{"label_set": {}, "limits": {"max_series": args.most_series}}],
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.retained),
        )
        self.workspace_id = workspace.id
        self.arn = workspace.arn
        self.query_url = workspace.prometheus_endpoint
        self.remote_write_url = pulumi.Output.concat(workspace.prometheus_endpoint, "api/v1/remote_write")
        self.register_outputs({"workspaceId": self.workspace_id, "arn": self.arn})
