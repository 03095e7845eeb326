"""SQS queues and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing
from rehearsal.aws.translation import Created, Emulated, Inputs, translates
from rehearsal.plan import Resource

_NUMBERS: Final = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_FLAGS: Final = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "fifoQueue": "FifoQueue",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
}
_TEXTS: Final = {
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
}


@translates("aws:sqs/queue:Queue")
class Queue(Emulated):
    """A queue; its id is its URL."""

    loses = {"redriveAllowPolicy": "moto drops it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the queue with the attributes that were given."""
        attributes = {
            theirs: str(inputs[ours]).lower() if ours in _FLAGS else str(inputs[ours])
            for ours, theirs in (_NUMBERS | _FLAGS | _TEXTS).items()
            # A standard queue must not be created with FifoQueue=false.
            if inputs.get(ours) is not None and not (ours == "fifoQueue" and not inputs[ours])
        }
        name, tags = inputs["name"], inputs.get("tagsAll") or {}
        aws.call("sqs", "create_queue", QueueName=name, Attributes=attributes, tags=tags)
        # Moto's client answers with a host of its own; this is the URL that AWS gives.
        url = f"https://sqs.{aws.region}.amazonaws.com/{aws.account_id}/{name}"
        arn = f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"
        outputs = {
            "arn": arn,
            "url": url,
            "name": name,
            "region": aws.region,
            "visibilityTimeoutSeconds": inputs.get("visibilityTimeoutSeconds", 30),
            "messageRetentionSeconds": inputs.get("messageRetentionSeconds", 345600),
        }
        return Created(url, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the queue's attributes."""
        answer = existing(aws, "sqs", "get_queue_attributes", QueueUrl=resource.id, AttributeNames=["All"])
        if answer is None:
            return None
        attributes = answer.get("Attributes", {})
        tags = aws.call("sqs", "list_queue_tags", QueueUrl=resource.id).get("Tags", {})
        return {
            "name": attributes["QueueArn"].rsplit(":", 1)[1],
            **{ours: int(attributes[theirs]) for ours, theirs in _NUMBERS.items() if theirs in attributes},
            **{ours: attributes.get(theirs) == "true" for ours, theirs in _FLAGS.items()},
            **{ours: attributes.get(theirs) for ours, theirs in _TEXTS.items()},
            "tagsAll": tags,
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the queue."""
        aws.call("sqs", "delete_queue", QueueUrl=resource.id)


@translates("aws:sqs/queuePolicy:QueuePolicy")
class QueuePolicy(Emulated):
    """A queue's resource policy; its id is the queue's URL."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Set the queue's Policy attribute."""
        url = inputs["queueUrl"]
        aws.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": inputs["policy"]})
        return Created(url, {"region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the queue's Policy attribute."""
        answer = existing(aws, "sqs", "get_queue_attributes", QueueUrl=resource.id, AttributeNames=["Policy"])
        policy = (answer or {}).get("Attributes", {}).get("Policy")
        return {"queueUrl": resource.id, "policy": policy} if policy else None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Empty the Policy attribute, as the provider does."""
        aws.call("sqs", "set_queue_attributes", QueueUrl=resource.id, Attributes={"Policy": ""})
