"""What CloudWatch Logs, EventBridge and CloudWatch refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.checks import facts
from rehearsal.checks.documents import document, not_json
from rehearsal.checks.reading import is_absent, items, number, numbers, texts
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.schedules import problem
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration

ALARM, EVENT_RULE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/eventRule:EventRule"
PUT_ALARM = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
SHORT_PERIODS = (10, 20, 30)
HOUR, DAY, WEEK = 3600, 86400, 604800
MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
MATCHERS = frozenset(
    ("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard")
)


@rule("aws:cloudwatch/logGroup:LogGroup", source=facts.source("log_retention_days"))
def retention(r: Registration, _: World) -> Broken:
    """Retention is one of the numbers of days that CloudWatch Logs has."""
    for at, days in numbers(r, "retentionInDays"):
        if days not in facts.values("log_retention_days"):
            yield at, one_of(days, facts.values("log_retention_days"))


@rule(
    "aws:cloudwatch/logGroup:LogGroup",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def logs_key(r: Registration, world: World) -> Broken:
    """The key of a log group lets CloudWatch Logs use it."""
    for at, arn in texts(r, "kmsKeyId"):
        key = world.find(arn, "aws:kms/key:Key")
        policy = key.registration.inputs.get("policy") if key else UNKNOWN
        if policy is not UNKNOWN and f"logs.{world.region}.amazonaws.com" not in str(policy):
            yield at, f"the key policy of {arn} does not let logs.{world.region}.amazonaws.com use it"


@rule(EVENT_RULE, source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html")
def event_rule(r: Registration, _: World) -> Broken:
    """A rule has a pattern of EventBridge's grammar, or a schedule."""
    if is_absent(r, "eventPattern") and is_absent(r, "scheduleExpression"):
        yield "eventPattern", "is missing, and so is scheduleExpression; a rule has at least one"
    wrong = not_json(r, "eventPattern")
    if wrong:
        yield "eventPattern", wrong
    found = document(r, "eventPattern")
    if found is not None:
        yield from (("eventPattern", message) for message in _pattern(found, ""))
    for at, expression in texts(r, "scheduleExpression"):
        wrong = problem(expression)
        if wrong:
            yield at, f"{expression!r}: {wrong}"


def _pattern(pattern: Mapping[str, Any], at: str) -> Iterator[str]:
    for key, value in pattern.items():
        where = f"{at}.{key}" if at else key
        if isinstance(value, Mapping):
            yield from _pattern(value, where)
        elif not isinstance(value, list):
            yield f"{where} must be an object or an array, not {json.dumps(value)}"
        elif not value:
            yield f"{where}: empty arrays are not allowed"
        elif key != "$or":
            for matcher in (item for item in value if isinstance(item, Mapping)):
                for name in sorted(matcher.keys() - MATCHERS):
                    yield f"{where}: unrecognized match type {name}"


@rule(ALARM, source=PUT_ALARM)
def alarm_period(r: Registration, _: World) -> Broken:
    """A period is 10, 20, 30 or a multiple of 60 seconds, and all periods together at most a week."""
    period, count = number(r, "period"), number(r, "evaluationPeriods")
    if period is not None and period not in SHORT_PERIODS and (period < 1 or period % 60):
        yield "period", f"{period} is not allowed; allowed: 10, 20, 30 and multiples of 60"
    if period is not None and count is not None and period * count > (WEEK if period >= HOUR else DAY):
        most = "seven days" if period >= HOUR else "a day"
        yield "evaluationPeriods", f"{count} periods of {period} s are longer than {most}"
    needed = number(r, "datapointsToAlarm")
    if needed is not None and count is not None and needed > count:
        yield "datapointsToAlarm", f"{needed} is more than the {count} evaluation periods"


@rule(ALARM, source=PUT_ALARM)
def alarm_metric(r: Registration, _: World) -> Broken:
    """An alarm watches a metric by one statistic and period, or metric queries, and has a threshold."""
    for at, value in texts(r, "treatMissingData"):
        if value not in MISSING_DATA:
            yield at, one_of(value, MISSING_DATA)
    if is_absent(r, "threshold") and is_absent(r, "thresholdMetricId") and is_absent(r, "evaluationCriteria"):
        yield "threshold", "is missing"
    queries = items(r, "metricQueries")
    watched = [query.get("returnData") for query in queries or [] if isinstance(query, Mapping)]
    if watched and UNKNOWN not in watched:
        count = sum(returned in (True, "true") for returned in watched)
        if count != 1 and is_absent(r, "thresholdMetricId"):
            yield "metricQueries", f"{count} queries return data; an alarm watches exactly one"
    if is_absent(r, "metricName"):
        if is_absent(r, "metricQueries") and is_absent(r, "evaluationCriteria"):
            yield "metricName", "is missing, and so are metricQueries"
        return
    if is_absent(r, "period"):
        yield "period", "is missing"
    yield from exactly_one(r, ("statistic", "extendedStatistic"), "an alarm")
