"""Compares what stands in the account with what was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from rehearsal.plan import Registration

STEERING: Final = frozenset(
    {
        "allowMajorVersionUpgrade",
        "applyImmediately",
        "bypassPolicyLockoutSafetyCheck",
        "clusterIdentifierPrefix",
        "deleteAutomatedBackups",
        "deletionWindowInDays",
        "bucketPrefix",
        "finalSnapshotIdentifier",
        "forceDelete",
        "forceDestroy",
        "forceDetachPolicies",
        "forceOverwriteReplicaSecret",
        "forceUpdateVersion",
        "identifierPrefix",
        "namePrefix",
        "nodeGroupNamePrefix",
        "overwrite",
        "recoveryWindowInDays",
        "region",
        "revokeRulesOnDelete",
        "skipDestroy",
        "skipFinalBackup",
        "skipFinalSnapshot",
        "tags",  # part of tagsAll
        "updateDefaultVersion",
        "userDataReplaceOnChange",
    }
)
"""Inputs that say how the provider works, and that no description can show."""
UNREAD: Final = "neither the translator nor the emulator has it: nothing was compared"


@dataclass(frozen=True)
class Difference:
    """One property that reads back otherwise than it was asked for."""

    urn: str
    property: str
    asked: Any
    seen: Any
    known: bool
    """Whether the emulator is known to lose it, which says nothing about the program."""
    why: str = ""


def compare(registration: Registration, seen: Mapping[str, Any], loses: Mapping[str, str]) -> Iterator[Difference]:
    """Compare the inputs with what the account describes; what it does not describe is a known difference."""
    for key in sorted(registration.inputs.keys() - STEERING):
        asked = registration.inputs[key]
        if asked is None or key in registration.ignore_changes:
            continue
        masked = key in registration.secrets
        for path, wanted, found in _apart(key, asked, seen.get(key)):
            yield Difference(
                urn=registration.urn,
                property=path,
                asked="[secret]" if masked else wanted,
                seen="[secret]" if masked else found,
                known=key not in seen or not loses.keys().isdisjoint((key, re.sub(r"\[\d+\]", "[]", path))),
                why=loses.get(re.sub(r"\[\d+\]", "[]", path)) or loses.get(key) or ("" if key in seen else UNREAD),
            )


_NOTHING: Final[tuple[Any, ...]] = (None, [], {})


def _apart(path: str, asked: Any, seen: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield where two values differ, as deep inside their objects as they can be told apart."""
    if isinstance(asked, Mapping) and isinstance(seen, Mapping):
        wanted, found = cast("Mapping[str, Any]", asked), cast("Mapping[str, Any]", seen)
        for key in sorted(wanted.keys() | found.keys()):
            yield from _apart(f"{path}.{key}", wanted.get(key), found.get(key))
        return
    one, other = _normal(asked), _normal(seen)
    if one == other or (one in _NOTHING and other in _NOTHING):
        return
    if _objects(asked) and _objects(seen) and len(asked) == len(seen):
        for index, pair in enumerate(zip(asked, seen, strict=True)):
            yield from _apart(f"{path}[{index}]", *pair)
    else:
        yield path, asked, seen


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in cast("list[Any]", value))


def _normal(value: Any) -> Any:
    """Return a value in a form in which equal meanings are equal: JSON parsed, lists sorted, absent left out."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _normal(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {key: _normal(item) for key, item in mapping.items() if item not in (None, [], {})}
    if isinstance(value, list | tuple):
        return sorted(
            (_normal(item) for item in cast("list[Any]", value)),
            key=lambda item: json.dumps(item, sort_keys=True),
        )
    return value
