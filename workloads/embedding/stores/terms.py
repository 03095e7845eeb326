"""Filters for engines whose own are too narrow: what can be asked of a point, as hashed terms.

Weaviate wants property names of letters and digits, Pinecone forgets whether a number was whole, and Milvus' filters
are text that needs escaping. There a point carries the terms of its fields and metadata beside them, and a filter asks
for terms: any key and any value will do, nothing needs escaping, and the three agree on what is equal.

Numbers are equal by value (3 and 3.0), a bool is never a number, and text is compared character by character.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from workloads.embedding.records import Point, Scalar
from workloads.embedding.stores.port import Where

TERM_LENGTH: Final = 32
"""Hexadecimal digits: 128 bits, so that two items share a term once in 10^19 collections of a billion items."""

Clauses = Sequence[Sequence[str]]
"""Of every clause at least one term must be a point's."""


def term(key: str, value: Scalar) -> str:
    """Return the term of one item."""
    kind = "bool" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    exact = json.dumps([key, kind, plain])
    return hashlib.blake2b(exact.encode(), digest_size=TERM_LENGTH // 2).hexdigest()


def fields(point: Point) -> dict[str, Scalar]:
    """Return what a point can be filtered by."""
    own: Mapping[str, Scalar] = {"document": point.document, "version": point.version, "ordinal": point.ordinal}
    return {**point.metadata, **own}


def point_terms(point: Point) -> list[str]:
    """Return the terms of a point."""
    return [term(key, value) for key, value in fields(point).items()]


def clauses(where: Where | None) -> Clauses:
    """Return the clauses of a filter; one that is empty can't be met by any point."""
    return [list(dict.fromkeys(term(key, value) for value in _values(asked))) for key, asked in (where or {}).items()]


def nothing_meets(asked: Clauses) -> bool:
    """Whether no point can meet these clauses, whatever it holds."""
    return not all(asked)


def meets(terms: Collection[str], asked: Clauses) -> bool:
    """Whether a point with these terms meets the clauses."""
    held = set(terms)
    return all(not held.isdisjoint(clause) for clause in asked)


def _values(asked: Scalar | Sequence[Scalar]) -> Sequence[Scalar]:
    return (asked,) if isinstance(asked, str | int | float | bool) else asked
