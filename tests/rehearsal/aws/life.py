"""A resource's life in the emulated account, as the monitor leads it: created, read back, deleted, gone."""

from __future__ import annotations

from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.translation import Emulated, translators
from rehearsal.checks.read_back import compare
from rehearsal.plan import Outcome, Registration, Resource


def translator(type_: str) -> Emulated:
    found = translators()[type_]
    assert isinstance(found, Emulated)
    return found


def create(aws: Account, type_: str, name: str, /, **inputs: Any) -> Resource:
    registration = Registration(f"urn:pulumi:test::test::{type_}::{name}", type_, name, "", custom=True, inputs=inputs)
    with aws.seed(f"{type_}:{name}"):
        made = translator(type_).create(aws, inputs)
    return Resource(registration, Outcome.CREATED, made.id, {**inputs, **made.outputs})


def differences(aws: Account, resource: Resource) -> dict[str, tuple[Any, Any]]:
    """What reads back otherwise than asked, without what the emulator is known to lose."""
    one = translator(resource.registration.type)
    seen = one.read(aws, resource)
    assert seen is not None
    compared = compare(resource.registration, seen, one.loses)
    return {d.property: (d.asked, d.seen) for d in compared if not d.known}


def compared_properties(aws: Account, resource: Resource) -> set[str]:
    """Which inputs the read covers at all."""
    seen = translator(resource.registration.type).read(aws, resource)
    assert seen is not None
    return set(seen) & set(resource.registration.inputs)


def delete(aws: Account, resource: Resource) -> None:
    translator(resource.registration.type).delete(aws, resource)


def is_gone(aws: Account, resource: Resource) -> bool:
    return translator(resource.registration.type).read(aws, resource) is None
