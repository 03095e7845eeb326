"""Customer keys: whether a resource is encrypted with a key of the account's own, not with one that AWS keeps.

Keys are mostly outputs of other resources, so a key that is given but not known yet counts. An alias `alias/aws/...`
is AWS's own key under a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from policies.mappings import elements
from policies.policy import Violation, each
from policies.reading import Properties, Undecided
from policies.resources import Resource

AWS_ALIAS = "alias/aws/"


@dataclass(frozen=True)
class Encryption:
    """Where a type of resource says that it is encrypted, and with which key."""

    key: str
    """Path of the key."""
    stated: str = ""
    """Path of what turns encryption on; empty where the key alone does."""
    allowed: tuple[str, ...] = ("true",)
    """Values of `stated` under which the key is used."""
    when: str = ""
    """Flag without which nothing is stored."""
    unless: tuple[str, ...] = ()
    """Properties each of which hands the matter to another resource, such as the source of a replica."""
    within: str = ""
    """List or mapping whose elements are encrypted one by one; empty for the resource itself."""


def by_type(table: Mapping[str, tuple[Encryption, ...]]) -> Callable[[Resource, Properties], Iterator[Violation]]:
    """Return the rule that every type of a table is encrypted where the table says."""

    def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
        yield from each(table[resource.type], partial(unencrypted, resource.properties))

    return validate


def unencrypted(properties: Properties, encryption: Encryption) -> Iterator[Violation]:
    """Say what is missing of one encryption."""
    if any(properties.has(path) for path in encryption.unless):
        return
    if encryption.when and not properties.flag(encryption.when):
        return
    if encryption.within:
        yield from each(elements(properties, encryption.within), partial(_not_ours, encryption=encryption))
    else:
        yield from _not_ours(properties, encryption)


def _not_ours(properties: Properties, encryption: Encryption) -> Iterator[Violation]:
    try:
        given = _stated(properties, encryption) if encryption.stated else None
    except Undecided:
        yield from not_a_customer_key(properties, encryption.key)
        raise
    if encryption.stated and given not in encryption.allowed:
        fault = "is absent: AWS's default takes no customer key" if given is None else f"is {given}"
        remedy = f"set it to {' or '.join(encryption.allowed)} and {encryption.key} to a key of this environment"
        yield Violation(fault, remedy, properties.at(encryption.stated))
    else:
        yield from not_a_customer_key(properties, encryption.key)


def _stated(properties: Properties, encryption: Encryption) -> str | None:
    if set(encryption.allowed) <= {"true", "false"}:
        flag = properties.flag(encryption.stated)
        return None if flag is None else str(flag).lower()
    return properties.text(encryption.stated)


def not_a_customer_key(properties: Properties, path: str) -> Iterator[Violation]:
    """Say so where a key is absent, or one of AWS's own."""
    remedy = "give the ARN of a KMS key of this environment"
    try:
        key = properties.text(path)
    except Undecided:
        return  # made by another resource of the update, which only a key of ours can be
    if not key:
        yield Violation("has no customer key", remedy, properties.at(path))
    elif AWS_ALIAS in key:
        yield Violation(f"is {key}, a key that AWS keeps", remedy, properties.at(path))
