"""What AWS's part of observability costs: quantities from what is registered and assumed, prices with a source.

Whether a price is still AWS's is not known here: each has a date and a source.
"""

from __future__ import annotations

from typing import Any

import pytest

from catalogue.data_file import CatalogueError, validate
from catalogue.observability_prices import FILE, ObservabilityPrices, Price, load_observability_prices
from observability.catalogue import series_budget
from rehearsal.observability_cost import CostLine, observability_cost, written_series
from rehearsal.plan import Outcome, Registration, Resource

WORKSPACE = "aws:amp/workspace:Workspace"
GRAFANA = "aws:grafana/workspace:Workspace"


def resource(type_: str, **inputs: Any) -> Resource:
    registration = Registration(f"urn::{type_}", type_, "name", "", custom=True, inputs=inputs)
    return Resource(registration, Outcome.CREATED)


def lines(*resources: Resource) -> dict[str, CostLine]:
    cost = observability_cost(resources)
    assert cost is not None
    return {f"{line.part}: {line.unit}": line for line in cost.lines}


def test_nothing_of_it_costs_nothing() -> None:
    assert observability_cost([resource("aws:s3/bucket:Bucket")]) is None


def test_samples_are_the_series_that_are_written_at_their_interval() -> None:
    line = lines(resource(WORKSPACE))["Managed Prometheus: samples"]
    assert line.quantity == written_series() * 86_400
    assert line.usd_per_month == pytest.approx((line.quantity - 40_000_000) * 0.9 / 10_000_000, abs=0.01)
    assert 0 < written_series() < series_budget()


def test_people_are_those_of_the_groups_and_the_account_that_publishes() -> None:
    told = lines(
        resource(GRAFANA),
        resource("aws:grafana/roleAssociation:RoleAssociation", role="VIEWER", groupIds=["a", "b"]),
        resource("aws:grafana/roleAssociation:RoleAssociation", role="ADMIN", groupIds=["c"]),
    )
    assert (told["Managed Grafana: editors"].quantity, told["Managed Grafana: editors"].usd_per_month) == (6, 54)
    assert (told["Managed Grafana: viewers"].quantity, told["Managed Grafana: viewers"].usd_per_month) == (10, 50)
    assert "Managed Prometheus: samples read" not in told, "they read no workspace"


def test_an_alarm_of_an_expression_is_paid_for_by_its_metrics() -> None:
    queries = [{"id": "a", "metric": {}}, {"id": "b", "metric": {}}, {"id": "c", "expression": "a/b"}]
    told = lines(
        resource("aws:cloudwatch/metricAlarm:MetricAlarm", metricName="CPU"),
        resource("aws:cloudwatch/metricAlarm:MetricAlarm", metricQueries=queries),
    )
    assert (told["alarms: alarm metrics"].quantity, told["alarms: alarm metrics"].usd_per_month) == (3, 0.3)


def test_a_log_group_without_an_assumption_is_said_and_not_guessed() -> None:
    cost = observability_cost(
        [
            resource("aws:cloudwatch/logGroup:LogGroup", name="/aws/cloudtrail/x", retentionInDays=90),
            resource("aws:cloudwatch/logGroup:LogGroup", name="/aws/eks/x/cluster", retentionInDays=90),
        ]
    )
    assert cost is not None
    assert [(line.quantity, line.usd_per_month) for line in cost.lines] == [(5, 2.5), (15, 0.45)]
    assert cost.unpriced == {"log group /aws/eks/x/cluster": "nothing is assumed of how much it takes in"}
    assert cost.usd_per_month == pytest.approx(2.95)


def test_the_trail_is_paid_for_by_the_buckets_that_it_records() -> None:
    selector = {"fieldSelectors": [{"field": "resources.ARN", "startsWiths": ["a/", "b/"]}]}
    told = lines(resource("aws:cloudtrail/trail:Trail", advancedEventSelectors=[selector]))
    assert told["audit trail: events of objects"].usd_per_month == 20


def test_what_is_free_is_not_paid_for() -> None:
    told = lines(
        resource("aws:sns/topicSubscription:TopicSubscription", protocol="email"),
        resource("aws:sns/topicSubscription:TopicSubscription", protocol="https"),
        resource("aws:sqs/queue:Queue"),
        resource("aws:budgets/budget:Budget"),
    )
    assert {name: line.usd_per_month for name, line in told.items()} == {
        "topics: mails": 0,
        "topics: calls of a pager": 0,
        "topics: messages published": 0,
        "queues: requests": 0.12,
        "budgets: budgets": 0,
    }


def test_a_price_begins_where_the_free_part_ends() -> None:
    price = Price(usd=2, per=100, unit="mails", source="x", free=1000)
    assert [price.of(quantity) for quantity in (0, 1000, 1050)] == [0, 0, 1]


def test_each_price_names_a_source_that_the_file_has() -> None:
    content = load_observability_prices().model_dump(mode="python")
    content["prices"]["budget"]["source"] = "memory"
    with pytest.raises(CatalogueError, match="source 'memory'"):
        validate(FILE, content, ObservabilityPrices)
