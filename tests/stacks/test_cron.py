"""Schedules, against what Kubernetes' own parser takes. Does not prove that a range begins before it ends."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from stacks.cron import Cron

SCHEDULE: TypeAdapter[str] = TypeAdapter(Cron)


@pytest.mark.parametrize(
    "text", ["0 * * * *", "*/15 0-6,18-23 ? JAN-MAR *", "59 23 31 12 6", "30 3 * * MON-FRI", "1-59/2 8 1,15 * ?"]
)
def test_what_a_cron_job_takes_is_taken(text: str) -> None:
    assert SCHEDULE.validate_python(text) == text


REFUSED = """60 * * * *|0 24 * * *|0 0 0 * *|0 0 32 * *|0 0 L * *|0 0 * 13 *|0 0 * * 7|*/0 * * * *|? * * * *
0,,5 * * * *|0 * * *|0 * * * * *|@daily|0 0 * * MON#1|0  * * * *|- * * * *"""


@pytest.mark.parametrize("text", [text for line in REFUSED.splitlines() for text in line.split("|")])
def test_what_the_api_server_would_refuse_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="five fields of a cron schedule"):
        SCHEDULE.validate_python(text)
