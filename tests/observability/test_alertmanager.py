"""A real Alertmanager with our configuration, publishing to an emulated SNS: what arrives where, and what is hidden.

Does not prove permissions: the emulation asks nobody for any.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from observability.alert_routing import HEARTBEAT, SEVERITIES, alertmanager_configuration
from rehearsal.observe import programs
from tests.observability.programs import program

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}
PATIENCE_SECONDS = 90
CLUSTER = "llm-platform-prod"


@dataclass(frozen=True)
class Alerting:
    """A running Alertmanager, and what its topics got."""

    url: str
    messages: Callable[[str], list[dict[str, Any]]]

    def fire(self, *alerts: dict[str, str]) -> None:
        body = [{"labels": {"cluster": CLUSTER, **labels}, "annotations": {"summary": "It is"}} for labels in alerts]
        self._ask("POST", "/api/v2/alerts", body)

    def hidden(self) -> set[str]:
        """Names of alerts that others inhibit."""
        alerts = self._ask("GET", "/api/v2/alerts")
        return {alert["labels"]["alertname"] for alert in alerts if alert["status"]["inhibitedBy"]}

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.url + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or "null")


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def alerting(server: str, tmp_path: Path) -> Generator[Alerting]:
    sns, sqs = (boto3.client(name, endpoint_url=server, **CREDENTIALS) for name in ("sns", "sqs"))
    topics: dict[str, str] = {}
    queues: dict[str, str] = {}
    for topic in (*SEVERITIES, HEARTBEAT):
        topics[topic] = sns.create_topic(Name=f"{tmp_path.name}-{topic}")["TopicArn"]
        queues[topic] = sqs.create_queue(QueueName=f"{tmp_path.name}-{topic}")["QueueUrl"]
        (arn,) = sqs.get_queue_attributes(QueueUrl=queues[topic], AttributeNames=["QueueArn"])["Attributes"].values()
        sns.subscribe(TopicArn=topics[topic], Protocol="sqs", Endpoint=arn)

    def messages(topic: str) -> list[dict[str, Any]]:
        """What came since the last look."""
        got = sqs.receive_message(QueueUrl=queues[topic], MaxNumberOfMessages=10).get("Messages", [])
        for one in got:
            sqs.delete_message(QueueUrl=queues[topic], ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"]) for one in got]

    configuration = alertmanager_configuration(REGION, topics, ["research"], "https://git.example.com")
    for receiver in configuration["receivers"]:
        for config in receiver.get("sns_configs", ()):
            config["api_url"] = server
    configuration["route"] |= {"group_wait": "1s", "group_interval": "2s"}
    with running(tmp_path, configuration) as url:
        yield Alerting(url, messages)


@contextmanager
def running(folder: Path, configuration: dict[str, Any]) -> Generator[str]:
    file = folder / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(configuration))
    command = [
        program("prometheus-alertmanager"),
        f"--config.file={file}",
        f"--storage.path={folder / 'data'}",
        "--cluster.listen-address=",
    ]
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def listening(port: int) -> list[str]:
        return [*command, f"--web.listen-address=127.0.0.1:{port}"]

    with programs.running("Alertmanager", listening, folder / "log", environment) as port:
        yield f"http://127.0.0.1:{port}"


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def first(alerting: Alerting, topic: str) -> dict[str, Any]:
    got: list[dict[str, Any]] = []

    def came() -> bool:
        got.extend(alerting.messages(topic))
        return bool(got)

    wait_until(came)
    return got[0]


def test_an_alert_arrives_at_the_topic_of_its_severity_with_its_teams_name(alerting: Alerting) -> None:
    alerting.fire({"alertname": "ModelDown", "severity": "critical", "owner": "research", "model": "chat"})
    envelope = first(alerting, "critical")
    assert envelope["Subject"] == f"firing critical: ModelDown in {CLUSTER}"
    assert envelope["MessageAttributes"]["team"]["Value"] == "research"
    assert envelope["MessageAttributes"]["severity"]["Value"] == "critical"
    content = json.loads(envelope["Message"])["content"]
    assert content["title"] == f"firing critical: ModelDown in {CLUSTER}"
    assert content["description"] == "• It is\n"


def test_every_severity_and_the_heartbeat_arrive(alerting: Alerting) -> None:
    alerting.fire(
        {"alertname": "A", "severity": "critical", "owner": "platform"},
        {"alertname": "B", "severity": "warning", "owner": "platform"},
        {"alertname": "C", "severity": "info", "owner": "platform"},
        {"alertname": "Watchdog", "severity": "none"},
    )
    for topic, alertname in (("critical", "A"), ("warning", "B"), ("info", "C")):
        assert alertname in first(alerting, topic)["Subject"]
    assert first(alerting, HEARTBEAT)["Subject"] == "heartbeat"


def test_what_a_model_that_is_down_explains_is_not_told(alerting: Alerting) -> None:
    down = {"model": "chat", "namespace": "serving", "owner": "research"}
    alerting.fire(
        {"alertname": "ModelDown", "severity": "critical", **down},
        {"alertname": "ModelReplicasMissing", "severity": "warning", **down},
        {"alertname": "SloBurnRateCritical", "severity": "critical", "slo": "availability", **down},
        {"alertname": "ModelKvCacheFull", "severity": "warning", **down},
        {"alertname": "ModelErrors", "severity": "warning", **down, "model": "embed"},
    )
    wait_until(lambda: len(alerting.hidden()) > 1)
    assert alerting.hidden() == {"ModelReplicasMissing", "SloBurnRateCritical"}
    told: set[str] = set()

    def all_came() -> bool:
        told.update(one["Subject"].split()[2] for topic in SEVERITIES for one in alerting.messages(topic))
        return told >= {"ModelDown", "ModelKvCacheFull", "ModelErrors"}

    wait_until(all_came)
    time.sleep(3)  # longer than a group waits
    all_came()
    assert told == {"ModelDown", "ModelKvCacheFull", "ModelErrors"}


def test_a_fatal_xid_hides_the_same_gpus_other_alerts_and_no_other_gpus(alerting: Alerting) -> None:
    gpu = {"node": "gpu-1", "gpu": "3", "owner": "platform"}
    alerting.fire(
        {"alertname": "GpuXidFatal", "severity": "critical", **gpu},
        {"alertname": "GpuXidReported", "severity": "warning", **gpu},
        {"alertname": "GpuThrottled", "severity": "warning", **gpu, "gpu": "4"},
        {"alertname": "GpuHot", "severity": "warning", **gpu, "node": "gpu-2"},
    )
    wait_until(lambda: bool(alerting.hidden()))
    assert alerting.hidden() == {"GpuXidReported"}


def test_another_charts_critical_alert_hides_its_own_warning(alerting: Alerting) -> None:
    alerting.fire(
        {"alertname": "NodeFilesystemAlmostOutOfSpace", "severity": "critical", "namespace": "monitoring"},
        {"alertname": "NodeFilesystemAlmostOutOfSpace", "severity": "warning", "namespace": "monitoring"},
        {"alertname": "KubePodCrashLooping", "severity": "warning", "namespace": "monitoring"},
    )
    wait_until(lambda: bool(alerting.hidden()))
    assert alerting.hidden() == {"NodeFilesystemAlmostOutOfSpace"}
