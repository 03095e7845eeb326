"""When a maintenance window is open: days, midnight, time zones and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from tests.ansible.role_filters import role_filters

window = role_filters("node_maintenance", "windows")["maintenance_window"]
BERLIN = {"days": ["sat"], "start": "22:00", "end": "05:00", "timezone": "Europe/Berlin"}
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_without_a_window_work_may_always_begin() -> None:
    assert window({}, at("2026-11-21 12:00"))["open"]


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-21 21:59", False),  # Saturday
        ("2026-11-21 22:00", True),
        ("2026-11-22 04:59", True),  # Sunday, in Saturday's window
        ("2026-11-22 05:00", False),
        ("2026-11-22 22:30", False),  # Sunday has no window
        ("2026-11-21 03:00", False),  # nor has Friday
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins(moment: str, is_open: bool) -> None:
    assert window(BERLIN, at(moment, "Europe/Berlin"))["open"] is is_open


def test_the_next_window_is_told_with_its_zone() -> None:
    said = window(BERLIN, at("2026-11-22 12:00"))
    assert not said["open"]
    assert said["next"] == "2026-11-28T21:00:00+00:00"
    assert "Europe/Berlin) is closed; the next opens at 2026-11-28 22:00+01:00" in said["message"]


def test_times_without_a_zone_are_utc() -> None:
    assert window({"start": "22:00", "end": "23:00"}, "2026-11-21 22:30")["open"]
    assert window({"start": "22:00", "end": "23:00"}, datetime(2026, 11, 21, 22, 30))["open"]


def test_what_is_left_has_to_be_enough() -> None:
    late = at("2026-11-22 04:30", "Europe/Berlin")
    assert window(BERLIN, late, 29)["open"]
    refused = window(BERLIN, late, 30)
    assert not refused["open"]
    assert "of which 30 minutes must be left" in refused["message"]
    assert refused["next"] == "2026-11-28T21:00:00+00:00"


def test_work_longer_than_any_window_is_told() -> None:
    assert "never opens long enough" in window(BERLIN, at("2026-11-21 23:00"), 8 * 60)["message"]


def test_equal_start_and_end_are_a_whole_day() -> None:
    daily = {"start": "06:00", "end": "06:00"}
    assert all(window(daily, at("2026-11-21 00:00") + timedelta(minutes=each))["open"] for each in range(0, 1440, 7))


# In Berlin clocks go forward at 2026-03-29 02:00 and back at 2026-10-25 03:00.
@pytest.mark.parametrize(
    ("start", "end", "hours", "night"),
    [
        ("22:00", "05:00", 6, "2026-03-28"),
        ("22:00", "05:00", 8, "2026-10-24"),
        ("22:00", "05:00", 7, "2026-11-21"),
    ],
)
def test_a_night_is_as_long_as_the_clock_on_the_wall_makes_it(start: str, end: str, hours: int, night: str) -> None:
    nightly = {"start": start, "end": end, "timezone": "Europe/Berlin"}
    opens = at(f"{night} {start}", "Europe/Berlin").astimezone(UTC)
    assert window(nightly, opens)["ends"] == (opens + timedelta(hours=hours)).isoformat()


def test_a_window_within_the_hour_that_is_left_out_is_no_window_that_day() -> None:
    nightly = {"start": "02:30", "end": "03:15", "timezone": "Europe/Berlin"}
    for minute in range(0, 24 * 60, 5):
        assert not window(nightly, at("2026-03-29 00:00") + timedelta(minutes=minute))["open"]
    assert window(nightly, at("2026-03-30 02:45", "Europe/Berlin"))["open"]


def test_an_hour_that_comes_twice_counts_once() -> None:
    nightly = {"start": "02:15", "end": "02:45", "timezone": "Europe/Berlin"}
    first, second = at("2026-10-25 00:30"), at("2026-10-25 01:30")
    assert (window(nightly, first)["open"], window(nightly, second)["open"]) == (True, False)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"start": "22:00", "end": "05:00", "timezone": "Europe/Atlantis"}, "timezone 'Europe/Atlantis' is unknown"),
        ({"start": "22:00", "end": "05:00", "timezone": "../etc"}, "is unknown"),
        ({"start": 1320, "end": "05:00"}, "start '1320': needs a quoted time"),  # what YAML 1.1 makes of 22:00
        ({"start": "22:00"}, "end ''"),
        ({"start": "24:00", "end": "05:00"}, "start '24:00'"),
        ({"days": ["someday"], "start": "22:00", "end": "05:00"}, r"days \['som'\]: known are mon"),
    ],
)
def test_what_is_wrong_with_a_window_is_named(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(AnsibleFilterError, match=told):
        window(wrong, at("2026-11-21 12:00"))


CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
WINDOWS = st.fixed_dictionaries(
    {
        "start": CLOCKS,
        "end": CLOCKS,
        "timezone": st.sampled_from(ZONES),
        "days": st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1).map(sorted),
    }
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(WINDOWS, MOMENTS, st.integers(0, 600))
def test_open_and_next_agree_with_the_window_at_those_moments(
    shape: dict[str, object], now: datetime, needed: int
) -> None:
    said = window(shape, now, needed)
    if said["open"]:
        ends = datetime.fromisoformat(said["ends"])
        assert now + timedelta(minutes=needed) < ends
        assert window(shape, ends - timedelta(seconds=1))["open"]
    if said["next"]:
        opens = datetime.fromisoformat(said["next"])
        assert opens > now
        assert window(shape, opens, needed)["open"]
        if not said["open"]:
            # And none before it.
            step = (opens - now) / 7
            assert not any(window(shape, now + step * each, needed)["open"] for each in range(7))


@given(WINDOWS, MOMENTS)
def test_it_is_open_only_on_its_days_or_the_night_after(shape: dict[str, list[str]], now: datetime) -> None:
    if window(shape, now)["open"]:
        local = now.astimezone(ZoneInfo(str(shape["timezone"])))
        days = {(local - timedelta(days=each)).strftime("%a").lower() for each in (0, 1)}
        assert days.intersection(shape["days"])
