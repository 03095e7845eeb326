"""What the first page says besides which alerts fired: what happened in the day, and what Alertmanager told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from rehearsal.observe.messages import Message
from rehearsal.observe.outcome import Fired, is_about
from rehearsal.observe.story.incident import Incident
from rehearsal.observe.story.moment import HOURS, time_of

WRAPPED = ' style="white-space:normal"'
NEWEST = 30
"""Messages that are shown."""


def story_section(incidents: Collection[Incident], found: Sequence[Fired], end: float) -> str:
    """Each incident with the alerts that it brought."""
    rows = "".join(
        f"<tr><td>{_clock(incident.begins, end)}</td><td>{_until(incident, end)}</td><td>{escape(incident.title)}</td>"
        f"<td{WRAPPED}>{escape(incident.text)}</td>"
        f"<td{WRAPPED}>{escape(', '.join(_brought(incident, found, end)))}</td></tr>"
        for incident in sorted(incidents, key=lambda incident: incident.begins)
    )
    head = "<th>From (UTC)</th><th>To</th><th>Incident</th><th>What happened</th><th>Alerts, and when they fired</th>"
    body = rows or '<tr><td colspan="5">Nothing went wrong: no alert should have fired.</td></tr>'
    return _section("What happened", head, body)


def messages_section(messages: Sequence[Message]) -> str:
    """What Alertmanager told, the newest first."""
    rows = "".join(
        f"<tr><td>{datetime.fromtimestamp(one.at, UTC):%d %b %H:%M:%S}</td><td>{escape(one.receiver)}</td>"
        f"<td>{escape(one.status)}</td><td>{escape(one.alert)}</td><td>{escape(one.summary)}</td></tr>"
        for one in reversed(messages[-NEWEST:])
    )
    head = "<th>At (UTC)</th><th>Receiver</th><th>Status</th><th>Alert</th><th>Summary</th>"
    body = rows or '<tr><td colspan="5">Nothing yet: load the page again in a minute.</td></tr>'
    return _section("What Alertmanager told since the day ended", head, body)


def _section(title: str, head: str, rows: str) -> str:
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return (
        f'<section class="panel" style="margin-bottom:12px"><h3>{title}</h3><div class="table">{table}</div></section>'
    )


def _brought(incident: Incident, found: Sequence[Fired], end: float) -> Iterator[str]:
    for expected in incident.alerts:
        times = [_clock(entry.begins, end)[-5:] for entry in found if is_about(entry, expected)]
        yield f"{expected.alert} {' '.join(times) or 'not'}"


def _until(incident: Incident, end: float) -> str:
    return "still" if incident.ends > HOURS else _clock(incident.ends, end)


def _clock(hour: float, end: float) -> str:
    return f"{datetime.fromtimestamp(time_of(hour, end), UTC):%d %b %H:%M}"
