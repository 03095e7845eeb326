"""Nodes: every mapping, list and text below a resource's properties, for rules that look through whole resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from pulumi_policy.proxy import UnknownValueError

from policies.reading import is_list


def nodes(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give a value and all that is in it, each with the keys that lead to it; leaves out what is not known yet."""
    yield path, value
    if isinstance(value, str | bool | int | float):
        return  # most nodes are; asking whether one is a mapping costs more
    for key, item in entries(value):
        yield from nodes(item, (*path, key))


def entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Give the entries of a mapping or a list that are known; nothing for anything else."""
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        for key in mapping:
            try:
                yield str(key), mapping[key]
            except UnknownValueError:
                continue
    elif is_list(value):
        for number in range(len(value)):
            try:
                yield str(number), value[number]
            except UnknownValueError:
                continue
