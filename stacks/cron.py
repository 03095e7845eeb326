"""Schedules of CronJobs: five fields, each with numbers that it has.

https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from stacks.value_types import Text

_MONTHS: Final = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_FIELDS: Final = (
    ("[0-5]?[0-9]", r"\*"),
    ("[01]?[0-9]|2[0-3]", r"\*"),
    ("0?[1-9]|[12][0-9]|3[01]", "[*?]"),
    (f"0?[1-9]|1[0-2]|{_MONTHS}", r"\*"),
    ("[0-6]|SUN|MON|TUE|WED|THU|FRI|SAT", "[*?]"),
)
"""A value and the sign for every value: of minute, hour, day of the month, month, day of the week."""


def _is_schedule(text: str) -> bool:
    return all(_is_field(field, *grammar) for field, grammar in zip(text.split(" "), _FIELDS, strict=True))


def _is_field(field: str, value: str, every: str) -> bool:
    """Whether it is a list of values, ranges and steps."""
    part = rf"(?:{every}|(?:{value})(?:-(?:{value}))?)(?:/[1-9][0-9]?)?"
    return all(re.fullmatch(part, each) for each in field.split(","))


Cron = Annotated[
    str,
    Text(
        "five fields of a cron schedule such as '0 * * * *' or '30 3 * * MON-FRI'",
        r"[0-9*/,-]+ [0-9*/,-]+ [0-9*?/,-]+ [0-9A-Z*/,-]+ [0-9A-Z*?/,-]+",
        _is_schedule,
    ),
]
