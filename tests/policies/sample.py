"""Samples: resources that keep every policy, and what the policy host makes of them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.reading import Properties
from policies.resources import Resource, Stack

ENVIRONMENT = "prod"
PROJECT = "llm-platform"
TAGS = {
    "llm-platform:environment": "prod",
    "llm-platform:team": "ml-platform",
    "llm-platform:cost-centre": "ml-3000",
    "llm-platform:data-classification": "confidential",
    "llm-platform:managed-by": "pulumi",
}
PROVIDER: Mapping[str, Any] = {"region": "us-east-1", "defaultTags": {"tags": TAGS}}
UNKNOWN = UNKNOWN_STRING_VALUE


@dataclass(frozen=True)
class Sample:
    """A resource as the program registers it."""

    type: str
    name: str
    """Unique among all samples."""
    inputs: dict[str, Any]
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """What AWS or Kubernetes adds; policies of the whole stack see it together with the inputs."""
    refers: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Names of the samples that each property comes from."""
    protect: bool = False
    parent: str = ""
    """Name of a sample that is a component; empty for the stack."""
    provider: Mapping[str, Any] = field(default_factory=lambda: PROVIDER)
    environment: str = ENVIRONMENT

    @property
    def urn(self) -> str:
        """The URN; parents' types are left out, for no policy may depend on them."""
        return f"urn:pulumi:{self.environment}::{PROJECT}::{self.type}::{self.name}"

    def changed(self, **changes: Any) -> Sample:
        """Return a sample with other fields."""
        return replace(copy.deepcopy(self), **changes)

    def resource(self) -> Resource:
        """Return it as a policy of one resource sees it."""
        return self._resource(self.inputs)

    def of_stack(self, named: Mapping[str, Sample]) -> Resource:
        """Return it as a policy of the whole stack sees it."""
        urns = {name: [named[each].urn for each in refers if each in named] for name, refers in self.refers.items()}
        seen = self._resource({**self.inputs, **self.outputs})
        parent = named[self.parent].urn if self.parent in named else ""
        dependencies = sorted({urn for found in urns.values() for urn in found})
        return replace(seen, parent=parent, property_dependencies=urns, dependencies=dependencies)

    def _resource(self, values: Mapping[str, Any]) -> Resource:
        return Resource(
            type=self.type,
            name=self.name,
            urn=self.urn,
            properties=properties(values),
            protect=self.protect,
            provider=_DEFAULT_PROVIDER if self.provider == PROVIDER else properties(self.provider),
        )


def stack_of(samples: Iterable[Sample]) -> Stack:
    """Return samples as the whole of a stack."""
    named = {sample.name: sample for sample in samples}
    return Stack(tuple(sample.of_stack(named) for sample in named.values()))


def properties(values: Mapping[str, Any]) -> Properties:
    """Return values as the host hands them over: in proxies, numbers as floats."""
    return Properties(cast("Mapping[str, Any]", unknown_checking_proxy(as_floats(values))))


def as_floats(value: Any) -> Any:
    """Return a value whose numbers are floats, as after protobuf."""
    if isinstance(value, Mapping):
        return {key: as_floats(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [as_floats(item) for item in cast("list[Any]", value)]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


_DEFAULT_PROVIDER = properties(PROVIDER)
