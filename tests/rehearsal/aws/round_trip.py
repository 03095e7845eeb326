"""What most translators' tests ask: created, read back equal, deleted, and then gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.translation import Created, Recorded, translators
from rehearsal.checks.read_back import compare
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import (
    create,
    delete,
    differences,
    is_gone,
    translator,
)

TAGS = {"team": "platform", "environment": "test"}


def round_trip(
    account: Account, type_: str, inputs: Mapping[str, Any], unread: frozenset[str] = frozenset()
) -> Resource:
    """Create, read back every input but `unread` without a difference, delete; return what was created."""
    resource = create(account, type_, "it", **inputs)
    assert_read_back(account, resource, unread)
    delete(account, resource)
    assert is_gone(account, resource)
    return resource


def assert_read_back(account: Account, resource: Resource, unread: frozenset[str] = frozenset()) -> None:
    """Every input but `unread` reads back as it was asked for, and would show if it were otherwise."""
    registration, one = resource.registration, translator(resource.registration.type)
    assert differences(account, resource) == {}
    seen = one.read(account, resource)
    assert seen is not None
    assert registration.inputs.keys() - seen.keys() == unread
    other = replace(registration, inputs=dict.fromkeys(registration.inputs, "something else"))
    noticed = {difference.property for difference in compare(other, seen, {}) if not difference.known}
    assert noticed == registration.inputs.keys() - unread


def record(account: Account, type_: str, inputs: Mapping[str, Any]) -> Created:
    """Check a recorded type's requests as the monitor does; return the id and outputs."""
    one = translators()[type_]
    assert isinstance(one, Recorded)
    for request in one.requests(inputs):
        account.check(request.service, request.operation, **request.parameters)
    return one.created(account, inputs)
