"""Checks a request against botocore's own model of the service: types, enumerations, patterns, limits.

botocore itself checks types, required members and minimums before it sends; AWS alone checks the rest, and
moto mostly does not. The model knows the rest too: https://smithy.io/2.0/spec/constraint-traits.html
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

TOLERATED: Final[Mapping[tuple[str, str], str]] = {}
"""Constraints narrower in the model than in AWS: (service, shape) and why. As of botocore 1.44.5."""

_RANGES: Final = {
    # Python's `re` has no Unicode categories; the ranges are wider than the category, not narrower.
    "L": "a-zA-Z\u00aa\u00b5\u00ba\u00c0-\u1fff\u2c00-\ud7ff\uf900-\ufffd\U00010000-\U0010ffff",
    "M": "\u0300-\u036f\u0483-\u0489\u0591-\u1fff\u20d0-\u20ff\ua66f-\uabff\ufe00-\ufe2f",
    "N": "0-9\u00b2-\u00be\u0660-\u1fff\u2070-\u218f\u2460-\u24ff\u2776-\ua8ff\uff10-\uff19",
    "P": r"!-#%-*,-/:;?@\[-\]_{}" + "\u00a1-\u00bf\u2010-\u205e\u3001-\u303f",
    "S": r"$+<=>\^`|~" + "\u00a2-\u00b8\u00d7\u00f7\u2044-\u2bff",
    "Z": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    "Alnum": "a-zA-Z0-9",
    "Print": " -~",
}


_LOADER: Final = Loader()


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service."""
    return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)


@cache
def available_services() -> frozenset[str]:
    """Return the names of all services that botocore has a model of."""
    return frozenset(_LOADER.list_available_services("service-2"))


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Return the model of an operation by boto3's name for it: `create_vpc`."""
    model: Any = service_model(service)
    names: dict[str, str] = {xform_name(str(name)): str(name) for name in model.operation_names}
    if operation not in names:
        raise AttributeError(f"botocore's model of {service} has no operation {operation}")
    return model.operation_model(names[operation])


def request_faults(service: str, operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """Return everything that the service's model refuses in a request, one sentence each."""
    shape: Any = operation_model(service, operation).input_shape
    if shape is None:
        return [f"{operation} takes no parameters"] if parameters else []
    errors: Any = ParamValidator().validate(dict(parameters), shape)
    if errors.has_errors():
        return errors.generate_report().splitlines()
    return list(_violations(service, parameters, shape, ""))


def value_faults(service: str, shape: Any, value: Any, path: str) -> list[str]:
    """Return everything that a shape of the service's model refuses in one value of the right type."""
    return list(_violations(service, value, shape, path))


def _violations(service: str, value: Any, shape: Any, path: str) -> Iterator[str]:
    """Walk a value whose types are already known to be right."""
    if shape.type_name == "structure":
        if getattr(shape, "is_document_type", False):
            return
        for name, member in value.items():
            yield from _violations(service, member, shape.members[name], f"{path}.{name}" if path else name)
        return
    if (service, shape.name) in TOLERATED:
        return
    yield from _limit_violations(value, shape, path)
    if shape.type_name == "list":
        for index, member in enumerate(value):
            yield from _violations(service, member, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from _violations(service, key, shape.key, f"the keys of {path}")
            yield from _violations(service, member, shape.value, f"{path}[{key!r}]")
    elif shape.type_name == "string":
        yield from _string_violations(value, shape, path)


def _limit_violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Check the maximum; botocore's own validator has checked the minimum."""
    limit = shape.metadata.get("max")
    if limit is None:
        return
    if shape.type_name in ("string", "list", "map", "blob"):
        if hasattr(value, "__len__") and len(value) > limit:
            yield f"{path} has length {len(value)}; at most {limit} is allowed"
    elif value > limit:
        yield f"{path} is {value}; at most {limit} is allowed"


def _string_violations(value: str, shape: Any, path: str) -> Iterator[str]:
    shown = "(sensitive)" if shape.metadata.get("sensitive") else repr(value)
    allowed: list[str] = getattr(shape, "enum", None) or []
    if allowed and value not in allowed:
        choices = ", ".join(allowed) if len(allowed) <= 20 else f"the {len(allowed)} values of {shape.name}"  # noqa: PLR2004 - what fits in a message
        yield f"{path} is {shown}; it must be one of {choices}"
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled is not None and not compiled.fullmatch(value):
        yield f"{path} is {shown}; it must match {pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a model's pattern (Java's dialect) for Python, or None where Python has no equal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(_for_python(pattern))
        except re.error:
            return None


def _for_python(pattern: str) -> str:
    """Translate Unicode categories, and `\\w-x`, which Java reads as a literal hyphen."""
    pattern = re.sub(r"(\\[wds])-(?!\])", r"\1\\-", pattern)
    translated: list[str] = []
    inside = False
    for part in re.findall(r"\\p\{\w+\}|\\.|.", pattern, re.DOTALL):
        if part.startswith(r"\p{") and part[3:-1] in _RANGES:
            ranges = _RANGES[part[3:-1]]
            translated.append(ranges if inside else f"[{ranges}]")
            continue
        inside = part == "[" or (inside and part != "]")
        translated.append(part)
    return "".join(translated)
