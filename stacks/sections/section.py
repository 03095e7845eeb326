"""What a section of the stack file is: a closed, frozen model, readable even where parts did not parse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

Path = tuple[str | int, ...]
"""Where a value stands: ("node_groups", "spot", 0, "instance_types")."""


class Unread(AttributeError):
    """A rule asked for a key whose value did not parse; its own fault is reported already."""


class Broken(NamedTuple):
    """A cross-field rule that the stack file breaks: the key to change, its value, and why."""

    path: Path
    value: object
    message: str


class Section(BaseModel):
    """A mapping of the stack file: unknown keys are faults, values never change after they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    if not TYPE_CHECKING:  # a type checker must still report a mistyped attribute

        def __getattr__(self, name: str) -> Any:
            """Tell a value that did not parse from an attribute that is not there."""
            if name in type(self).model_fields:
                raise Unread(name)
            return super().__getattr__(name)


SectionType = TypeVar("SectionType", bound=Section)
Rule = Callable[..., Iterator[Broken]]


def attempt(rule: Rule, *arguments: object) -> Iterator[Broken]:
    """Apply `rule` as far as what it asks for was read."""
    try:
        yield from rule(*arguments)
    except Unread:
        return


def members(annotation: object) -> Iterator[type[Section]]:
    """The section models that a field's annotation holds, whether optional, in a list or in a union."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for argument in get_args(annotation):
        yield from members(argument)


def read_partially(model: type[SectionType], given: object) -> SectionType:
    """The model with every value that parses; asking for one of the others raises `Unread`."""
    keys = cast("Mapping[Any, object]", given) if isinstance(given, Mapping) else {}
    values: dict[str, object] = {}
    for name, field in model.model_fields.items():
        if name not in keys:
            if not field.is_required():
                values[name] = field.get_default(call_default_factory=True)
            continue
        try:
            values[name] = _adapter(field).validate_python(keys[name])
        except ValidationError:
            nested = list(members(field.annotation))
            if len(nested) != 1:
                continue
            if get_origin(field.annotation) is not tuple:
                values[name] = read_partially(nested[0], keys[name])
            elif isinstance(keys[name], list):
                values[name] = tuple(read_partially(nested[0], item) for item in cast("list[object]", keys[name]))
    known = {name for name in model.model_fields if name in keys}
    partial = model.model_construct(_fields_set=known, **values)
    for name in model.model_fields.keys() - values.keys():
        vars(partial).pop(name, None)
    return partial


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    annotation = cast("Any", field.annotation)
    return TypeAdapter(Annotated[(annotation, *field.metadata)] if field.metadata else annotation)  # pyright: ignore[reportArgumentType, reportInvalidTypeForm] - built at run time
