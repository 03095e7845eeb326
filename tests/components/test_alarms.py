"""Alarms as data, and what is registered of them. Does not prove that AWS publishes such metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.alarm import Alarm
from components.alarms import Alarms, AlarmsArgs, alarm_label, runbook
from components.aurora_facts import AuroraFacts
from components.burst_alarms import burst_alarms
from components.database_alarms import database_alarms
from components.machine_alarms import scratch_alarms
from tests.components.alarm_fixtures import PROVISIONED, SERVERLESS, alarms_by_label, every_alarm
from tests.components.recorder import Recording, record

ROOT = Path(__file__).resolve().parents[2]
SEVERITIES = ("critical", "warning", "info")
EVERY = every_alarm()
MOST_SECONDS = 86400


def recorded(alarms: list[Alarm], *, preview: bool = False) -> Recording:
    def build() -> None:
        topics = {severity: f"arn:aws:sns:us-east-1:111122223333:{severity}" for severity in SEVERITIES}
        Alarms(
            "alarms",
            AlarmsArgs(platform="llm-platform-dev", alarms=alarms, topic_arns=topics, owner="ml-platform"),
        )

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_there_is_an_alarm_for_each(preview: bool) -> None:
    expected = {("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarms-{alarm_label(alarm)}") for alarm in EVERY}
    assert len(expected) == len(EVERY)
    found = recorded(EVERY, preview=preview).children()
    assert found == expected | {("llm-platform:alarms:Alarms", "alarms")}


def test_an_alarm_tells_its_severitys_topic_when_it_goes_off_and_when_it_is_over() -> None:
    recording = recorded(EVERY)
    for alarm in EVERY:
        inputs = recording.one(f"alarms-{alarm_label(alarm)}").inputs
        topic = [f"arn:aws:sns:us-east-1:111122223333:{alarm.severity}"]
        assert (inputs["alarmActions"], inputs["okActions"]) == (topic, topic)
        assert inputs["name"] == f"llm-platform-dev-{alarm_label(alarm)}"


def test_an_alarm_says_what_is_wrong_whose_it_is_and_what_to_do() -> None:
    description = recorded(EVERY).one("alarms-DatabaseCpuHigh-vectors-0").inputs["alarmDescription"]
    assert description == (
        "CPU above 85 % for 15 minutes. Severity: warning. Owner: ml-platform. "
        "Runbook: docs/runbooks/DatabaseCpuHigh.md"
    )


@pytest.mark.parametrize("kind", sorted({alarm.kind for alarm in EVERY} | {"AuditTampering", "BudgetSpent"}))
def test_every_kind_has_its_page(kind: str) -> None:
    page = (ROOT / runbook(kind)).read_text(encoding="utf-8")
    assert page.startswith(f"# {kind}\n")
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["Symptom", "Check", "Fix", "Escalate"]


@pytest.mark.parametrize("alarm", EVERY, ids=alarm_label)
def test_an_alarm_is_one_that_cloudwatch_takes(alarm: Alarm) -> None:
    assert alarm.period_seconds * alarm.periods <= MOST_SECONDS
    assert (alarm.periods_beyond or alarm.periods) <= alarm.periods
    assert alarm.summary.endswith(".")


def test_a_metric_in_per_cent_is_an_expression_over_the_others() -> None:
    inputs = recorded(EVERY).one("alarms-NatPacketsDropped-us-east-1a").inputs
    assert not {"metricName", "namespace", "period", "statistic", "dimensions"} & inputs.keys()
    percent, part, *whole = inputs["metricQueries"]
    assert percent["expression"] == "IF(whole0+whole1>0, 100*part/(whole0+whole1))"
    assert [query["returnData"] for query in inputs["metricQueries"]] == [True, False, False, False]
    assert part["metric"] == {
        "namespace": "AWS/NATGateway",
        "metricName": "PacketsDropCount",
        "dimensions": {"NatGatewayId": "nat-1"},
        "stat": "Sum",
        "period": 300,
    }
    assert [query["metric"]["metricName"] for query in whole] == ["PacketsInFromSource", "PacketsInFromDestination"]


def test_a_provisioned_database_is_watched_by_instance() -> None:
    alarms = alarms_by_label(database_alarms(PROVISIONED))
    kinds = ("DatabaseConnectionsHigh", "DatabaseCpuHigh", "DatabaseMemoryLow", "DatabaseSilent")
    instances = {f"{kind} vectors-{number}" for kind in kinds for number in (0, 1)}
    assert alarms.keys() == instances | {"DatabaseReplicaLag vectors", "DatabaseProxySignInsFail vectors"}
    assert alarms["DatabaseMemoryLow vectors-0"].threshold == round(64 * 2**30 * 0.05)
    # LEAST(64 GiB / 9531392, 5000) is 5000, of which 80 %.
    assert alarms["DatabaseConnectionsHigh vectors-0"].threshold == 4000
    assert alarms["DatabaseSilent vectors-1"].missing == "breaching"


def test_a_serverless_database_is_watched_for_its_capacity_and_not_for_memory() -> None:
    alarms = alarms_by_label(database_alarms(SERVERLESS))
    kinds = ("DatabaseAtCapacity", "DatabaseConnectionsHigh", "DatabaseCpuHigh", "DatabaseSilent")
    assert alarms.keys() == {f"{kind} vectors-0" for kind in kinds}
    # LEAST(8 GiB / 9531392, 5000) is 901, of which 80 %.
    assert alarms["DatabaseConnectionsHigh vectors-0"].threshold == 720


def test_a_database_that_may_pause_may_fall_silent() -> None:
    pausing = AuroraFacts(
        cluster_identifier="vectors",
        instance_identifiers=["vectors-0"],
        memory_gib=8,
        serverless=True,
        pauses=True,
        proxy_name=None,
    )
    assert "DatabaseSilent vectors-0" not in alarms_by_label(database_alarms(pausing))


def test_scratch_is_almost_full_at_a_tenth() -> None:
    [alarm] = scratch_alarms("fs-1", 1200)
    assert (alarm.comparison, alarm.threshold) == ("below", 120 * 2**30)


def test_a_serverless_burst_endpoint_has_no_backlog() -> None:
    assert [alarm.kind for alarm in burst_alarms("burst", "primary", "serverless")] == ["BurstRequestsFail"]
