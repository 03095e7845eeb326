"""What is asked of an index and what comes back."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from workloads.embedding.records import CollectionSpec, Hit, Scalar
from workloads.embedding.stores.port import Where
from workloads.faults import InputError

Mode = Literal["vector", "hybrid"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to an index."""

    text: str
    k: int
    """Hits at most"""
    where: Where = field(default_factory=dict[str, Scalar | Sequence[Scalar]])
    mode: Mode = "vector"
    """By nearness of the vectors, or with the engine's keyword search beside it"""
    exact: bool = False
    """Look at every point instead of the index: slower, misses nothing"""


@dataclass(frozen=True, slots=True)
class Target:
    """The collection that a question is put to."""

    spec: CollectionSpec
    live: bool
    """False where the index has moved on to a model that this process does not have"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an index says, and how long it took."""

    hits: tuple[Hit, ...]
    """Best first"""
    target: Target
    embedding_seconds: float
    store_seconds: float


def parse_where(conditions: Sequence[str]) -> Where:
    """Return the filter of conditions such as `lang=en`; the same key again means one of its values.

    A value that reads as JSON number or true/false is one; quotes make it text: `year=2024`, `year="2024"`. Raises
    `InputError` for a condition without `=`, or without a key.
    """
    values: dict[str, list[Scalar]] = {}
    for condition in conditions:
        key, equals, value = condition.partition("=")
        if not equals or not key.strip():
            raise InputError(f"where {condition!r}: needs KEY=VALUE")
        values.setdefault(key.strip(), []).append(_scalar(value))
    return {key: several[0] if len(several) == 1 else several for key, several in values.items()}


def check_words(question: Question) -> None:
    """Raise `InputError` for a question without words, or with text that no engine takes."""
    if not question.text.strip():
        raise InputError("query: is empty")
    texts = {"query": [question.text]}
    for key, wanted in question.where.items():
        several = [wanted] if isinstance(wanted, str | int | float | bool) else wanted
        texts[f"where {key!r}"] = [key, *(value for value in several if isinstance(value, str))]
    for place, parts in texts.items():
        for part in parts:
            if "\0" in part or any("\ud800" <= letter <= "\udfff" for letter in part):
                raise InputError(f"{place}: holds a NUL or half of a surrogate pair; allowed: Unicode text")


def _scalar(text: str) -> Scalar:
    try:
        value: object = json.loads(text, parse_constant=_refuse)
    except ValueError:
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text  # 1e400
    return value if isinstance(value, str | int | float | bool) else text


def _refuse(constant: str) -> float:
    raise ValueError(constant)  # NaN and Infinity are words here
