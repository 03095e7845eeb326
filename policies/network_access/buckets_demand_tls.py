"""Every bucket's policy denies requests without TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.globs import glob_matches
from policies.iam_documents import Statement, statements
from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack

TRANSPORT: Final = "aws:securetransport"
DENYING_OPERATORS: Final = ("bool", "boolifexists")
REMEDY: Final = "deny s3:* to everybody where aws:SecureTransport is false, on the bucket and on its objects"


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look for the statement in the policies of each bucket."""
    buckets = stack.of_type("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
    yield from each(buckets, lambda bucket: _of_bucket(stack, bucket))


def _of_bucket(stack: Stack, bucket: Resource) -> Iterator[Violation]:
    policies = stack.referring(bucket, "bucket", "aws:s3/bucketPolicy:BucketPolicy", names=("bucket",))
    undecided: Undecided | None = None
    for policy in [*policies, bucket]:
        try:
            found = statements(policy.properties.document("policy"))
            if any(_denies_plain_text(statement, bucket) for statement in found):
                return
        except Undecided as value:
            # What is not known and comes from nothing is what AWS will read back, not what the program gives.
            if value.path == "bucket" or policy.property_dependencies.get("policy"):
                undecided = value
    if undecided:
        raise undecided
    yield Violation("answers requests without TLS", REMEDY, resource=bucket)


def _denies_plain_text(statement: Statement, bucket: Resource) -> bool:
    return (
        not statement.allows
        and statement.principals in ({"*": ("*",)}, {"AWS": ("*",)})
        and any(action in ("*", "s3:*") for action in statement.actions)
        and _covers(statement.resources, bucket)
        and _asks_for_transport_alone(statement)
    )


def _asks_for_transport_alone(statement: Statement) -> bool:
    """Say whether the only condition is the missing TLS: any further one would let some requests pass."""
    tests = [
        (operator.lower(), key.lower(), [value.lower() for value in values])
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    ]
    return len(tests) == 1 and tests[0][0] in DENYING_OPERATORS and tests[0][1:] == (TRANSPORT, ["false"])


def _covers(patterns: tuple[str, ...], bucket: Resource) -> bool:
    """Say whether the patterns match the bucket and every object in it."""
    name = bucket.properties.text("bucket")
    partition = next((pattern.split(":")[1] for pattern in patterns if pattern.startswith("arn:")), "aws")
    arn = f"arn:{partition}:s3:::{name}"
    whole = any(pattern in ("*", f"{arn}*", f"{arn}/*") for pattern in patterns)
    return whole and any(glob_matches(pattern, arn) for pattern in patterns)


POLICY = StackPolicy(
    name="buckets-demand-tls",
    description="Every bucket's policy denies requests without TLS.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
