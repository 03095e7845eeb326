"""CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:cloudwatch/logGroup:LogGroup")
class LogGroup(Emulated):
    """A log group with its retention."""

    loses = {
        "deletionProtectionEnabled": "moto does not know it",
        "logGroupClass": "moto does not describe it",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the group, then set its retention; zero keeps for ever."""
        name = inputs["name"]
        parameters = given(
            inputs,
            kmsKeyId="kmsKeyId",
            logGroupClass="logGroupClass",
            deletionProtectionEnabled="deletionProtectionEnabled",
        )
        tags = {"tags": dict(inputs["tagsAll"])} if inputs.get("tagsAll") else {}
        aws.call("logs", "create_log_group", logGroupName=name, **parameters, **tags)
        days = inputs.get("retentionInDays")
        if days:
            aws.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)
        arn = f"arn:aws:logs:{aws.region}:{aws.account_id}:log-group:{name}"
        return Created(name, {"arn": arn, "name": name, "region": aws.region, "retentionInDays": days or 0})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the group."""
        groups = aws.call("logs", "describe_log_groups", logGroupNamePrefix=resource.id)["logGroups"]
        for group in groups:
            if group["logGroupName"] == resource.id:
                tags = aws.call(
                    "logs", "list_tags_log_group", logGroupName=resource.id
                )  # the model refuses ARNs with #
                return {
                    "name": group["logGroupName"],
                    "retentionInDays": group.get("retentionInDays", 0),
                    "kmsKeyId": group.get("kmsKeyId"),
                    "logGroupClass": group.get("logGroupClass"),
                    "deletionProtectionEnabled": group.get("deletionProtectionEnabled"),
                    "tagsAll": tags["tags"],
                }
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the group, unless the program says to leave it."""
        if not resource.registration.inputs.get("skipDestroy"):
            aws.call("logs", "delete_log_group", logGroupName=resource.id)
