"""What CloudWatch does when an alarm changes its state, and moto leaves out: it tells the alarm's actions.

It publishes only where AWS would let it: the topic's policy and the policy of the topic's key are read for that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from rehearsal.aws.account import Account

SERVICE = "cloudwatch.amazonaws.com"
State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
ACTIONS: dict[State, str] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


def change_state(account: Account, name: str, state: State, reason: str) -> list[str]:
    """Put an alarm into a state; return the topics that were told."""
    before = _alarm(account, name)
    account.call("cloudwatch", "set_alarm_state", AlarmName=name, StateValue=state, StateReason=reason)
    alarm = _alarm(account, name)
    if alarm["StateValue"] == before["StateValue"] or not alarm["ActionsEnabled"]:
        return []
    message = {
        "AlarmName": name,
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": account.account_id,
        "NewStateValue": state,
        "NewStateReason": reason,
        "OldStateValue": before["StateValue"],
    }
    told = [arn for arn in alarm[ACTIONS[state]] if may_publish(account, arn, alarm["AlarmArn"])]
    for arn in told:
        subject = f'{state}: "{name}"'
        account.call("sns", "publish", TopicArn=arn, Subject=subject, Message=json.dumps(message))
    return told


def may_publish(account: Account, topic_arn: str, alarm_arn: str) -> bool:
    """Say whether the topic's policy lets CloudWatch publish for this alarm, and its key's policy lets it encrypt."""
    attributes = account.call("sns", "get_topic_attributes", TopicArn=topic_arn)["Attributes"]
    context = {"aws:SourceArn": alarm_arn, "aws:SourceAccount": account.account_id}
    if not _allows(attributes["Policy"], "sns:Publish", context):
        return False
    key = attributes.get("KmsMasterKeyId")
    if not key:
        return True
    policy = account.call("kms", "get_key_policy", KeyId=key, PolicyName="default")["Policy"]
    return all(_allows(policy, action, context) for action in ("kms:Decrypt", "kms:GenerateDataKey"))


def _alarm(account: Account, name: str) -> Mapping[str, Any]:
    [alarm] = account.call("cloudwatch", "describe_alarms", AlarmNames=[name])["MetricAlarms"]
    return alarm


def _allows(policy: str, action: str, context: Mapping[str, str]) -> bool:
    return any(_applies(statement, action, context) for statement in json.loads(policy)["Statement"])


def _applies(statement: Mapping[str, Any], action: str, context: Mapping[str, str]) -> bool:
    principal, actions = statement["Principal"], statement["Action"]
    return (
        statement["Effect"] == "Allow"
        and isinstance(principal, dict)
        and principal.get("Service") == SERVICE
        and action in ([actions] if isinstance(actions, str) else actions)
        and all(
            fnmatchcase(context[key], pattern)
            for conditions in statement.get("Condition", {}).values()
            for key, pattern in conditions.items()
        )
    )
