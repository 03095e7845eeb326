"""Pulumi's wire format: protobuf structs with signed maps for secrets, references and assets, to plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict

from rehearsal.plan import UNKNOWN

# pulumi/runtime/rpc.py, where they stand as private names
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark in the wire format, not a secret
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def decode(properties: struct_pb2.Struct) -> tuple[dict[str, Any], frozenset[str]]:
    """Return plain values, and the names of the top-level properties that hold a secret."""
    raw: dict[str, Any] = MessageToDict(properties)
    return {key: _plain(value) for key, value in raw.items()}, frozenset(k for k, v in raw.items() if _secret(v))


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one return per form of the wire format
    if value == _UNKNOWN_VALUE:
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value.get(_SIGNATURE):
        case None:
            return {key: _plain(item) for key, item in value.items()}
        case signature if signature in (_SECRET_MARK, _OUTPUT_VALUE):
            return _plain(value.get("value", _UNKNOWN_VALUE))
        case signature if signature == _RESOURCE:
            # A resource given where an id is expected: the engine hands its id to the provider.
            return _plain(value.get("id") or _UNKNOWN_VALUE)
        case _:
            return {key: _plain(item) for key, item in value.items() if key != _SIGNATURE}


def _secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(_secret(item) for item in value)
    if isinstance(value, dict):
        return value.get(_SIGNATURE) == _SECRET_MARK or any(_secret(item) for item in value.values())
    return False


def encode(properties: Mapping[str, Any], secrets: frozenset[str] = frozenset()) -> struct_pb2.Struct:
    """Return a struct of plain values, with the properties named in `secrets` marked as secret."""
    message = struct_pb2.Struct()
    ParseDict({key: _signed(key in secrets, _wire(value)) for key, value in properties.items()}, message)
    return message


def _signed(secret: bool, value: Any) -> Any:
    return {_SIGNATURE: _SECRET_MARK, "value": value} if secret else value


def _wire(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN_VALUE
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_wire(item) for item in value]
    return value


def holds_unknown(value: Any) -> bool:
    """Say whether a value is unknown or holds an unknown at any depth."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return value is UNKNOWN
