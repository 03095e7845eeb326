"""Compares what stands in the account with what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from rehearsal.plan import Registration


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
    """Compare those inputs that the account describes."""
    for key in sorted(registration.inputs.keys() & seen.keys()):
        asked = registration.inputs[key]
        if asked is None or key in registration.ignore_changes or _same(asked, seen[key]):
            continue
        masked = key in registration.secrets
        yield Difference(
            urn=registration.urn,
            property=key,
            asked="[secret]" if masked else asked,
            seen="[secret]" if masked else seen[key],
            known=key in loses,
            why=loses.get(key, ""),
        )


def _same(asked: Any, seen: Any) -> bool:
    return _normal(asked) == _normal(seen)


def _normal(value: Any) -> Any:
    """Return a value in a form in which equal meanings are equal: JSON parsed, lists sorted, absent left out."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _normal(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {key: _normal(item) for key, item in mapping.items() if item not in (None, [], {})}
    if isinstance(value, list | tuple):
        return sorted(
            (_normal(item) for item in cast("list[Any]", value)),
            key=lambda item: json.dumps(item, sort_keys=True),
        )
    return value
