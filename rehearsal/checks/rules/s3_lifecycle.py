"""What S3 refuses in lifecycle rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rehearsal.checks.documents import as_list
from rehearsal.checks.reading import items, mappings, of, texts
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
SOURCE = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html"
INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
INFREQUENT_DAYS = 30
LONGEST_ID = 255
MOST_RULES = 1000
MOST_KEPT = 100
_ACTIONS = (
    "expiration",
    "transitions",
    "noncurrentVersionExpiration",
    "noncurrentVersionTransitions",
    "abortIncompleteMultipartUpload",
)


@rule(LIFECYCLE, source=SOURCE)
def identities(r: Registration, _: World) -> Broken:
    """Rules have ids of their own, and each rule does something."""
    rules = items(r, "rules")
    if rules is not None and not 1 <= len(rules) <= MOST_RULES:
        yield "rules", f"{len(rules)} rules; allowed: 1 to {MOST_RULES}"
    ids = Counter(name for _, name in texts(r, "rules[].id"))
    for at, name in texts(r, "rules[].id"):
        if ids[name] > 1:
            yield at, f"{name!r} is the id of {ids[name]} rules"
        if len(name) > LONGEST_ID:
            yield at, f"the id has {len(name)} characters; at most {LONGEST_ID}"
    for at, found in mappings(r, "rules[]"):
        if not any(found.get(action) for action in _ACTIONS):
            yield at, f"does nothing; a rule has one of {', '.join(_ACTIONS)}"


@rule(LIFECYCLE, source=SOURCE)
def days(r: Registration, _: World) -> Broken:
    """Days are positive, infrequent access starts at 30, transitions go forward and end before expiration."""
    for at, found in mappings(r, "rules[]"):
        yield from _positive(at, found)
        yield from _kept(at, found)
        yield from _forward(at, found)


def _positive(at: str, found: Mapping[str, Any]) -> Broken:
    keys = {
        "expiration": "days",
        "noncurrentVersionExpiration": "noncurrentDays",
        "abortIncompleteMultipartUpload": "daysAfterInitiation",
    }
    for action, key in keys.items():
        value = _number(of(found, action), key)
        if value is not None and value < 1:
            yield f"{at}.{action}.{key}", f"{value} is not a positive number of days"


def _kept(at: str, found: Mapping[str, Any]) -> Broken:
    kept = _number(of(found, "noncurrentVersionExpiration"), "newerNoncurrentVersions")
    if kept is not None and not 1 <= kept <= MOST_KEPT:
        yield (
            f"{at}.noncurrentVersionExpiration.newerNoncurrentVersions",
            f"{kept}; allowed: 1 to {MOST_KEPT}",
        )


def _forward(at: str, found: Mapping[str, Any]) -> Broken:
    for action, key, end in (
        ("transitions", "days", "expiration"),
        ("noncurrentVersionTransitions", "noncurrentDays", "noncurrentVersionExpiration"),
    ):
        steps = [step for step in as_list(of(found, action)) if isinstance(step, Mapping)]
        if any(UNKNOWN in step.values() for step in steps):
            continue
        last, infrequent = -1, None
        for index, step in enumerate(steps):
            moved, kind = _number(step, key), of(step, "storageClass")
            if moved is None:
                continue
            where = f"{at}.{action}[{index}].{key}"
            if kind in INFREQUENT and moved < INFREQUENT_DAYS:
                yield (
                    where,
                    f"{moved} days; {kind} takes objects after {INFREQUENT_DAYS} days at the earliest",
                )
            if infrequent is not None and moved < infrequent + INFREQUENT_DAYS:
                yield (
                    where,
                    f"{moved} days; infrequent access from {infrequent} on lasts at least {INFREQUENT_DAYS}",
                )
            infrequent = moved if kind in INFREQUENT else infrequent
            last = max(last, moved)
        expired = _number(of(found, end), key)
        if expired is not None and expired <= last:
            yield f"{at}.{end}.{key}", f"{expired} days; the last transition is at {last}"


def _number(mapping: object, key: str) -> int | None:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
