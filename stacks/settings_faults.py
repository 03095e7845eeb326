"""Faults of a stack file, each with file, key path, value seen and what is allowed: enough to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import pulumi
from pydantic_core import ErrorDetails

from stacks.fault_messages import message, tags
from stacks.sections.section import Broken, Path, Section

LONGEST_VALUE = 120
DEEPEST_VALUE = 4
LONGEST_KEY = 80


class _NotSet:
    def __repr__(self) -> str:
        return "not set"


NOT_SET: Final = _NotSet()
"""The value of a key that is not in the file."""

SECRET: Final = "[secret]"  # noqa: S105 - what is shown in place of one


@dataclass(frozen=True)
class SettingsFault:
    """One thing that is wrong in a stack file."""

    file: str
    key: str
    """Key path below `llm-platform:`, such as node_groups.spot[0].instance_types"""
    value: object
    message: str

    def __str__(self) -> str:
        """One line: file, key, value seen, what is allowed."""
        return f"{self.file}: {self.key}: {shown(self.value)}: {self.message}"


class SettingsError(pulumi.RunError):
    """Everything that is wrong in a stack file; the engine prints it without a traceback."""

    def __init__(self, faults: Iterable[SettingsFault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


def shown(value: object, depth: int = 0) -> str:
    """A value as it would stand in the stack file, on one line and cut to a readable length."""
    text = "..." if depth > DEEPEST_VALUE else _flow(value, depth)
    return text if depth or len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def _flow(value: object, depth: int) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if value is SECRET:
        return SECRET
    if isinstance(value, str):
        return repr(value[: LONGEST_VALUE + 1])
    if isinstance(value, Section):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return (
            "{" + ", ".join(f"{_printable(str(key))}: {shown(item, depth + 1)}" for key, item in list(pairs)[:20]) + "}"
        )
    if isinstance(value, list | tuple):
        items = cast("list[object] | tuple[object, ...]", value)
        return "[" + ", ".join(shown(item, depth + 1) for item in items[:20]) + "]"
    return str(value) if isinstance(value, int | float | _NotSet) else repr(value)


def key_path(path: Iterable[str | int]) -> str:
    """node_groups.spot[0].instance_types, from the steps that lead there."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    printable = _printable(text)
    return printable if len(printable) <= LONGEST_KEY * 2 else printable[: LONGEST_KEY * 2 - 3] + "..."


def _printable(key: str) -> str:
    """A key may hold anything, a line break too; a fault stays on one line."""
    return key if key.isprintable() else repr(key)


class Reporter:
    """Turns what pydantic and the rules found into faults of one file, secrets masked."""

    def __init__(self, model: type[Section], file: str, sections: Mapping[str, object], secret: Iterable[str]) -> None:
        self.model = model
        self.file = file
        self.secret = frozenset(secret)
        self.masked = sorted(
            {leaf for name in self.secret for leaf in _leaves(sections.get(name))}, key=len, reverse=True
        )

    def parse_fault(self, error: ErrorDetails) -> SettingsFault:
        """A value that does not parse, a key that is missing or one that is unknown."""
        loc = tuple(step for step in error["loc"] if step not in (*tags(self.model), "[key]"))
        value = NOT_SET if error["type"] == "missing" else cast("object", error["input"])
        return self._fault(loc, value, message(self.model, error))

    def parse_faults(self, errors: Iterable[ErrorDetails]) -> Iterator[SettingsFault]:
        """Each value that does not parse, once."""
        for error in errors:
            # pydantic also counts a list as too short when the entries that it lacks are the ones it refused.
            refused_entries = error["type"] == "too_short" and len(error["input"]) >= error.get("ctx", {})["min_length"]
            if not refused_entries:
                yield self.parse_fault(error)

    def rule_fault(self, broken: Broken) -> SettingsFault:
        """A rule between several values that does not hold."""
        value = NOT_SET if broken.value is None else broken.value
        return self._fault(broken.path, value, broken.message)

    def _fault(self, path: Path, value: object, message: str) -> SettingsFault:
        if path and path[0] in self.secret:
            value = value if value is NOT_SET else SECRET
            message = message.partition("; did you mean")[0]
        for leaf in self.masked:
            message = re.sub(rf"(?<!\w){re.escape(leaf)}(?!\w)", SECRET, message)
        return SettingsFault(self.file, key_path(path), value, message)


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in cast("Mapping[object, object]", value).values():
            yield from _leaves(item, depth + 1)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _leaves(item, depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
        yield str(value)
