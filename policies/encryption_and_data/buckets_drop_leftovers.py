"""Buckets drop old versions and uploads that were never finished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from policies.buckets import buckets, companions, inline
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack

OLD_VERSIONS = "noncurrentVersionExpiration.noncurrentDays"
NARROWING = (
    "prefix",
    "tags",
    *(f"filter.{key}" for key in ("and", "objectSizeGreaterThan", "objectSizeLessThan", "prefix", "tag")),
)
UPLOADS = "abortIncompleteMultipartUpload.daysAfterInitiation"
INLINE = {
    OLD_VERSIONS: ("noncurrentVersionExpiration.days", "noncurrentVersionExpirations.0.days"),
    UPLOADS: ("abortIncompleteMultipartUploadDays",),
}
"""What rules in the bucket itself call the same; the plural is BucketV2's."""


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the life cycle of every bucket."""
    limits = {
        OLD_VERSIONS: configuration.number("maximum_days_of_old_versions") or 0,
        UPLOADS: configuration.number("maximum_days_of_uploads") or 0,
    }
    yield from each(buckets(stack), partial(_bucket, stack, limits))


def _bucket(stack: Stack, limits: dict[str, float], bucket: Resource) -> Iterator[Violation]:
    found = companions(stack, bucket, "BucketLifecycleConfiguration")
    rules = [rule for each in found for rule in each.properties.inners("rules")]
    if not found:
        rules += inline(bucket, "lifecycleRules")
    about = found[0] if found else bucket
    yield from each(limits.items(), partial(_kept, about, rules), about)


def _kept(about: Resource, rules: list[Properties], limit: tuple[str, float]) -> Iterator[Violation]:
    """Look for one rule that keeps the limit; one whose days are not known could."""
    path, most = limit
    days: list[float] = []
    later: Undecided | None = None
    for rule in rules:
        try:
            if _of_everything(rule):
                given = (rule.number(each) for each in (path, *INLINE[path]))
                days += [found for found in given if found is not None]
        except Undecided as value:
            later = value
    if days and min(days) <= most:
        return
    if later:
        raise later
    if days:
        yield Violation(f"is {min(days):g}", f"set it to at most {most:g}", path, about)
    else:
        yield Violation(
            "is in no rule for the whole bucket", f"add a rule with {path} of at most {most:g}", path, about
        )


def _of_everything(rule: Properties) -> bool:
    """Say whether a rule is on and holds for every object: no prefix, size or tag narrows it.

    In a preview the provider leaves open what nobody gave in a filter; that narrows nothing.
    """
    on = rule.text("status") == "Enabled" or rule.flag("enabled") is True
    return on and not any(_given(rule, path) for path in NARROWING)


def _given(rule: Properties, path: str) -> bool:
    try:
        value = rule.value(path)
        return value not in (None, "") and not (isinstance(value, Mapping) and not value)
    except Undecided:
        return False


POLICY = StackPolicy(
    name="buckets-drop-leftovers",
    description="Every bucket drops old versions and unfinished uploads after a while.",
    severity=Severity.LOW,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "maximum_days_of_old_versions": {
                "type": "number",
                "description": "Days after which a version that is not the current one must have gone",
                "default": 365,
            },
            "maximum_days_of_uploads": {
                "type": "number",
                "description": "Days after which the parts of an upload that was never finished must have gone",
                "default": 14,
            },
        }
    ),
    validate=validate,
)
