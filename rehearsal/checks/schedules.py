"""EventBridge's schedule expressions: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"""

from __future__ import annotations

import re
from typing import Final

_RATE: Final = re.compile(r"rate\(([0-9]+) (minutes?|hours?|days?)\)")
_CRON: Final = re.compile(r"cron\((.+)\)")
_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FIELDS: Final = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)


def problem(expression: str) -> str | None:
    """Return what is wrong with a schedule expression, or None."""
    rate, cron = _RATE.fullmatch(expression), _CRON.fullmatch(expression)
    if rate:
        value, unit = int(rate[1]), rate[2]
        if value < 1:
            return "a rate is positive"
        return (
            None
            if unit.endswith("s") == (value > 1)
            else f"{value} goes with {'plural' if value > 1 else 'singular'} units"
        )
    return _cron(cron[1].split()) if cron else "is neither rate(value unit) nor cron(six fields)"


def _cron(fields: list[str]) -> str | None:
    if len(fields) != len(_FIELDS):
        return f"cron has {len(_FIELDS)} fields, here {len(fields)}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "exactly one of day of month and day of week is '?'"
    for text, (name, low, high, words) in zip(fields, _FIELDS, strict=True):
        if not all(_part(part, low, high, words) for part in text.split(",")):
            return f"{name} {text!r} is not allowed; allowed: {low} to {high}"
    return None


def _part(part: str, low: int, high: int, words: list[str] | tuple[()]) -> bool:
    if part in ("*", "?", "L", "LW"):
        return True
    span, _, step = part.partition("/")
    if step and not re.fullmatch(r"[0-9]+", step):
        return False
    numbers = [word.rstrip("LW").partition("#")[0] if word.upper() not in words else word for word in span.split("-")]
    return span == "*" or all(word.upper() in words or _within(word, low, high) for word in numbers)


def _within(word: str, low: int, high: int) -> bool:
    return re.fullmatch(r"[0-9]{1,4}", word) is not None and low <= int(word) <= high
