"""What a rehearsal records: registrations, resources and the faults found in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast


class Unknown:
    """An output that is not known until the resource exists, as in a preview."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:
        """Return the one instance, so that `is UNKNOWN` works."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


class Outcome(StrEnum):
    """What became of a registration."""

    CREATED = "created"  # it stands in the emulated account
    RECORDED = "recorded"  # checked, but the emulator has no such thing; outputs are invented
    COMPONENT = "component"  # groups others; nothing in the cloud
    PLANNED = "planned"  # a preview: checked, not created
    FAILED = "failed"
    SKIPPED = "skipped"  # depends on a resource that failed


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it, after the provider's defaults were applied.

    `inputs` has the provider's camelCase keys; secrets are unwrapped (`secrets` names the top-level inputs and
    outputs that hold one), whole numbers are integers, references are ids, values not known yet are `UNKNOWN`.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    secrets: frozenset[str] = frozenset()
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    at: str = ""
    """Where our source registered it: `components/network.py:88`."""


@dataclass(frozen=True)
class Resource:
    """A registration and what became of it."""

    registration: Registration
    outcome: Outcome
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    secret_outputs: frozenset[str] = frozenset()
    reason: str = ""
    """Why it was recorded rather than created, or skipped."""


class Check(StrEnum):
    """Which check found a fault."""

    PROGRAM = "program"  # the program itself raised
    REQUEST = "request"  # botocore's service model refuses the request
    REFERENCE = "reference"  # an id, ARN or name resolves to nothing
    RULE = "rule"  # AWS is known to refuse it
    EMULATOR = "emulator"  # the emulated AWS refused it
    READ_BACK = "read-back"  # what stands is not what was asked for
    TEARDOWN = "teardown"  # destroy fails or leaves something behind
    CLUSTER = "cluster"  # helm or the Kubernetes API server refuses it
    PLACEMENT = "placement"  # a pod that should run can't, or one may land where it has no business
    POLICY = "policy"  # a mandatory policy is violated


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong, with the remedy where it is known."""

    urn: str
    check: Check
    property: str
    """Property path in the inputs (`vpcConfig.subnetIds`), or empty for the resource as a whole."""
    message: str
    source: str = ""
    """A link to the rule's source, where it has one."""
    at: str = ""


def strings_in(value: Any) -> Iterator[str]:
    """Return every string in a nest of mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from strings_in(item)
