"""What differs between two values of a property, down to the leaf.

Documents in text (policies, parameters) are compared as what they say. Values that one side does not know are told
apart: they are no change by themselves.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

UNKNOWN: Final = "[unknown]"
SECRET: Final = "[secret]"  # noqa: S105 - what stands in place of one

IDENTITIES: Final = ("name", "key", "id", "Sid", "sid", "deviceName", "targetId", "rulePriority")
"""Keys that name an item of a list, so that it is found again at another place."""

Path = tuple[str | int, ...]


class Absent:
    """A property that is not there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


class Kind(StrEnum):
    """How a leaf differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"
    UNKNOWN = "unknown"  # one side does not know it


@dataclass(frozen=True)
class Difference:
    """A leaf that differs."""

    path: Path
    kind: Kind
    old: Any
    new: Any


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield what differs; nothing and null are the same."""
    old, new = (ABSENT if value is None else value for value in (old, new))
    if same(old, new):
        return
    if UNKNOWN in (_text(old), _text(new)):
        yield Difference(path, Kind.UNKNOWN, old, new)
        return
    if SECRET in (_text(old), _text(new)):
        # What one side keeps secret is kept so on the other too.
        yield Difference(path, _kind(old, new), _masked(old), _masked(new))
        return
    parsed = _parsed(old), _parsed(new)
    if parsed[0] is not None and parsed[1] is not None:
        old, new = parsed
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_mappings(cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", new), path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(cast("list[Any]", old), cast("list[Any]", new), path)
    elif not same(old, new):
        yield Difference(path, _kind(old, new), old, new)


def same(old: Any, new: Any) -> bool:
    """Say whether two values are equal; unlike in Python, true is not 1."""
    return old is new or canonical(old) == canonical(new)


def canonical(value: Any) -> str:
    """Return a value as text that is equal for equal values."""
    return json.dumps(_whole(value), sort_keys=True, default=repr)


def written(path: Path) -> str:
    """Return a path as the engine writes it: `ingress[0].tags["a.b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part or any(character in part for character in '."[] \n'):
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
        else:
            text += f".{part}" if text else part
    return text


def holds_unknown(value: Any) -> bool:
    """Say whether something in a value is not known."""
    return any(leaf == UNKNOWN for _, leaf in leaves(value))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every leaf of a value with its path."""
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def _of_mappings(old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> Iterator[Difference]:
    for key in sorted({*old, *new}):
        yield from differences(old.get(key), new.get(key), (*path, key))


def _of_lists(old: list[Any], new: list[Any], path: Path) -> Iterator[Difference]:
    left, right = _unmatched(old, new)
    if not left and not right:
        yield Difference(path, Kind.REORDERED, old, new)
        return
    if not any(isinstance(item, Mapping | list) for item in (*old, *new)) and UNKNOWN not in (*old, *new):
        # A list of names or numbers is read as a whole.
        yield Difference(path, Kind.CHANGED, old, new)
        return
    for of_old, of_new in _paired(old, new, left, right):
        index = of_new if of_new is not None else of_old
        before = ABSENT if of_old is None else old[of_old]
        after = ABSENT if of_new is None else new[of_new]
        yield from differences(before, after, (*path, index or 0))


def _unmatched(old: list[Any], new: list[Any]) -> tuple[list[int], list[int]]:
    """Return the places of items that have no equal on the other side, wherever it stands."""
    of_old, of_new = [canonical(item) for item in old], [canonical(item) for item in new]
    only_old, only_new = Counter(of_old) - Counter(of_new), Counter(of_new) - Counter(of_old)
    return _places(of_old, only_old), _places(of_new, only_new)


def _places(items: list[str], wanted: Counter[str]) -> list[int]:
    places: list[int] = []
    for place in reversed(range(len(items))):  # of several equal ones the last are what is too many
        if wanted[items[place]] > 0:
            wanted[items[place]] -= 1
            places.append(place)
    return sorted(places)


def _paired(
    old: list[Any], new: list[Any], left: list[int], right: list[int]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair items by what names them, the others in order."""
    names = {_identity(old[place]): place for place in left if _identity(old[place]) is not None}
    rest: list[int] = []
    for place in right:
        partner = names.pop(_identity(new[place]), None)
        if partner is None:
            rest.append(place)
        else:
            left.remove(partner)
            yield partner, place
    for index in range(max(len(left), len(rest))):
        yield left[index] if index < len(left) else None, rest[index] if index < len(rest) else None


def _identity(item: Any) -> tuple[str, str] | None:
    if isinstance(item, Mapping):
        for key in IDENTITIES:
            value: Any = cast("Mapping[str, Any]", item).get(key)
            if isinstance(value, str | int) and value not in (UNKNOWN, SECRET):
                return key, str(value)
    return None


def _kind(old: Any, new: Any) -> Kind:
    if old is ABSENT:
        return Kind.ADDED
    return Kind.REMOVED if new is ABSENT else Kind.CHANGED


def _masked(value: Any) -> Any:
    return value if value is ABSENT else SECRET


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _parsed(value: Any) -> Any:
    """Return the document that a text holds."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _whole(item) for key, item in cast("Mapping[Any, Any]", value).items() if item is not None}
    if isinstance(value, list):
        return [_whole(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
