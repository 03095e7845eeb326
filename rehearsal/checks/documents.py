"""JSON documents inside inputs: parsed once, with what is wrong when they are not JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from rehearsal.checks import reading
from rehearsal.plan import Registration
from rehearsal.wire import holds_unknown


class NotJson(ValueError):
    """The text is not JSON."""


@lru_cache(maxsize=256)
def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotJson(str(error)) from None


def document(r: Registration, path: str) -> Mapping[str, Any] | None:
    """Return the JSON object at `path`, or None where it is absent, not wholly known or not a JSON object."""
    for _, value in reading.known(r, path):
        if isinstance(value, str):
            try:
                value = _parse(value)  # noqa: PLW2901 - the same document, parsed
            except NotJson:
                return None
        if isinstance(value, Mapping) and not holds_unknown(value):
            return cast("Mapping[str, Any]", value)
    return None


def not_json(r: Registration, path: str) -> str | None:
    """Return what is wrong with the document at `path`, where it is known and not a JSON object."""
    for _, value in reading.texts(r, path):
        try:
            parsed = _parse(value)
        except NotJson as error:
            return f"{value[:40]!r} is not JSON: {error}"
        if not isinstance(parsed, dict):
            return f"{value[:40]!r} is not a JSON object"
    return None


def as_list(value: Any) -> list[Any]:
    """Return a list of one or more, as JSON policies allow a single element to stand for itself."""
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def strings(value: Any) -> list[str]:
    """Return the strings of a single element or a list."""
    return [item for item in as_list(value) if isinstance(item, str)]
