"""AWS Budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, NotEmulatedError
from rehearsal.aws.shapes import capitalised, existing, shaped_like, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_SUBSCRIBERS: Final = {"subscriberEmailAddresses": "EMAIL", "subscriberSnsTopicArns": "SNS"}
_UNTRANSLATED: Final = ("autoAdjustData", "billingViewArn", "plannedLimits", "timePeriodEnd", "timePeriodStart")


@translates("aws:budgets/budget:Budget")
class Budget(Emulated):
    """A budget with its notifications; its id is `<account>:<name>`."""

    loses = {
        "notifications[].subscriberEmailAddresses": "moto does not describe subscribers",
        "notifications[].subscriberSnsTopicArns": "moto does not describe subscribers",
        "tagsAll": "moto drops tags of budgets",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the budget with its notifications, as the provider does in one call after another."""
        unknown = sorted(key for key in _UNTRANSLATED if inputs.get(key) is not None)
        if unknown:
            raise NotEmulatedError(f"a budget's {', '.join(unknown)} are not translated")
        name = inputs["name"]
        budget = given(inputs, BudgetName="name", BudgetType="budgetType", TimeUnit="timeUnit")
        budget["BudgetLimit"] = {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]}
        if filters := inputs.get("costFilters"):
            budget["CostFilters"] = {entry["name"]: entry["values"] for entry in filters}
        if expression := inputs.get("filterExpression"):
            budget["FilterExpression"] = _expression(expression)
        if types := inputs.get("costTypes"):
            budget["CostTypes"] = capitalised(types)
        tags = {"ResourceTags": tag_list(inputs)} if inputs.get("tagsAll") else {}
        aws.call("budgets", "create_budget", AccountId=aws.account_id, Budget=budget, **tags)
        for notification in inputs.get("notifications") or []:
            aws.call(
                "budgets",
                "create_notification",
                AccountId=aws.account_id,
                BudgetName=name,
                Notification=_notification(notification),
                Subscribers=_subscribers(notification),
            )
        arn = f"arn:aws:budgets::{aws.account_id}:budget/{name}"
        return Created(f"{aws.account_id}:{name}", {"arn": arn, "accountId": aws.account_id})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the budget and its notifications."""
        inputs, name = resource.registration.inputs, resource.id.partition(":")[2]
        account = {"AccountId": aws.account_id, "BudgetName": name}
        answer = existing(aws, "budgets", "describe_budget", **account)
        if answer is None:
            return None
        seen = answer["Budget"]
        notified = aws.call("budgets", "describe_notifications_for_budget", **account)["Notifications"]
        filters = [{"name": key, "values": values} for key, values in (seen.get("CostFilters") or {}).items()]
        return {
            "name": seen["BudgetName"],
            "budgetType": seen["BudgetType"],
            "timeUnit": seen["TimeUnit"],
            "limitAmount": seen["BudgetLimit"]["Amount"],
            "limitUnit": seen["BudgetLimit"]["Unit"],
            "costFilters": filters or None,
            "filterExpression": _seen_expression(seen.get("FilterExpression")),
            "costTypes": shaped_like(inputs.get("costTypes"), uncapitalised(seen.get("CostTypes"))),
            "notifications": [uncapitalised(notification) for notification in notified],
            "tagsAll": {},
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the budget."""
        aws.call("budgets", "delete_budget", AccountId=aws.account_id, BudgetName=resource.id.partition(":")[2])


def _notification(notification: Mapping[str, Any]) -> dict[str, Any]:
    return given(
        notification,
        NotificationType="notificationType",
        ComparisonOperator="comparisonOperator",
        Threshold="threshold",
        ThresholdType="thresholdType",
    )


def _subscribers(notification: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"SubscriptionType": kind, "Address": address}
        for key, kind in _SUBSCRIBERS.items()
        for address in notification.get(key) or []
    ]


_PLURALS: Final = {"ands": "And", "ors": "Or"}


def _expression(expression: Any) -> Any:
    """The provider has `ands` and `ors` where the API has And and Or."""
    return capitalised(expression, frozenset(), **_PLURALS)


def _seen_expression(expression: Any) -> Any:
    return uncapitalised(expression, frozenset(), **_PLURALS) if expression else None
