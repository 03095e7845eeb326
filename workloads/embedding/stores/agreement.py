"""What holds of every engine: which names it takes, and when a collection or a vector is the wrong one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from workloads.embedding.faults import DimensionError, MetricError, StoreError
from workloads.embedding.records import LONGEST_COLLECTION_NAME, CollectionSpec, Point, Vector

NAME: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_COLLECTION_NAME - 1}}}")


def checked_name(name: str) -> str:
    """Return the name of a collection or alias; `StoreError` for one that some engine would refuse."""
    if not NAME.fullmatch(name):
        raise StoreError(
            f"name {name!r}: needs 1 to {LONGEST_COLLECTION_NAME} lower-case letters, digits and _, the first a letter"
        )
    return name


def check_same(standing: CollectionSpec, asked: CollectionSpec) -> None:
    """Raise `DimensionError` or `MetricError` where a collection is not what is asked for; its index may differ."""
    if standing.dimension != asked.dimension:
        raise DimensionError(
            f"collection {asked.name}: stands with {standing.dimension} dimensions, {asked.dimension} are asked for"
        )
    for key in ("metric", "model", "revision", "chunker"):
        found, wanted = getattr(standing, key), getattr(asked, key)
        if found != wanted:
            raise MetricError(f"collection {asked.name}: stands with {key} {found!r}, {wanted!r} is asked for")


def check_vector(spec: CollectionSpec, vector: Vector, whose: str) -> None:
    """Raise `DimensionError` where a vector has another length than the collection's."""
    if vector.shape != (spec.dimension,):
        raise DimensionError(
            f"collection {spec.name}: has {spec.dimension} dimensions, the vector of {whose} {vector.size}"
        )


def distinct(spec: CollectionSpec, points: Sequence[Point]) -> list[Point]:
    """Return points ready to be written: each of the right length, of several with one id the last, in order of ids.

    The order lets two runs that write the same points wait for each other instead of locking each other out.
    """
    for point in points:
        check_vector(spec, point.vector, point.document)
    return sorted({point.id: point for point in points}.values(), key=lambda point: point.id)
