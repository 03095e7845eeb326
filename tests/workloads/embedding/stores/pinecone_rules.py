"""What Pinecone refuses of a request to an index, as far as its published API and limits tell.

Sources: the data plane's OpenAPI document of 2026-04 (pinecone-io/pinecone-api), docs.pinecone.io: "Operation limits",
"Filter by metadata". The service is laxer or stricter in ways that neither says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

JSON = Mapping[str, Any]
LONGEST_ID: Final = 512
MOST_RECORDS: Final = 1000
MOST_UPSERT_BYTES: Final = 2_000_000
MOST_METADATA_BYTES: Final = 40_960
MOST_TOP_K: Final = 10_000
MOST_RESULT_BYTES: Final = 4_000_000
MOST_IN_VALUES: Final = 10_000
MOST_PAGE: Final = {"list": 100, "fetch_by_metadata": 10_000}


class Refused(Exception):
    """The request is not one that Pinecone takes."""


def require(holds: object, message: str) -> None:
    if not holds:
        raise Refused(message)


def require_keys(body: JSON, allowed: Sequence[str]) -> None:
    for key in body:
        require(key in allowed, f"{key}: Cannot find field")


def require_id(value: object) -> None:
    require(isinstance(value, str) and 1 <= len(value) <= LONGEST_ID, f"Invalid vector id {value!r}")
    require(str(value).isascii() and "\0" not in str(value), f"Vector id must be ASCII, but got {value!r}")


def require_values(values: object, dimension: int) -> None:
    require(isinstance(values, list), "values: needs an array of numbers")
    assert isinstance(values, list)
    require(all(_is_number(value) for value in values), "values: needs an array of numbers")
    require(
        len(values) == dimension,
        f"Vector dimension {len(values)} does not match the dimension of the index {dimension}",
    )


def require_upsert(body: JSON, size: int, dimension: int) -> None:
    require_keys(body, ("vectors", "namespace"))
    require(size <= MOST_UPSERT_BYTES, f"Request size {size} bytes exceeds the limit of {MOST_UPSERT_BYTES} bytes")
    vectors = body.get("vectors")
    require(isinstance(vectors, list) and vectors, "vectors: at least one is needed")
    assert isinstance(vectors, list)
    require(len(vectors) <= MOST_RECORDS, f"{len(vectors)} vectors exceed the limit of {MOST_RECORDS}")
    for vector in vectors:
        require_keys(vector, ("id", "values", "metadata", "sparseValues"))
        require_id(vector.get("id"))
        require_values(vector.get("values"), dimension)
        require(any(vector["values"]), "Dense vectors must contain at least one non-zero value")
        require_metadata(vector.get("metadata") or {})


def require_metadata(metadata: JSON) -> None:
    for key, value in metadata.items():
        require(not key.startswith("$"), f"Metadata key {key!r} must not start with $")
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        require(
            texts or isinstance(value, str | bool) or _is_number(value),
            f"Metadata value must be a string, number, boolean or list of strings, got {value!r} for field {key!r}",
        )
    size = len(json.dumps(metadata, ensure_ascii=False).encode())
    require(
        size <= MOST_METADATA_BYTES,
        f"Metadata size is {size} bytes, which exceeds the limit of {MOST_METADATA_BYTES} bytes per vector",
    )


def require_query(body: JSON, dimension: int) -> None:
    require_keys(body, ("vector", "id", "topK", "namespace", "filter", "includeValues", "includeMetadata"))
    require(("vector" in body) != ("id" in body), "Exactly one of vector and id is needed")
    if "vector" in body:
        require_values(body["vector"], dimension)
    top_k = body.get("topK")
    require(isinstance(top_k, int) and 1 <= top_k <= MOST_TOP_K, f"topK {top_k}: allowed: 1 to {MOST_TOP_K}")
    require_filter(body.get("filter") or {})


def require_delete(body: JSON) -> None:
    require_keys(body, ("ids", "deleteAll", "filter", "namespace"))
    chosen = [key for key in ("ids", "deleteAll", "filter") if body.get(key)]
    require(len(chosen) == 1, "Exactly one of ids, deleteAll and filter is needed")
    ids = body.get("ids") or []
    require(len(ids) <= MOST_RECORDS, f"{len(ids)} ids exceed the limit of {MOST_RECORDS}")
    for each in ids:
        require_id(each)
    require_filter(body.get("filter") or {})


def require_page(operation: str, limit: object) -> None:
    most = MOST_PAGE[operation]
    require(isinstance(limit, int) and 1 <= limit <= most, f"limit {limit}: allowed: 1 to {most}")


_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$eq": lambda held, asked: held == asked,
    "$ne": lambda held, asked: held != asked,
    "$gt": lambda held, asked: held > asked,
    "$gte": lambda held, asked: held >= asked,
    "$lt": lambda held, asked: held < asked,
    "$lte": lambda held, asked: held <= asked,
}


def require_filter(asked: object) -> None:
    require(isinstance(asked, dict), "filter: needs an object")
    assert isinstance(asked, dict)
    for key, value in asked.items():
        if key in ("$and", "$or"):
            require(isinstance(value, list) and value, f"{key} needs a list of filters")
            for each in value:
                require_filter(each)
            continue
        require(not key.startswith("$"), f"{key} is not a valid operator")
        for operator, operand in (value if isinstance(value, dict) else {"$eq": value}).items():
            if operator in ("$in", "$nin"):
                require(isinstance(operand, list) and operand, f"The {operator} operator must be followed by a list")
                require(len(operand) <= MOST_IN_VALUES, f"{operator}: {len(operand)} values exceed {MOST_IN_VALUES}")
                require(all(isinstance(each, str) or _is_number(each) for each in operand), f"{operator}: bad value")
            elif operator == "$exists":
                require(isinstance(operand, bool), "The $exists operator must be followed by a boolean")
            else:
                require(operator in _COMPARED, f"{operator} is not a valid operator")


def meets(metadata: JSON, asked: JSON) -> bool:
    """Return whether a record with this metadata is found by a filter."""
    return all(_meets(metadata, key, value) for key, value in asked.items())


def _meets(metadata: JSON, key: str, value: Any) -> bool:
    if key in ("$and", "$or"):
        return (all if key == "$and" else any)(meets(metadata, each) for each in value)
    held = metadata.get(key)
    each_held = held if isinstance(held, list) else [held]
    for operator, operand in (value if isinstance(value, dict) else {"$eq": value}).items():
        if operator == "$exists":
            found = (key in metadata) is operand
        elif operator in ("$in", "$nin"):
            found = any(each in operand for each in each_held) is (operator == "$in")
        else:
            found = key in metadata and any(_COMPARED[operator](each, operand) for each in each_held)
        if not found:
            return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
