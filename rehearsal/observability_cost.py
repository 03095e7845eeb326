"""What AWS's part of observability costs in a month, by what the program registered and what is assumed of its use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalogue.observability_prices import ObservabilityPrices, load_observability_prices
from observability.catalogue import fleet, load_metrics
from rehearsal.plan import Resource
from stacks.workload_values import KEPT_SERIES, LEFT_SERIES

SECONDS_OF_A_MONTH: Final = 30 * 24 * 3600
PUBLISHER: Final = 1
"""The service account that publishes dashboards counts as somebody who edits."""


@dataclass(frozen=True)
class CostLine:
    """One thing that is paid for."""

    part: str
    quantity: float
    unit: str
    usd_per_month: float
    because: str = ""
    """What is assumed."""


@dataclass(frozen=True)
class ObservabilityCost:
    """All of an environment."""

    lines: Sequence[CostLine]
    unpriced: Mapping[str, str]
    """Parts that are there and have no price, and why."""
    region: str
    """Of the prices."""
    date: str

    @property
    def usd_per_month(self) -> float:
        """All that has a price."""
        return sum(line.usd_per_month for line in self.lines)


Registered = Mapping[str, Sequence[Mapping[str, Any]]]
"""Inputs by type."""


def observability_cost(resources: Iterable[Resource]) -> ObservabilityCost | None:
    """Return the costs; None where the program registers nothing of it."""
    registered: dict[str, list[Mapping[str, Any]]] = {}
    for resource in resources:
        registered.setdefault(resource.registration.type, []).append(resource.registration.inputs)
    prices = load_observability_prices()
    lines = [line for part in PARTS for line in part(prices, registered)]
    unpriced = {
        name: prices.unpriced[name] for type_, names in UNPRICED.items() if registered.get(type_) for name in names
    }
    unpriced |= dict(_unassumed(prices, registered))
    if not lines:
        return None
    return ObservabilityCost(lines, unpriced, prices.region, prices.date.isoformat())


def _line(prices: ObservabilityPrices, part: str, name: str, quantity: float, because: str = "") -> CostLine:
    price = prices.prices[name]
    told = "; ".join(text for text in (because, price.note) if text)
    return CostLine(part, quantity, price.unit, round(price.of(quantity), 2), told)


def written_series() -> int:
    """Series that Prometheus writes into the workspace, of the fleet that budgets are stated for."""
    kept, left = re.compile(KEPT_SERIES), re.compile(LEFT_SERIES)
    return sum(
        metric.budget
        for metric in load_metrics().values()
        if kept.fullmatch(metric.name) and not left.fullmatch(metric.name)
    )


def _metrics(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    if not registered.get("aws:amp/workspace:Workspace"):
        return
    seconds, series, gpus = prices.assumed("seconds_between_samples"), written_series(), fleet()["gpu"]
    yield _line(
        prices,
        "Managed Prometheus",
        "metric_samples",
        series * SECONDS_OF_A_MONTH / seconds,
        f"at most: {series:,} series each {seconds} s, of the fleet that budgets are stated for: {gpus:,} GPUs",
    )


def _grafana(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    if not registered.get("aws:grafana/workspace:Workspace"):
        return
    in_a_group, people = prices.assumed("people_in_a_group"), {"VIEWER": 0, "EDITOR": PUBLISHER, "ADMIN": 0}
    for given in registered.get("aws:grafana/roleAssociation:RoleAssociation", ()):
        people[given["role"]] += in_a_group * len(given.get("groupIds") or ()) + len(given.get("userIds") or ())
    groups = f"{in_a_group} in a group"
    editors = people["EDITOR"] + people["ADMIN"]
    yield _line(prices, "Managed Grafana", "grafana_editor", editors, f"{groups}, and the account that publishes")
    if people["VIEWER"]:
        yield _line(prices, "Managed Grafana", "grafana_viewer", people["VIEWER"], groups)
    if registered.get("aws:amp/workspace:Workspace"):
        read = (editors + people["VIEWER"]) * prices.assumed("query_samples_of_a_person")
        yield _line(prices, "Managed Prometheus", "query_samples", read, "2 hours a day of each of them")


def _alarms(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    alarms = registered.get("aws:cloudwatch/metricAlarm:MetricAlarm", ())
    metrics = sum(sum("metric" in query for query in alarm.get("metricQueries") or ()) or 1 for alarm in alarms)
    if metrics:
        yield _line(prices, "alarms", "alarm_metric", metrics)


def _logs(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    for group in registered.get("aws:cloudwatch/logGroup:LogGroup", ()):
        volume = prices.log_volume(group["name"])
        if volume is not None:
            months = (group.get("retentionInDays") or 0) / 30
            name = f"log group {group['name']}"
            yield _line(prices, name, "log_gb", volume, "assumed")
            yield _line(prices, name, "log_gb_month", volume * months, f"kept for {group.get('retentionInDays')} days")


def _unassumed(prices: ObservabilityPrices, registered: Registered) -> Iterator[tuple[str, str]]:
    for group in registered.get("aws:cloudwatch/logGroup:LogGroup", ()):
        if prices.log_volume(group["name"]) is None:
            yield f"log group {group['name']}", "nothing is assumed of how much it takes in"


def _trail(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    for trail in registered.get("aws:cloudtrail/trail:Trail", ()):
        buckets = sum(
            len(field.get("startsWiths") or ())
            for selector in trail.get("advancedEventSelectors") or ()
            for field in selector["fieldSelectors"]
        )
        if buckets:
            each = prices.assumed("object_events_of_a_bucket")
            yield _line(prices, "audit trail", "trail_data_events", buckets * each, f"{each:,} a bucket")


def _topics(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    subscribed = registered.get("aws:sns/topicSubscription:TopicSubscription", ())
    if not subscribed:
        return
    each = prices.assumed("messages_of_a_subscription")
    protocols = Counter(entry["protocol"] for entry in subscribed)
    mails, calls = protocols["email"] * each, protocols["https"] * each
    for name, quantity in (("topic_emails", mails), ("topic_calls", calls)):
        if quantity:
            yield _line(prices, "topics", name, quantity, f"{each} a subscription")
    yield _line(prices, "topics", "topic_requests", prices.assumed("heartbeats") + each, "mostly heartbeats")


def _queues(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    queues = len(registered.get("aws:sqs/queue:Queue", ()))
    if queues:
        yield _line(prices, "queues", "queue_requests", queues * prices.assumed("queue_requests"), "long polls")


def _budgets(prices: ObservabilityPrices, registered: Registered) -> Iterator[CostLine]:
    budgets = len(registered.get("aws:budgets/budget:Budget", ()))
    if budgets:
        yield _line(prices, "budgets", "budget", budgets)


PARTS: Final[tuple[Callable[[ObservabilityPrices, Registered], Iterator[CostLine]], ...]] = (
    _metrics,
    _grafana,
    _alarms,
    _logs,
    _trail,
    _topics,
    _queues,
    _budgets,
)
UNPRICED: Final = {
    "aws:amp/workspace:Workspace": ("metric_storage",),
    "aws:cloudtrail/trail:Trail": ("trail_management_events", "trail_bucket"),
    "aws:cloudwatch/eventRule:EventRule": ("event_rule",),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": ("slack_channel",),
}
