"""What fired is held against what had to: nothing missing, early, late or without a reason goes unsaid."""

from __future__ import annotations

import pytest

from rehearsal.observe.outcome import faults, fired
from rehearsal.observe.player import Change
from rehearsal.observe.story.incident import STILL, Expected, Incident

END = 1_000_000.0


def change(alert: str, hour: float, *, firing: bool, **labels: str) -> Change:
    return Change(alert, firing, END + (hour - 24) * 3600, {"alertname": alert, **labels}, {})


def spell(alert: str, begins: float, ends: float | None, **labels: str) -> list[Change]:
    first = change(alert, begins, firing=True, **labels)
    return [first] if ends is None else [first, change(alert, ends, firing=False, **labels)]


HOT = Incident("Heat", "It is hot", 3, 5, (Expected("GpuHot", (3.1, 3.3), (5.0, 5.2), {"gpu": "1"}),))
IDLE = Incident("Idle", "It is idle", 6, 99, (Expected("Idle", (6.5, 7.0), STILL, times=2),))


def found(*changes: list[Change]) -> list[str]:
    return list(faults(fired([one for part in changes for one in part], END), [HOT, IDLE]))


HOT_AS_EXPECTED = spell("GpuHot", 3.2, 5.1, gpu="1")
IDLE_AS_EXPECTED = [*spell("Idle", 6.6, None, team="a"), *spell("Idle", 6.7, None, team="b")]


def test_what_had_to_fire_and_did_is_no_fault() -> None:
    assert found(HOT_AS_EXPECTED, IDLE_AS_EXPECTED) == []


@pytest.mark.parametrize(
    ("hot", "said"),
    [
        ([], r"Heat: GpuHot (1) fired 0 times, not 1"),
        (spell("GpuHot", 3.0, 5.1, gpu="1"), "began at 3.00"),
        (spell("GpuHot", 3.4, 5.1, gpu="1"), "began at 3.40"),
        (spell("GpuHot", 3.2, 5.3, gpu="1"), "ended at"),
        (spell("GpuHot", 3.2, None, gpu="1"), "ended at None"),
        ([*HOT_AS_EXPECTED, *spell("GpuHot", 9, 10, gpu="2")], "GpuHot fired without a reason from 9.00"),
        ([*HOT_AS_EXPECTED, *spell("GpuHot", 3.25, 5.1, gpu="1", node="a")], "fired 2 times, not 1"),
        ([*HOT_AS_EXPECTED, *spell("Other", 1, 2)], "Other fired without a reason"),
    ],
)
def test_what_is_otherwise_is_said(hot: list[Change], said: str) -> None:
    (fault,) = found(hot, IDLE_AS_EXPECTED)
    assert said in fault


def test_an_alert_that_had_to_go_on_and_ended_is_said() -> None:
    ended = [*spell("Idle", 6.6, 20.0, team="a"), *spell("Idle", 6.7, None, team="b")]
    (fault,) = found(HOT_AS_EXPECTED, ended)
    assert "Idle" in fault
    assert "ended at" in fault


def test_what_compares_with_a_yesterday_that_is_missing_counts_only_in_the_day() -> None:
    before, within = spell("CostSpike", -20, -3, team="a"), spell("CostSpike", 3, 4, team="a")
    assert fired(before, END) == []
    assert len(fired([*before, *within], END)) == 1
    assert fired([*before, *within], END, begin=5) == []
    assert len(fired(spell("GpuHot", -20, -3), END)) == 1, "another is a fault also then"


def test_an_alert_that_fires_again_is_two() -> None:
    again = fired([*spell("GpuHot", 3, 4, gpu="1"), *spell("GpuHot", 6, None, gpu="1")], END)
    assert [(one.begins, one.ends) for one in again] == [(3.0, 4.0), (6.0, None)]
