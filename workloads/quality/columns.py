"""Columns of Parquet files as the run needs them: whatever engine wrote them, of one type each."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas.util
import pyarrow as pa

from workloads.quality.faults import DataError
from workloads.quality.tables import Array, compute

Type = Literal["id", "time", "class", "number"]
HASHES: Final = 2**64
hashing: Any = pandas.util
"""Its `hash_array` gives 64 well-mixed bits."""
TIME: Final = pa.timestamp("us", tz="UTC")
CLASS: Final = pa.dictionary(pa.int32(), pa.string())


def converted(values: Array, kind: Type, where: str) -> Array:
    """Return a column's values as those of a kind; `DataError` where they can't be."""
    try:
        match kind:
            case "id":
                return pa.array(hashed(values))
            case "time":
                return _times(values)
            case "class":
                return _classes(values)
            case "number":
                return _numbers(values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"{where}: {values.type} where a {kind} is needed: {error}") from error


def empty(kind: Type, rows: int) -> Array:
    """Return so many missing values."""
    types: dict[Type, Any] = {"id": pa.uint64(), "time": TIME, "class": CLASS, "number": pa.float64()}
    return pa.nulls(rows, types[kind])


def hashed(values: Array) -> npt.NDArray[np.uint64]:
    """Return 64 bits of each id's hash: a number and its text are the same id; a missing one is 0.

    Of a million ids two would share a hash once in forty million runs.
    """
    texts: Any = compute.fill_null(values.cast(pa.string()), "")
    hashes: Any = hashing.hash_array(texts.to_numpy(zero_copy_only=False), categorize=False)
    hashes[np.asarray(compute.equal(texts, "").to_numpy(zero_copy_only=False), bool)] = 0
    return hashes


def _times(values: Array) -> Array:
    if not pa.types.is_timestamp(values.type):
        raise pa.ArrowInvalid("times are timestamps; those without a zone are in UTC")
    return values.cast(pa.timestamp("us", tz=values.type.tz or "UTC"), safe=False).cast(TIME)


def _classes(values: Array) -> Array:
    if pa.types.is_floating(values.type):
        # A column of whole numbers with gaps is one of floats to pandas: 1.0 is the class 1.
        whole = compute.all(compute.equal(values, compute.floor(values))).as_py()
        values = values.cast(pa.int64()) if whole is not False else values
    return values.cast(pa.string()).dictionary_encode()


def _numbers(values: Array) -> Array:
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    numbers = values.cast(pa.float64(), safe=False)
    return compute.if_else(compute.is_finite(numbers), numbers, None)
