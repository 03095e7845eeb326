"""How a Pulumi resource type becomes calls to the emulated AWS: the two kinds of translator and their registry."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, TypeVar

import rehearsal.aws
from rehearsal.aws.account import Account
from rehearsal.plan import Resource

Inputs = Mapping[str, Any]
"""A resource's inputs: the provider's camelCase keys, plain values, nothing unknown."""


@dataclass(frozen=True)
class Created:
    """What a create call gave back: the provider's id and the outputs beyond the inputs."""

    id: str
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


class Emulated(ABC):
    """A type that moto implements: really created, read back and deleted."""

    type: ClassVar[str] = ""
    loses: ClassVar[Mapping[str, str]] = {}
    """Input properties that moto is known to drop or distort, each with what it does."""
    adopts: ClassVar[bool] = False
    """Whether the provider takes over what AWS made, and leaves it standing on delete."""

    @abstractmethod
    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create it; return the id and outputs that the real provider would return."""

    @abstractmethod
    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe it in terms of its inputs (same keys, same shapes); None when it is gone."""

    @abstractmethod
    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete it, as the real provider would."""


@dataclass(frozen=True)
class Request:
    """One API request, to be checked against botocore's service model."""

    service: str
    operation: str
    parameters: dict[str, Any]


class Recorded(ABC):
    """A type that moto lacks: its requests are checked but never sent, and its outputs are invented."""

    type: ClassVar[str] = ""
    why: ClassVar[str] = ""
    """What moto lacks."""

    @abstractmethod
    def requests(self, inputs: Inputs) -> list[Request]:
        """Return the requests that the real provider would send to create it."""

    @abstractmethod
    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Return the id, and the outputs that others refer to; the rest is invented from the SDK's types."""


TRANSLATORS: dict[str, Emulated | Recorded] = {}

T = TypeVar("T", bound=Emulated | Recorded)


def translates(type_: str) -> Callable[[type[T]], type[T]]:
    """Register a translator class for a Pulumi type token such as `aws:ec2/vpc:Vpc`."""

    def register(cls: type[T]) -> type[T]:
        if type_ in TRANSLATORS:
            raise ValueError(f"{type_} has two translators: {cls.__name__}, {type(TRANSLATORS[type_]).__name__}")
        cls.type = type_
        TRANSLATORS[type_] = cls()
        return cls

    return register


@cache
def translators() -> Mapping[str, Emulated | Recorded]:
    """Return every translator by type; each module of this package registers its own when it is imported."""
    for module in pkgutil.iter_modules(rehearsal.aws.__path__, "rehearsal.aws."):
        importlib.import_module(module.name)
    return TRANSLATORS


def tag_list(inputs: Inputs) -> list[dict[str, str]]:
    """Return the tags, the provider's default tags included, as AWS's list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in sorted(inputs.get("tagsAll", {}).items())]


def given(inputs: Inputs, **parameters: str) -> dict[str, Any]:
    """Return API parameters (`ParameterName="inputKey"`) for those input keys that are set."""
    return {name: inputs[key] for name, key in parameters.items() if inputs.get(key) is not None}
