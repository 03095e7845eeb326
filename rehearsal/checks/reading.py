"""Reads inputs at a path, so that what is absent, unknown or of another type never trips a rule.

A path is dotted; `[]` goes through a list: `networkInterfaces[].interfaceType`. What is found comes with its
concrete path (`networkInterfaces[2].interfaceType`), which is what a fault names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from rehearsal.plan import UNKNOWN, Registration


def walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every present value at `path` with its concrete path; unknown values are yielded as they are."""
    yield from _walk(value, [part for part in path.replace("[]", ".[]").split(".") if part], "")


def _walk(value: Any, parts: list[str], at: str) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if not parts or value is UNKNOWN:
        yield at, value
        return
    head, rest = parts[0], parts[1:]
    if head == "[]":
        if isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                yield from _walk(item, rest, f"{at}[{index}]")
    elif isinstance(value, Mapping):
        child = cast("Mapping[str, Any]", value).get(head)
        yield from _walk(child, rest, f"{at}.{head}" if at else head)


def known(r: Registration, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values at `path` that are present and known."""
    return ((at, value) for at, value in walk(r.inputs, path) if value is not UNKNOWN)


def texts(r: Registration, path: str) -> Iterator[tuple[str, str]]:
    """Yield the known strings at `path`."""
    return ((at, value) for at, value in known(r, path) if isinstance(value, str))


def numbers(r: Registration, path: str) -> Iterator[tuple[str, int | float]]:
    """Yield the known numbers at `path`."""
    for at, value in known(r, path):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield at, value


def mappings(r: Registration, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the known mappings at `path`."""
    return ((at, value) for at, value in known(r, path) if isinstance(value, Mapping))


def text(r: Registration, path: str) -> str | None:
    """Return the string at `path`, or None where it is absent, unknown or not a string."""
    return next((value for _, value in texts(r, path)), None)


def number(r: Registration, path: str) -> int | float | None:
    """Return the number at `path`, or None where it is absent, unknown or not a number."""
    return next((value for _, value in numbers(r, path)), None)


def truth(r: Registration, path: str) -> bool | None:
    """Return the boolean at `path` (the provider also takes "true"), or None where there is none."""
    for _, value in known(r, path):
        if value in (True, "true"):
            return True
        if value in (False, "false"):
            return False
    return None


def items(r: Registration, path: str) -> list[Any] | None:
    """Return the list at `path` if all of it is known, else None."""
    for _, value in known(r, path):
        if isinstance(value, list) and UNKNOWN not in cast("list[Any]", value):
            return cast("list[Any]", value)
    return None


def is_absent(r: Registration, path: str) -> bool:
    """Say whether nothing is at `path`: a value that is not known yet is not absent."""
    return next(walk(r.inputs, path), None) is None


def is_given(r: Registration, path: str) -> bool:
    """Say whether something is known to be at `path`: an unknown output may turn out to be nothing."""
    return next(known(r, path), None) is not None


def is_set(r: Registration, path: str) -> bool:
    """Say whether a known, non-empty value is at `path`."""
    return any(value not in ("", [], {}) for _, value in known(r, path))


def of(inputs: Mapping[str, Any], key: str) -> Any:
    """Return one value of a mapping, or None where it is absent or unknown."""
    value = inputs.get(key)
    return None if value is UNKNOWN else value
