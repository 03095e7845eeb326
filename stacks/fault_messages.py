"""What is allowed, in the stack file's words, where pydantic found that a value does not parse."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, cast, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stacks.closeness import did_you_mean, listed
from stacks.sections.section import Path, Section, members
from stacks.value_types import OneOf, Text, Whole


def message(model: type[Section], error: ErrorDetails) -> str:  # noqa: PLR0911 - a sentence per kind
    """What is allowed at the place of an error, and what was probably meant."""
    kind, context = error["type"], error.get("ctx", {})
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
        return f"allowed: a mapping with the keys {', '.join(holder.model_fields)}" if holder else "allowed: a mapping"
    if kind == "dict_type":
        return "allowed: a mapping of keys to text" if _holds_text(model, loc) else "allowed: a mapping"
    if kind == "too_short":
        least = context["min_length"]
        entries = "one entry" if least == 1 else f"{least} entries"
        return f"allowed: {entries} or more; it has {context['actual_length']}"
    if kind == "too_long":
        return f"allowed: at most {context['max_length']} entries"
    return {
        "tuple_type": "allowed: a list; each entry on a line of its own that begins with '- ', or [a, b]",
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


def _holds_text(model: type[Section], loc: Path) -> bool:
    """Say whether the mapping at a location has text for values."""
    holder = _holder(model, loc[:-1])
    field = holder.model_fields.get(str(loc[-1])) if holder else None
    _, *value = get_args(field.annotation) if field else (None,)
    return bool(value) and getattr(value[0], "__origin__", value[0]) is str


@cache
def tags(model: type[Section]) -> tuple[str, ...]:
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
        if step in tags(model):
            candidates = [section for section in candidates if f"<{section.__name__}>" == step]
            continue
        fields = [section.model_fields[step] for section in candidates if step in section.model_fields]
        candidates = [member for field in fields for member in members(field.annotation)]
    return candidates[0] if candidates else None
