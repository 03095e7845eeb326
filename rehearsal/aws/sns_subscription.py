"""SNS: subscriptions of topics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing
from rehearsal.aws.translation import Created, Emulated, Inputs, translates
from rehearsal.plan import Resource

_ATTRIBUTES: Final = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}


@translates("aws:sns/topicSubscription:TopicSubscription")
class TopicSubscription(Emulated):
    """A subscription; its id is its ARN. AWS gives a mailbox or a pager one once it has confirmed."""

    loses = {
        "confirmationTimeoutInMinutes": "the provider's own, AWS never sees it",
        "endpointAutoConfirms": "the provider's own, AWS never sees it",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Subscribe; moto takes every endpoint for confirmed."""
        attributes = {
            theirs: str(inputs[ours]).lower() if isinstance(inputs[ours], bool) else inputs[ours]
            for ours, theirs in _ATTRIBUTES.items()
            if inputs.get(ours) is not None
        }
        arn = aws.call(
            "sns",
            "subscribe",
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        outputs = {"arn": arn, "ownerId": aws.account_id, "pendingConfirmation": False, "region": aws.region}
        return Created(arn, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the subscription."""
        answer = existing(aws, "sns", "get_subscription_attributes", SubscriptionArn=resource.id)
        if answer is None:
            return None
        seen = answer["Attributes"]
        return {
            "topic": seen["TopicArn"],
            "protocol": seen["Protocol"],
            "endpoint": seen["Endpoint"],
            **{ours: seen.get(theirs) for ours, theirs in _ATTRIBUTES.items() if ours != "rawMessageDelivery"},
            "rawMessageDelivery": seen.get("RawMessageDelivery") == "true",
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Unsubscribe."""
        aws.call("sns", "unsubscribe", SubscriptionArn=resource.id)
