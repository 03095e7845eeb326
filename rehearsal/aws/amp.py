"""Amazon Managed Service for Prometheus: workspaces, and their configuration, which moto lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing
from rehearsal.aws.translation import Created, Emulated, Inputs, Recorded, Request, given, translates
from rehearsal.plan import Resource


@translates("aws:amp/workspace:Workspace")
class Workspace(Emulated):
    """A workspace; its id is AWS's own."""

    loses = {"kmsKeyArn": "moto drops it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the workspace, and its logging where there is some."""
        request = given(inputs, alias="alias", kmsKeyArn="kmsKeyArn", tags="tagsAll")
        made = aws.call("amp", "create_workspace", **request)
        workspace_id = made["workspaceId"]
        if logging := inputs.get("loggingConfiguration"):
            group = logging["logGroupArn"]
            aws.call("amp", "create_logging_configuration", workspaceId=workspace_id, logGroupArn=group)
        seen = aws.call("amp", "describe_workspace", workspaceId=workspace_id)["workspace"]
        outputs = {
            "arn": made["arn"],
            # The provider's ends in a slash: https://docs.aws.amazon.com/prometheus/latest/APIReference/API_WorkspaceDescription.html
            "prometheusEndpoint": seen["prometheusEndpoint"].rstrip("/") + "/",
            "region": aws.region,
        }
        return Created(workspace_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the workspace."""
        answer = existing(aws, "amp", "describe_workspace", workspaceId=resource.id)
        if answer is None:
            return None
        logging = existing(aws, "amp", "describe_logging_configuration", workspaceId=resource.id)
        group = (logging or {}).get("loggingConfiguration", {}).get("logGroupArn")
        seen = answer["workspace"]
        return {
            "alias": seen.get("alias"),
            "kmsKeyArn": seen.get("kmsKeyArn"),
            "loggingConfiguration": {"logGroupArn": group} if group else None,
            "tagsAll": seen.get("tags") or {},
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the workspace."""
        aws.call("amp", "delete_workspace", workspaceId=resource.id)


@translates("aws:amp/workspaceConfiguration:WorkspaceConfiguration")
class WorkspaceConfiguration(Recorded):
    """How long a workspace keeps samples, and how many series it takes."""

    why = "moto has no configuration of workspaces"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build UpdateWorkspaceConfiguration: a workspace has a configuration from the start."""
        parameters = given(
            inputs,
            workspaceId="workspaceId",
            retentionPeriodInDays="retentionPeriodInDays",
            limitsPerLabelSet="limitsPerLabelSets",
            outOfOrderTimeWindowInSeconds="outOfOrderTimeWindowInSeconds",
            ruleQueryOffsetInSeconds="ruleQueryOffsetInSeconds",
        )
        return [Request("amp", "update_workspace_configuration", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the workspace's id, which is the configuration's."""
        return Created(inputs["workspaceId"], {"region": aws.region})
