"""A day of the platform, played through the deployed rules: the right alerts fire, the page shows it, and it goes on.

Does not prove that the rules are right about a real platform: the day is our own description of one.
"""

from __future__ import annotations

import html
import json
import re
import time
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from observability.preview.prometheus_api import QueryError
from observability.preview.screenshots import chromium
from observability.preview.site import boards_in
from rehearsal.observe.session import DASHBOARDS
from rehearsal.observe.story.incident import Expected
from rehearsal.observe.story.incidents import INCIDENTS
from tests.observability.observed import SECONDS_TO_PLAY, Observed, observing
from tests.observability.programs import program

PATIENCE_SECONDS = 150
STILL_TOLD = {"DataDrift", "PredictionDrift", "EmbeddingDrift", "ModelQualityDropped", "IdleGpusCostMoney"}
EXPECTED = [(incident.title, expected) for incident in INCIDENTS for expected in incident.alerts]


def seen(observed: Observed, page: str, folder: Path) -> str:
    """The page's document in a browser, after its scripts ran."""
    program("chromium")
    return chromium(str(folder), 1668, 1000, "--dump-dom", observed.page + page)


def clock(observed: Observed, hour: float) -> str:
    return f"{datetime.fromtimestamp(observed.end + (hour - 24) * 3600, UTC):%d %b %H:%M}"


def test_the_alerts_that_had_to_fire_did_and_no_others(observed: Observed) -> None:
    assert observed.document["faults"] == []
    assert len(observed.alerts) == sum(expected.times for _, expected in EXPECTED)


@pytest.mark.xdist_group("dashboards")
@pytest.mark.timeout(SECONDS_TO_PLAY)
@pytest.mark.long  # that the day with incidents has no other alert is seen above
def test_on_a_healthy_day_nothing_fires(tmp_path: Path) -> None:
    """Traffic waves and all; the day before by steps of some minutes, its last hour by the minute."""
    with observing(tmp_path, "--healthy", "--hours", "1") as healthy:
        assert healthy.document["faults"] == []
        assert healthy.alerts == []
        assert healthy.document["evaluations"] > 100_000


def test_every_alert_says_what_it_saw(observed: Observed) -> None:
    for alert in observed.alerts:
        assert "{{" not in alert["annotations"]["summary"]
        assert re.search(r"\d", alert["annotations"]["summary"]), alert["annotations"]["summary"]


def test_the_first_page_shows_which_alerts_fired_when(observed: Observed, tmp_path: Path) -> None:
    text = seen(observed, "", tmp_path)
    history = text[text.index("Alerts that fired") :]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", history)]
    first: dict[str, str] = {}
    for alert in sorted(observed.alerts, key=lambda alert: alert["begins"]):
        first.setdefault(alert["alert"], alert["labels"]["owner"])
    assert {row[0] for row in rows if row} == set(first)
    for title, _ in EXPECTED:
        assert title in text


@pytest.mark.parametrize(("title", "expected"), EXPECTED, ids=lambda one: getattr(one, "alert", ""))
def test_the_first_page_tells_when_each_fired(
    observed: Observed, title: str, expected: Expected, first_page: str
) -> None:
    (row,) = (row for row in re.findall(r"<tr>.*?</tr>", first_page) if f"<td>{html.escape(title)}</td>" in row)
    times = [
        clock(observed, alert["begins"])[-5:]
        for alert in observed.alerts
        if alert["alert"] == expected.alert and expected.about.items() <= alert["labels"].items()
    ]
    assert f"{expected.alert} {' '.join(times)}" in row


@pytest.fixture(scope="module")
def first_page(observed: Observed) -> str:
    with urllib.request.urlopen(observed.page, timeout=60) as answer:  # noqa: S310 - our own server
        return answer.read().decode()


@pytest.mark.parametrize("uid", [board.uid for board in boards_in(DASHBOARDS)])
def test_dashboards_have_data_drawn(observed: Observed, uid: str, tmp_path: Path) -> None:
    text = seen(observed, f"{uid}.html", tmp_path)
    panels = re.findall(r'<section class="panel.*?</section>', text, re.DOTALL)
    assert len(panels) > 5
    assert 'class="fault"' not in text
    assert sum("data-hover" in panel for panel in panels) >= 2, "no line is drawn"


def test_prometheus_goes_on(observed: Observed) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    scraped = 0.0
    while True:
        with suppress(QueryError):
            found = observed.prometheus.instant("max(timestamp(DCGM_FI_DEV_GPU_UTIL))", time.time())
            scraped = found[0].points[0][1] if found else 0
        if time.time() - scraped < 30 and scraped > observed.end + observed.document["seconds"]:
            break
        assert time.monotonic() < deadline, f"the last sample is of {time.time() - scraped:.0f} s ago"
        time.sleep(1)
    with urllib.request.urlopen(f"{observed.prometheus.address}/api/v1/rules", timeout=30) as answer:  # noqa: S310 - as above
        groups = json.load(answer)["data"]["groups"]
    assert len(groups) > 20
    assert [rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")] == []


def test_alertmanager_tells_what_still_fires(observed: Observed) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    receivers: dict[str, str] = {}
    while True:
        with suppress(OSError), urllib.request.urlopen(observed.page, timeout=60) as answer:  # noqa: S310 - as above
            text = answer.read().decode()
            told = text[text.index("What Alertmanager told") : text.index("Alerts that fired")]
            rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", told)]
            receivers = {row[3]: row[1] for row in rows if len(row) == 5}
        if receivers.keys() >= STILL_TOLD:
            break
        assert time.monotonic() < deadline, f"told: {receivers}"
        time.sleep(2)
    assert receivers["DataDrift"] == "search-warning"
    assert receivers["IdleGpusCostMoney"] == "vision-info"
    assert receivers.keys() == STILL_TOLD, "what ended hours ago is not told"
