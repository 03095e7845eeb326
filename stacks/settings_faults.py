"""Faults of a stack file, each with file, key path, value seen and what is allowed: enough to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, cast, get_args, get_origin

import pulumi
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stacks.closeness import did_you_mean, listed
from stacks.sections.section import Broken, Path, Section, members
from stacks.value_types import OneOf, Text, Whole

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
        return "{" + ", ".join(f"{key}: {shown(item, depth + 1)}" for key, item in list(pairs)[:20]) + "}"
    if isinstance(value, list | tuple):
        items = cast("list[object] | tuple[object, ...]", value)
        return "[" + ", ".join(shown(item, depth + 1) for item in items[:20]) + "]"
    return str(value) if isinstance(value, int | float | _NotSet) else repr(value)


def key_path(path: Iterable[str | int]) -> str:
    """node_groups.spot[0].instance_types, from the steps that lead there."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    # A key may hold anything, a line break too; a fault stays on one line.
    printable = text if text.isprintable() else repr(text)
    return printable if len(printable) <= LONGEST_KEY * 2 else printable[: LONGEST_KEY * 2 - 3] + "..."


class Reporter:
    """Turns what pydantic and the rules found into faults of one file, secrets masked."""

    def __init__(
        self, model: type[Section], file: str, sections: Mapping[str, object], secret: Iterable[str]
    ) -> None:
        self.model = model
        self.file = file
        self.secret = frozenset(secret)
        self.masked = sorted(
            {leaf for name in self.secret for leaf in _leaves(sections.get(name))}, key=len, reverse=True
        )

    def parse_fault(self, error: ErrorDetails) -> SettingsFault:
        """A value that does not parse, a key that is missing or one that is unknown."""
        loc = tuple(step for step in error["loc"] if step not in (*_tags(self.model), "[key]"))
        value = NOT_SET if error["type"] == "missing" else cast("object", error["input"])
        return self._fault(loc, value, _message(self.model, error))

    def parse_faults(self, errors: Iterable[ErrorDetails]) -> Iterator[SettingsFault]:
        """Each value that does not parse, once."""
        for error in errors:
            # pydantic also counts a list as too short when the entries that it lacks are the ones it refused.
            refused_entries = (
                error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]
            )
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


def _message(model: type[Section], error: ErrorDetails) -> str:  # noqa: PLR0911 - a sentence per kind
    kind, context = error["type"], cast("dict[str, Any]", error.get("ctx", {}))
    loc = error["loc"]
    if kind == "extra_forbidden":
        return _unknown_key(model, loc)
    if kind == "missing":
        holder = _holder(model, loc[:-1])
        return _required(holder.model_fields[str(loc[-1])]) if holder else "required"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", cast("str", context["expected"]))
        return f"allowed: {listed(choices)}{did_you_mean(error['input'], choices)}"
    if kind in ("model_type", "model_attributes_type"):
        holder = _holder(model, loc)
        return (
            f"allowed: a mapping with the keys {', '.join(holder.model_fields)}"
            if holder
            else "allowed: a mapping"
        )
    if kind == "too_short":
        least = context["min_length"]
        entries = "one entry" if least == 1 else f"{least} entries"
        return f"allowed: {entries} or more; it has {context['actual_length']}"
    if kind == "too_long":
        return f"allowed: at most {context['max_length']} entries"
    return {
        "tuple_type": "allowed: a list; each entry on a line of its own that begins with '- ', or [a, b]",
        "dict_type": "allowed: a mapping of keys to text",
        "bool_type": "allowed: true or false, without quotes",
        "invalid_key": "allowed: keys that are text; put this one in quotes",
    }.get(kind, error["msg"])


def _required(field: FieldInfo) -> str:
    """What a key that is missing is for, and what it may hold."""
    allowed = [part.allowed for part in field.metadata if isinstance(part, Text | Whole | OneOf)]
    if field.annotation is bool:
        allowed.append("true or false")
    elif get_origin(field.annotation) is Literal:
        allowed.append(listed(get_args(field.annotation)))
    elif get_origin(field.annotation) is tuple:
        allowed.append("a list")
    elif inner := next(members(field.annotation), None):
        allowed.append(f"a mapping with the keys {', '.join(inner.model_fields)}")
    return "; allowed: ".join((f"required: {field.description}", *allowed))


def _unknown_key(model: type[Section], loc: Path) -> str:
    key, holder = loc[-1], _holder(model, loc[:-1])
    known = tuple(holder.model_fields) if holder else ()
    what = "key" if loc[:-1] else "section"
    guess = did_you_mean(key, known)
    if not guess and (elsewhere := _places(model).get(str(key))):
        guess = f"; it is a key of {' and of '.join(elsewhere)}"
    return f"unknown {what}{guess}; allowed: {', '.join(known)}"


@cache
def _tags(model: type[Section]) -> tuple[str, ...]:
    """What pydantic puts into an error's location for the member of a union that it chose."""
    return tuple(f"<{section.__name__}>" for section in _all_sections(model))


@cache
def _all_sections(model: type[Section]) -> tuple[type[Section], ...]:
    inner = [member for field in model.model_fields.values() for member in members(field.annotation)]
    return (*inner, *(section for member in inner for section in _all_sections(member)))


@cache
def _places(model: type[Section], within: str = "") -> dict[str, tuple[str, ...]]:
    """Every key below the sections, and the mappings that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field in model.model_fields.items():
        many = "[]" if "tuple[" in str(field.annotation) else ""
        path = f"{within}.{name}{many}".removeprefix(".")
        for member in members(field.annotation):
            for key in member.model_fields:
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), path)))
            for key, places in _places(member, path).items():
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *places)))
    return found


def _holder(model: type[Section], loc: Path) -> type[Section] | None:
    """The section model at a location, or nothing where there is none."""
    candidates: list[type[Section]] = [model]
    for step in loc:
        if isinstance(step, int):
            continue
        if step in _tags(model):
            candidates = [section for section in candidates if f"<{section.__name__}>" == step]
            continue
        fields = [section.model_fields[step] for section in candidates if step in section.model_fields]
        candidates = [member for field in fields for member in members(field.annotation)]
    return candidates[0] if candidates else None
