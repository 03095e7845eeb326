"""AWS Budgets: what an environment and its teams may cost in a month, and who hears when it is more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import budgets

from components.naming import TEAM_TAG

WARNING_PERCENT: Final = 80
FULL_PERCENT: Final = 100


@dataclass(frozen=True)
class TeamBudget:
    """The most that is to be spent in a calendar month."""

    name: str
    monthly_dollars: int
    team: str | None = None
    """Whose tag the cost carries; None for the whole account."""


@dataclass(frozen=True, kw_only=True)
class TeamBudgetsArgs:
    """What `TeamBudgets` needs."""

    platform: str
    budgets: Sequence[TeamBudget]
    topic_arns: Mapping[str, pulumi.Input[str]]
    """By severity."""


class TeamBudgets(pulumi.ComponentResource):
    """A budget for each, which warns at 80 % and when the forecast is above it, and is critical when it is spent."""

    def __init__(self, name: str, args: TeamBudgetsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:team_budgets:TeamBudgets", name, None, opts)
        for budget in args.budgets:
            budgets.Budget(
                f"{name}-{budget.name}",
                name=f"{args.platform}-{budget.name}",
                budget_type="COST",
                time_unit="MONTHLY",
                limit_amount=str(budget.monthly_dollars),
                limit_unit="USD",
                filter_expression={"tags": {"key": TEAM_TAG, "values": [budget.team]}} if budget.team else None,
                notifications=[
                    _notification("ACTUAL", WARNING_PERCENT, args.topic_arns["warning"]),
                    _notification("FORECASTED", FULL_PERCENT, args.topic_arns["warning"]),
                    _notification("ACTUAL", FULL_PERCENT, args.topic_arns["critical"]),
                ],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _notification(kind: str, percent: int, topic_arn: pulumi.Input[str]) -> budgets.BudgetNotificationArgsDict:
    return {
        "notification_type": kind,
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "subscriber_sns_topic_arns": [topic_arn],
    }
