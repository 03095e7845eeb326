"""Filters as SQL; keys and values go as parameters, never as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from psycopg import sql
from psycopg.types.json import Jsonb

from workloads.embedding.records import Metadata, Scalar
from workloads.embedding.stores.port import Where

COLUMNS: Final = {"document": "text", "version": "text", "ordinal": "bigint"}
MOST_BIGINT: Final = 2**63


def condition(where: Where | None) -> tuple[sql.Composable, list[Any]]:
    """Return a condition on `point`, the name a query gives its points, with its parameters; TRUE for no filter."""
    parts: list[sql.Composable] = []
    parameters: list[Any] = []
    for key, value in (where or {}).items():
        allowed = [value] if isinstance(value, str | int | float | bool) else list(value)
        part, given = _column(key, allowed) if key in COLUMNS else _metadata(key, allowed)
        parts.append(part)
        parameters += given
    return (sql.SQL(" AND ").join(parts) if parts else sql.SQL("TRUE")), parameters


def _column(key: str, allowed: Sequence[Scalar]) -> tuple[sql.Composable, list[Any]]:
    # A value of another kind than the column's, or one that it can't hold, equals none of its values.
    fitting: list[Any] = [value for value in allowed if isinstance(value, str)]
    if COLUMNS[key] == "bigint":
        fitting = [int(value) for value in allowed if _is_bigint(value)]
    text = sql.SQL("point.{} = ANY(%s::{}[])").format(sql.Identifier(key), sql.SQL(COLUMNS[key]))  # pyright: ignore[reportArgumentType] - one of two literals above
    return text, [fitting]


def _is_bigint(value: Scalar) -> bool:
    """Whether a value is a whole number of 64 bits, such as 3 or 3.0."""
    if isinstance(value, bool | str):
        return False
    return abs(value) < MOST_BIGINT and value == int(value)  # no NaN is less than anything


def _metadata(key: str, allowed: Sequence[Scalar]) -> tuple[sql.Composable, list[Any]]:
    """One containment for each value: of an OR of them an index can be used, of ANY(array) none."""
    if not allowed:
        return sql.SQL("FALSE"), []
    each = sql.SQL(" OR ").join([sql.SQL("point.metadata @> %s")] * len(allowed))
    return sql.SQL("({})").format(each), [jsonb({key: value}) for value in allowed]


def jsonb(metadata: Metadata) -> Jsonb:
    """Return metadata as PostgreSQL takes it; NaN and infinity raise ValueError."""
    kept = {storable(key): storable(value) if isinstance(value, str) else value for key, value in metadata.items()}
    return Jsonb(kept, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def storable(text: str) -> str:
    """Return a text as PostgreSQL can keep it: NUL, which it refuses, becomes the replacement character."""
    return text.replace("\0", "\ufffd")
