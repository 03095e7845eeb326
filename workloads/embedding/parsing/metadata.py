"""Metadata as engines can filter by it: flat, of short scalars."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.parsed import clean
from workloads.embedding.records import Scalar

LONGEST_VALUE: Final = 1000
"""Characters; longer ones end in `…`: Pinecone takes 40 KB for all of a record's metadata, its text included."""
LONGEST_KEY: Final = 100
MOST_KEYS: Final = 64
_DEEPEST: Final = 4
_MOST_IN_LIST: Final = 100
_LARGEST_INTEGER: Final = 2**53
"""Beyond it JSON numbers lose digits."""
_RESERVED: Final = frozenset({"document", "version", "ordinal", "text", "heading", "id", "vector"})
"""Fields of a point."""
_SPACE: Final = re.compile(r"\s+")


def flatten(found: Mapping[Any, Any]) -> dict[str, Scalar]:
    """Return what was found as flat metadata: `{"a": {"b": 1}}` is `{"a.b": 1}`, a list of scalars is one string.

    Left out is what is empty or no scalar. A key that names a field of the point gets a `_` behind it.
    A `DocumentFault` (failed) says that there are too many keys.
    """
    flat: dict[str, Scalar] = {}
    for key, value in _leaves(found, ""):
        name = key if key not in _RESERVED else f"{key}_"
        flat.setdefault(name, value)
        if len(flat) > MOST_KEYS:
            raise DocumentFault("failed", f"has more than {MOST_KEYS} fields of metadata")
    return flat


def _leaves(found: Mapping[Any, Any], above: str, depth: int = 0) -> Iterator[tuple[str, Scalar]]:
    for key, value in found.items():
        name = above + _SPACE.sub(" ", clean(str(key))).strip()[:LONGEST_KEY]
        if isinstance(value, Mapping):
            if depth < _DEEPEST:
                yield from _leaves(value, f"{name}.", depth + 1)
            continue
        scalar = _scalar(value)
        if name and scalar is not None:
            yield name, scalar


def _scalar(value: object) -> Scalar | None:
    match value:
        case bool():
            return value
        case int() | float():
            return _number(value)
        case str():
            return _short(value)
        case datetime.date():  # datetime.datetime is one too
            return value.isoformat()
        case Sequence() if not isinstance(value, bytes | bytearray):
            flat = (one for one in value[:_MOST_IN_LIST] if isinstance(one, str) or not isinstance(one, Sequence))
            members = [_scalar(one) for one in flat]
            return _short(", ".join(str(member) for member in members if member is not None))
        case _:
            return None


def _number(value: float) -> Scalar | None:
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_INTEGER else hex(value)[:LONGEST_VALUE]
    return value if math.isfinite(value) else None


def _short(text: str) -> str | None:
    text = clean(text).strip()
    return (text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…") or None
