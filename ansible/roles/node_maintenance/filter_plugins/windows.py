"""Maintenance windows: whether one is open, until when, and when the next one opens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ansible.errors import AnsibleFilterError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 9  # a window of one day a week that a change of the clock leaves out comes the week after
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def maintenance_window(window: Mapping[str, Any], now: datetime | str, minutes_needed: int = 0) -> dict[str, Any]:
    """Say whether work that takes so many minutes may begin: `open`, `message` and the times `ends` and `next`.

    `window` has days (mon ... sun, on which it begins; all when left out), start and end (HH:MM; an end that is not
    after the start is on the next day) and timezone (UTC when left out). Nothing in it: always open. `now` without a
    zone is UTC.
    """
    if not window:
        return {"open": True, "message": "no maintenance window is set", "ends": None, "next": None}
    moment = datetime.fromisoformat(now) if isinstance(now, str) else now
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    zone = _zone(window)
    needed = timedelta(minutes=int(minutes_needed))
    spans = list(_spans(window, zone, moment))
    current = next((each for each in spans if each[0] <= moment and moment + needed < each[1]), None)
    # One that is too short for the work is of no use, however soon it opens.
    coming = next((each for each in spans if each[0] > moment and each[1] - each[0] > needed), None)
    described = (
        f"{', '.join(_days(window))} {window.get('start')}-{window.get('end')} {zone.key}"
        f"{f', of which {minutes_needed} minutes must be left' if needed else ''}"
    )
    if current is not None:
        message = f"the maintenance window ({described}) is open until {_told(current[1], zone)}"
    elif coming is not None:
        message = f"the maintenance window ({described}) is closed; the next opens at {_told(coming[0], zone)}"
    else:
        message = f"the maintenance window ({described}) never opens long enough"
    return {
        "open": current is not None,
        "message": message,
        "ends": current[1].isoformat() if current else None,
        "next": coming[0].isoformat() if coming else None,
    }


def _spans(window: Mapping[str, Any], zone: ZoneInfo, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield beginning and end of the windows around a moment, in order."""
    start, end = _clock(window, "start"), _clock(window, "end")
    days = _days(window)
    today = moment.astimezone(zone).date()
    for offset in range(-2, LOOK_AHEAD_DAYS + LOOK_AHEAD_DAYS):
        day = today + timedelta(days=offset)
        if DAYS[day.weekday()] in days:
            # On the day on which the clock goes forward one may end before it begins: it is open at no moment.
            yield _instant(day, start, zone), _instant(day + timedelta(days=int(end <= start)), end, zone)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return a wall clock's time as an instant: the first of two where the clock goes back."""
    # By way of UTC, for Python compares and subtracts times of one zone by their walls' clocks.
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _told(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(" ", "minutes")


def _zone(window: Mapping[str, Any]) -> ZoneInfo:
    name = str(window.get("timezone") or "UTC")
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise AnsibleFilterError(
            f"node_maintenance_window: timezone {name!r} is unknown here; use a name such as Europe/Berlin"
        ) from None


def _days(window: Mapping[str, Any]) -> list[str]:
    days = [str(each).lower()[:3] for each in window.get("days") or DAYS]
    unknown = [each for each in days if each not in DAYS]
    if unknown:
        raise AnsibleFilterError(f"node_maintenance_window: days {unknown}: known are {', '.join(DAYS)}")
    return days


def _clock(window: Mapping[str, Any], key: str) -> time:
    text = str(window.get(key, ""))
    match = CLOCK.fullmatch(text)
    if match is None:
        raise AnsibleFilterError(f"node_maintenance_window: {key} {text!r}: needs a quoted time such as '22:00'")
    return time(int(match[1]), int(match[2]))


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"maintenance_window": maintenance_window}
