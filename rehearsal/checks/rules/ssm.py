"""What Systems Manager refuses in parameters."""

from __future__ import annotations

import re

from rehearsal.checks.reading import is_absent, text, texts
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

PARAMETER = "aws:ssm/parameter:Parameter"
SOURCE = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"
MOST_LEVELS = 15
LONGEST = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
LONGEST_NAME = 1011
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")


@rule(PARAMETER, source=SOURCE)
def name(r: Registration, _: World) -> Broken:
    """A name has at most 15 levels, starts with / when it has any, and not with aws or ssm."""
    for at, value in texts(r, "name"):
        first = value.lstrip("/").lower()
        if not _NAME.fullmatch(value) or len(value) > LONGEST_NAME:
            yield at, f"{value!r}: letters, digits and _.-/ only"
        if first.startswith(("aws", "ssm")):
            yield at, f"{value!r}: names starting with aws or ssm are reserved"
        if "/" in value and not value.startswith("/"):
            yield at, f"{value!r}: a name with levels starts with /"
        if len([level for level in value.split("/") if level]) > MOST_LEVELS:
            yield at, f"{value!r} has more than {MOST_LEVELS} levels"


@rule(PARAMETER, source=SOURCE)
def value(r: Registration, _: World) -> Broken:
    """A value is not empty, fits its tier, and its pattern."""
    tier = text(r, "tier") or ("Standard" if is_absent(r, "tier") else "")
    pattern = _pattern(text(r, "allowedPattern"))
    if isinstance(pattern, str):
        yield "allowedPattern", pattern
    for path in ("value", "insecureValue"):
        for at, content in texts(r, path):
            if not content:
                yield at, "is empty"
            if tier in LONGEST and len(content.encode()) > LONGEST[tier]:
                yield at, f"has {len(content.encode())} bytes; at most {LONGEST[tier]} in tier {tier}"
            if isinstance(pattern, re.Pattern) and not pattern.search(content):
                yield at, f"does not match the allowed pattern {pattern.pattern}"


def _pattern(text_: str | None) -> re.Pattern[str] | str | None:
    if text_ is None:
        return None
    try:
        return re.compile(text_)
    except re.error as error:
        return f"{text_!r} is not a regular expression: {error}"
