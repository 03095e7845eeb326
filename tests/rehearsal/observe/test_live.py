"""Alertmanager gets the deployed routes and inhibitions; only where its receivers send to is another."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from observability.alert_routing import SEVERITIES, alertmanager_configuration
from rehearsal.observe.live import SOON, alertmanager_document, prometheus_document
from rehearsal.observe.messages import Messages, receiving
from rehearsal.observe.story.fleet import TEAMS


def test_routes_and_inhibitions_are_those_that_are_deployed() -> None:
    ours = alertmanager_document(9)
    deployed = alertmanager_configuration("eu-west-1", {severity: severity for severity in SEVERITIES}, TEAMS)
    assert ours["inhibit_rules"] == deployed["inhibit_rules"]
    assert ours["route"] == {**deployed["route"], **SOON}
    assert [one["name"] for one in ours["receivers"]] == [one["name"] for one in deployed["receivers"]]


def test_no_receiver_leaves_this_machine() -> None:
    receivers = alertmanager_document(9)["receivers"]
    addresses = {
        receiver["name"]: [one["url"] for one in receiver.get("webhook_configs", ())] for receiver in receivers
    }
    assert addresses.pop("nobody") == []
    assert addresses == {name: [f"http://127.0.0.1:9/{name}"] for name in addresses}
    assert all(set(receiver) <= {"name", "webhook_configs"} for receiver in receivers)


def test_a_day_that_is_over_is_not_scraped() -> None:
    assert prometheus_document(None, None, ()) == {"global": {}}


def notify(port: int, body: bytes) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/search-warning", body)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_notification_is_kept_alert_by_alert() -> None:
    messages = Messages()
    alerts = [
        {"status": "firing", "labels": {"alertname": name}, "annotations": {"summary": f"{name} is"}}
        for name in ("A", "B")
    ]
    with receiving(messages) as port:
        assert notify(port, json.dumps({"alerts": alerts}).encode()) == 200
    assert [(one.receiver, one.alert, one.status, one.summary) for one in messages.all()] == [
        ("search-warning", "A", "firing", "A is"),
        ("search-warning", "B", "firing", "B is"),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"alerts": [{}]}'])
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    messages = Messages()
    with receiving(messages) as port:
        assert notify(port, body) == 400
    assert messages.all() == []
