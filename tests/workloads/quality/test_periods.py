"""Periods follow each other without a gap, and every folder of a period is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workloads.quality.played import NOW, settings
from workloads.quality.periods import Period, periods


def test_the_reference_ends_where_the_window_begins(tmp_path: Path) -> None:
    when = periods(settings(tmp_path, reference={"gap_hours": 6}), NOW)
    assert when.reference is not None
    assert when.current == Period(NOW - timedelta(hours=24), NOW)
    assert when.reference.end == when.current.begin - timedelta(hours=6)
    assert when.reference.end - when.reference.begin == timedelta(days=2)


def test_answers_are_judged_when_their_labels_had_time_to_come(tmp_path: Path) -> None:
    when = periods(settings(tmp_path), NOW)
    assert when.judged is not None
    assert when.labels is not None
    assert when.judged.end == NOW - timedelta(hours=24)
    assert (when.labels.begin, when.labels.end) == (when.judged.begin, NOW)


def test_without_feedback_nothing_is_judged(tmp_path: Path) -> None:
    when = periods(settings(tmp_path, feedback=None, groups={"columns": []}), NOW)
    assert (when.judged, when.labels) == (None, None)


@pytest.mark.parametrize("partition", ["%Y/%m/%d/%H", "date=%Y-%m-%d", "%Y-%m", "year=%Y"])
@given(
    begin=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)),
    length=st.timedeltas(timedelta(minutes=1), timedelta(days=40)),
    share=st.floats(0, 1, exclude_max=True),
)
def test_the_folder_of_each_time_of_a_period_is_named(
    partition: str, begin: datetime, length: timedelta, share: float
) -> None:
    begin = begin.replace(tzinfo=UTC)
    period = Period(begin, begin + length)
    folders = list(period.folders(partition))
    assert (begin + length * share).strftime(partition) in folders
    assert len(folders) == len(set(folders))


def test_one_folder_where_nothing_is_partitioned() -> None:
    assert list(Period(NOW, NOW + timedelta(days=3)).folders("")) == [""]
