"""Values of a chart against its JSON Schema: each fault with its path and, in a sentence, what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from stacks.closeness import did_you_mean, listed

ValuePath = tuple[str | int, ...]

_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


REQUIRED = "required"
"""How the message about a missing value begins."""


class ValueFault(NamedTuple):
    """A value that the schema refuses; None where the value is missing."""

    path: ValuePath
    value: object
    message: str


def value_faults(schema: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Everything that the schema refuses in the values, in the order of their paths."""
    errors = cast("Iterator[ValidationError]", Draft202012Validator(schema).iter_errors(_with_text_keys(values)))  # pyright: ignore[reportUnknownMemberType] - the package's types leave the errors open
    for error in sorted(errors, key=lambda error: [str(step) for step in error.absolute_path]):
        yield from _faults(error)


def _faults(error: ValidationError) -> Iterator[ValueFault]:
    path = tuple(error.absolute_path)
    schema = cast("Mapping[str, Any]", error.schema)
    instance = cast("Any", error.instance)
    if error.validator == "additionalProperties" and "properties" in schema:
        known = list(schema["properties"])
        for key in (key for key in instance if key not in schema["properties"]):
            message = f"unknown key{did_you_mean(key, known)}; allowed: {', '.join(known)}"
            yield ValueFault((*path, key), instance[key], message)
    elif error.validator == "required":
        for key in (key for key in schema["required"] if key not in instance):
            about = allowed(schema["properties"].get(key, {}))
            yield ValueFault((*path, key), None, f"{REQUIRED}; allowed: {about}")
    else:
        guess = did_you_mean(instance, schema.get("enum", ()))
        yield ValueFault(path, instance, f"allowed: {allowed(schema)}{guess}")


def allowed(schema: Mapping[str, Any]) -> str:
    """What a value of this schema may be, in a sentence."""
    if "const" in schema:
        return listed([schema["const"]])
    if "enum" in schema:
        return listed(schema["enum"])
    kinds: Sequence[str] = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    about = " or ".join(_KINDS[kind] for kind in kinds) or "another value"
    if schema.get("type") == "object" and "properties" in schema:
        about += f" with the keys {', '.join(schema['properties'])}"
    return about + _limits(schema) + _grammar(schema)


def _limits(schema: Mapping[str, Any]) -> str:
    parts: list[str] = []
    if "minimum" in schema:
        parts.append(f"from {schema['minimum']}")
    if "exclusiveMinimum" in schema:
        parts.append(f"above {schema['exclusiveMinimum']}")
    if "maximum" in schema:
        parts.append(f"to {schema['maximum']}")
    if "maxItems" in schema:
        parts.append(f"of at most {schema['maxItems']} entries")
    return "".join(f" {part}" for part in parts)


def _grammar(schema: Mapping[str, Any]) -> str:
    text = schema.get("description", "").rstrip(".")
    pattern = f"of the form {schema['pattern']}" if "pattern" in schema else ""
    said = "; ".join(filter(None, (pattern, text)))
    return f" ({said})" if said else ""


def _with_text_keys(value: Any) -> Any:
    """The values as JSON has them: YAML would also take a number for a key, and JSON Schema knows no such thing."""
    if isinstance(value, Mapping):
        return {str(key): _with_text_keys(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(item) for item in cast("Sequence[Any]", value)]
    return value
