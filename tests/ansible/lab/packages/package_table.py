"""The packages that stand in for the vendors', as the tables beside this file list them, one per family of systems.

What a table's entry may hold is said in `Package`; an axis (`driver`, `kernel`) makes one package of each of its rows.
Braces that name something of the row or of the system are filled in, other braces stay.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import yaml

TABLES: Final = Path(__file__).parent


@dataclass(frozen=True)
class Package:
    """One version of one package."""

    name: str
    version: str
    """With the distribution's suffix (Debian: `580.178.04-0ubuntu0.24.04.1`), without the epoch."""
    epoch: int = 0
    depends: Sequence[str] = ()
    """In Debian's form (`runc (>= 1.2)`) or RPM's (`runc >= 1.2`), as the system has it."""
    provides: Sequence[str] = ()
    conflicts: Sequence[str] = ()
    replaces: Sequence[str] = ()
    recommends: Sequence[str] = ()
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """By path: `text`, `double` (a program of ../doubles), `program` (a real one of tests/programs) or `link`."""
    enable: Sequence[str] = ()
    """Units that are enabled and started when the package comes, as the vendor's does."""
    postinst: str = ""
    postrm: str = ""
    module: str = ""
    """RPM: the module stream that it belongs to, such as `nvidia-driver:580-open`."""


def systems(table: str) -> dict[str, dict[str, str]]:
    """Return a table's systems with what is filled in for each."""
    return _table(table)["systems"]


def packages(table: str, system: str) -> list[Package]:
    """Return the packages that a system's repository offers."""
    content = _table(table)
    row = {"system": system} | content["systems"][system]
    found = [
        _package(entry, row | filled)
        for entry in content["packages"]
        if system in entry.get("only", [system])
        for filled in _rows(entry, content.get("axes", {}), system)
    ]
    names = [(package.name, package.version) for package in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{table}: {sorted(twice)} of {system} stand there twice")
    return found


def streams(table: str, system: str) -> dict[str, list[dict[str, Any]]]:
    """Return the module streams of each module, with the packages of their profiles."""
    content = _table(table)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for module, entries in content.get("modules", {}).items():
        for entry in entries:
            for row in _rows(entry, content.get("axes", {}), system):
                stream = filled_in({key: entry[key] for key in ("stream", "profiles")}, row)
                found.setdefault(module, {})[stream["stream"]] = stream
    return {module: list(by_name.values()) for module, by_name in found.items()}


def filled_in(value: Any, row: Mapping[str, str]) -> Any:
    """Return a value of a table with the row's words in place of their names in braces, at any depth."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: str(row.get(match[1], match[0])), value)
    if isinstance(value, list):
        return [filled_in(item, row) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {filled_in(key, row): filled_in(item, row) for key, item in cast(dict[Any, Any], value).items()}
    return value


def _table(name: str) -> dict[str, Any]:
    return yaml.safe_load((TABLES / f"{name}.yaml").read_text())


def _rows(entry: Mapping[str, Any], axes: Mapping[str, Any], system: str) -> Iterator[dict[str, str]]:
    """The rows of the axes that an entry names, each with each; a row may be of some systems only."""
    chosen = [[row for row in axes[axis] if system in row.get("only", [system])] for axis in entry.get("each", [])]
    for rows in itertools.product(*chosen):
        merged: dict[str, Any] = {}
        for row in rows:
            merged |= {key: str(value) for key, value in row.items() if key != "only"}
        if all(merged.get(key) in values for key, values in entry.get("where", {}).items()):
            yield merged


def _package(entry: Mapping[str, Any], row: Mapping[str, str]) -> Package:
    known = {key: value for key, value in entry.items() if key not in ("each", "only", "where")}
    return Package(**filled_in(known, row))
