"""Buckets are encrypted with customer keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from policies.buckets import buckets, companions, inline
from policies.customer_keys import Encryption, unencrypted
from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

BY_DEFAULT = Encryption(
    "applyServerSideEncryptionByDefault.kmsMasterKeyId",
    stated="applyServerSideEncryptionByDefault.sseAlgorithm",
    allowed=("aws:kms", "aws:kms:dsse"),
)
OLDER = Encryption("kmsMasterKeyId", stated="sseAlgorithm", allowed=BY_DEFAULT.allowed)
INLINE = ("serverSideEncryptionConfiguration.rule", "serverSideEncryptionConfigurations.0.rules")
REMEDY = "add a BucketServerSideEncryptionConfiguration with aws:kms and a key of this environment"


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look at buckets by what is said about them."""
    yield from each(
        (*buckets(stack), *stack.of_type("aws:s3/directoryBucket:DirectoryBucket")), partial(_bucket, stack)
    )


def _bucket(stack: Stack, bucket: Resource) -> Iterator[Violation]:
    found = companions(stack, bucket, "BucketServerSideEncryptionConfiguration")
    yield from each(found, _configuration_of_bucket)
    if not found and not any(_keyed(rule) for rule in inline(bucket, *INLINE)):
        yield Violation("is encrypted with a key that AWS keeps", REMEDY, "", bucket)


def _configuration_of_bucket(configuration: Resource) -> Iterator[Violation]:
    rules = configuration.properties.inners("rules")
    if not rules:
        yield Violation("is empty", REMEDY, "rules", configuration)

    def check(rule: Properties) -> Iterator[Violation]:
        for found in unencrypted(rule, BY_DEFAULT):
            yield replace(found, resource=configuration)

    yield from each(rules, check, configuration)


def _keyed(rule: Properties) -> bool:
    lists = rule.inners("applyServerSideEncryptionByDefaults")  # what BucketV2 has, one element at most
    return not list(unencrypted(lists[0], OLDER) if lists else unencrypted(rule, BY_DEFAULT))


POLICY = StackPolicy(
    name="buckets-use-customer-keys",
    description="Every bucket encrypts what is put into it with a customer key by default.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
