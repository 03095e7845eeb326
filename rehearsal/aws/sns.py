"""SNS topics and their policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, tag_list, translates
from rehearsal.plan import Resource

_ATTRIBUTES: Final = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
_DEFAULT_POLICY_ID: Final = "__default_policy_ID"


@translates("aws:sns/topic:Topic")
class Topic(Emulated):
    """A topic; its id is its ARN."""

    loses = {"signatureVersion": "moto always says 1 or 2 of its own"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the topic with the attributes that were given."""
        attributes = {
            theirs: _text(inputs[ours])
            for ours, theirs in _ATTRIBUTES.items()
            if inputs.get(ours) is not None and not (ours == "fifoTopic" and not inputs[ours])
        }
        name = inputs["name"]
        arn = aws.call("sns", "create_topic", Name=name, Attributes=attributes, Tags=tag_list(inputs))["TopicArn"]
        described = aws.call("sns", "get_topic_attributes", TopicArn=arn)["Attributes"]
        outputs = {
            "arn": arn,
            "name": name,
            "owner": aws.account_id,
            "policy": described.get("Policy"),
            "region": aws.region,
            "beginningArchiveTime": "",
        }
        return Created(arn, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the topic's attributes."""
        answer = existing(aws, "sns", "get_topic_attributes", TopicArn=resource.id)
        if answer is None:
            return None
        attributes = answer["Attributes"]
        seen: dict[str, Any] = {ours: attributes.get(theirs) for ours, theirs in _ATTRIBUTES.items()}
        for flag in ("fifoTopic", "contentBasedDeduplication"):
            seen[flag] = seen[flag] == "true"
        tags = aws.call("sns", "list_tags_for_resource", ResourceArn=resource.id)["Tags"]
        return {**seen, "name": resource.id.rsplit(":", 1)[1], "tagsAll": tag_map(tags)}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the topic."""
        aws.call("sns", "delete_topic", TopicArn=resource.id)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@translates("aws:sns/topicPolicy:TopicPolicy")
class TopicPolicy(Emulated):
    """A topic's resource policy; its id is the topic's ARN."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Set the topic's Policy attribute."""
        _set_policy(aws, inputs["arn"], inputs["policy"])
        return Created(inputs["arn"], {"owner": aws.account_id, "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the topic's policy; None while it is AWS's default one."""
        answer = existing(aws, "sns", "get_topic_attributes", TopicArn=resource.id)
        policy = (answer or {}).get("Attributes", {}).get("Policy")
        if not policy or json.loads(policy).get("Id") == _DEFAULT_POLICY_ID:
            return None
        return {"arn": resource.id, "policy": policy}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Put AWS's default policy back, as the provider does: a topic is never without one."""
        default = {
            "Version": "2008-10-17",
            "Id": _DEFAULT_POLICY_ID,
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:Publish"],
                    "Resource": resource.id,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": aws.account_id}},
                }
            ],
        }
        _set_policy(aws, resource.id, json.dumps(default, sort_keys=True))


def _set_policy(aws: Account, topic_arn: str, policy: str) -> None:
    aws.call("sns", "set_topic_attributes", TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy)
