"""Each alert reaches the receiver of its severity and owner, by amtool on the very configuration; none is lost.

Does not prove that SNS takes the message: test_alertmanager does, on an emulated SNS.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from observability.alert_message import MOST_ALERTS, message, subject
from observability.alert_routing import INHIBITIONS, PLATFORM, SEVERITIES, alertmanager_configuration
from tests.observability.alert_rules import alert_rules, cases
from tests.observability.rendered_messages import amtool, notification, rendered

TEAMS = ["ml-platform", "research", "search"]
TOPICS = {topic: f"arn:aws:sns:us-east-1:333344445555:alerts-{topic}" for topic in (*SEVERITIES, "heartbeat")}
RUNBOOKS = "https://git.example.com/llm-platform/blob/main/"


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    return alertmanager_configuration("us-east-1", TOPICS, TEAMS, RUNBOOKS)


@pytest.fixture(scope="module")
def file(configuration: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("alertmanager") / "alertmanager.yaml"
    written.write_text(yaml.safe_dump(configuration))
    return written


def receiver(file: Path, **labels: str) -> str:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    return amtool("config", "routes", "test", "--config.file", file, *pairs).strip()


def test_amtool_accepts_it(file: Path) -> None:
    assert "SUCCESS" in amtool("check-config", file)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("owner", [*TEAMS, PLATFORM])
def test_each_severity_and_owner_has_its_receiver(file: Path, owner: str, severity: str) -> None:
    found = receiver(file, alertname="ModelDown", owner=owner, severity=severity, model="chat", namespace="serving")
    assert found == f"{owner}-{severity}"


def all_labels() -> list[dict[str, str]]:
    """Labels of each alert as its promtool tests say that Prometheus gives them, each once."""
    seen = {
        tuple(sorted({"alertname": rule.name, **alert["exp_labels"]}.items()))
        for rule in alert_rules()
        for case in cases(rule)
        for check in case.group["alert_rule_test"]
        for alert in check["exp_alerts"] or ()
    }
    once = {(dict(labels)["alertname"], dict(labels)["owner"]): dict(labels) for labels in sorted(seen)}
    return list(once.values())


@pytest.mark.parametrize("labels", all_labels(), ids=lambda labels: f"{labels['alertname']} of {labels['owner']}")
def test_each_alert_reaches_its_owner(file: Path, labels: dict[str, str]) -> None:
    owner = labels["owner"] if labels["owner"] in TEAMS else PLATFORM
    assert receiver(file, **labels) == f"{owner}-{labels['severity']}"


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"alertname": "KubePodCrashLooping", "severity": "warning"}, "platform-warning"),
        ({"alertname": "KubeAPIDown", "severity": "critical"}, "platform-critical"),
        ({"alertname": "CPUThrottlingHigh", "severity": "info"}, "platform-info"),
        ({"alertname": "Unheard", "severity": "page"}, "platform-warning"),
        ({"alertname": "Unheard"}, "platform-warning"),
        ({"alertname": "Unheard", "owner": "research"}, "research-warning"),
        ({"alertname": "Unheard", "owner": "research", "severity": "page"}, "research-warning"),
        ({"alertname": "ModelDown", "owner": "a-team-of-tomorrow", "severity": "critical"}, "platform-critical"),
        ({"alertname": "Watchdog", "severity": "none"}, "heartbeat"),
        ({"alertname": "InfoInhibitor", "severity": "none"}, "nobody"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_what_no_rule_of_ours_sends_reaches_somebody(file: Path, labels: dict[str, str], found: str) -> None:
    assert receiver(file, **labels) == found


def test_without_a_topic_for_it_the_heartbeat_goes_nowhere(tmp_path: Path) -> None:
    topics = {severity: TOPICS[severity] for severity in SEVERITIES}
    written = tmp_path / "alertmanager.yaml"
    written.write_text(yaml.safe_dump(alertmanager_configuration("us-east-1", topics, [])))
    assert receiver(written, alertname="Watchdog", severity="none") == "nobody"
    assert receiver(written, alertname="ModelDown", owner="search", severity="critical") == "platform-critical"


def test_a_receiver_publishes_to_the_topic_of_its_severity(configuration: dict[str, Any]) -> None:
    for entry in configuration["receivers"]:
        if entry["name"] in ("nobody", "heartbeat"):
            continue
        owner, _, severity = entry["name"].rpartition("-")
        (sns,) = entry["sns_configs"]
        assert sns["topic_arn"] == TOPICS[severity]
        assert sns["attributes"] == {"team": owner, "severity": severity}
        assert sns["sigv4"] == {"region": "us-east-1"}
    (heartbeat,) = (entry for entry in configuration["receivers"] if entry["name"] == "heartbeat")
    assert heartbeat["sns_configs"][0]["topic_arn"] == TOPICS["heartbeat"]
    assert [entry["name"] for entry in configuration["receivers"] if "sns_configs" not in entry] == ["nobody"]


def test_each_receiver_has_a_route(configuration: dict[str, Any]) -> None:
    def routed(route: dict[str, Any]) -> set[str]:
        return {route["receiver"]}.union(*(routed(inner) for inner in route.get("routes", ())))

    assert routed(configuration["route"]) == {entry["name"] for entry in configuration["receivers"]}


@pytest.mark.parametrize(("source", "targets", "equal"), INHIBITIONS, ids=str)
def test_what_hides_another_alert_exists_and_they_share_its_labels(
    source: str, targets: list[str], equal: list[str]
) -> None:
    rules = {rule.name: rule for rule in alert_rules()}
    for name in (source, *targets):
        labelled = [
            alert["exp_labels"]
            for case in cases(rules[name])
            for check in case.group["alert_rule_test"]
            for alert in check["exp_alerts"] or ()
        ]
        assert any(set(equal) <= set(labels) for labels in labelled), f"{name} has not all of {equal}"


@pytest.mark.parametrize("summary", ['Model "chat" is down', "back\\slash\nand a line\t…", "93 °C — 模型", 'ends in "'])
def test_a_message_is_a_notification_that_a_chat_shows(summary: str, tmp_path: Path) -> None:
    data = notification(2, summary=summary, description="Why", runbook="docs/runbooks/ModelDown.md")
    document = json.loads(rendered(message(RUNBOOKS), data, tmp_path))
    assert document["version"] == "1.0"
    assert document["source"] == "custom"
    content = document["content"]
    assert content["title"] == "firing critical: ModelDown in llm-platform-prod"
    assert content["description"] == f"• {summary}\n  Why\n" * 2
    assert content["nextSteps"] == [f"{RUNBOOKS}docs/runbooks/ModelDown.md"]
    assert document["metadata"] == {"threadId": "ModelDown/search", "summary": "ModelDown"}


def test_a_message_of_many_alerts_stays_within_what_a_chat_takes(tmp_path: Path) -> None:
    data = notification(MOST_ALERTS + 85, summary="s" * 2000, description="d" * 2000)
    content = json.loads(rendered(message(""), data, tmp_path))["content"]
    assert len(content["description"]) <= 8000
    assert content["description"].endswith("… 100 in all")


def test_another_charts_runbook_is_kept(tmp_path: Path) -> None:
    data = notification(1, summary="s", runbook_url="https://runbooks.example.com/kubeapidown")
    content = json.loads(rendered(message(RUNBOOKS), data, tmp_path))["content"]
    assert content["nextSteps"] == ["https://runbooks.example.com/kubeapidown"]


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_subject_is_one_that_sns_takes(severity: str, tmp_path: Path) -> None:
    data = notification(1)
    data["status"] = "resolved"
    data["commonLabels"] = {"alertname": "A" * 200, "cluster": "c" * 200}
    said = rendered(subject(severity), data, tmp_path)
    assert said.startswith(f"resolved {severity}: AAA")
    assert len(said) <= 100
    assert said.isascii()
