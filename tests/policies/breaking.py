"""Breaks: single changes to a sample that one policy must catch, and the generator that makes mutants of them."""

from __future__ import annotations

import copy
import fnmatch
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.policies.sample import Sample


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""In place of a value: the property is taken away."""


@dataclass(frozen=True, kw_only=True)
class _Mutation:
    also: Sequence[str] = ()
    """Other policies that rightly report the same change; each with the reason beside it in a comment."""
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the policy whose mutation it is; the schema's defaults where nothing is given."""


@dataclass(frozen=True)
class Break(_Mutation):
    """One property that is broken in turn in each of several ways, in every sample that it stands in."""

    samples: str
    """Names of the samples, as a pattern: `bucket-*`."""
    path: str
    """Dotted path in the inputs; `*` for every element of a list or mapping, `json!` before what lies in a JSON text
    (`policy.json!.Statement.0.Action`). Keys with dots stand in brackets: `metadata.labels.[a.b/c]`."""
    values: Sequence[Any]
    """What is put there, one mutant each; `ABSENT` takes it away. A function is given the value that stood there."""


@dataclass(frozen=True)
class Without(_Mutation):
    """A sample that is missing from the stack."""

    samples: str


@dataclass(frozen=True)
class With(_Mutation):
    """A further resource in the stack, made so that it breaks the policy and no other."""

    sample: Sample


@dataclass(frozen=True)
class Instead(_Mutation):
    """A sample with other fields: `protect`, `refers`, `provider`, `name`."""

    samples: str
    change: Callable[[Sample], Sample]
    said: str
    """What is changed, in words."""


@dataclass(frozen=True)
class Only(_Mutation):
    """A stack that has nothing but some samples; nothing at all for a pattern that meets none."""

    samples: str


@dataclass(frozen=True)
class StackFileSays(_Mutation):
    """A section `policies` of the stack file, with the samples as they are."""

    section: Mapping[str, Any]


Mutation = Break | Without | With | Instead | Only | StackFileSays


@dataclass(frozen=True)
class Mutant:
    """The stack with one thing broken."""

    policy: str
    said: str
    changed: str
    """Name of the sample that is changed, left out or added."""
    samples: tuple[Sample, ...]
    also: frozenset[str]
    configuration: Mapping[str, Any]
    stack_file: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What its section `policies` says besides configuration."""


def mutants(policy: str, mutations: Sequence[Mutation], samples: Sequence[Sample]) -> Iterator[Mutant]:
    """Give every mutant of a policy. Raises LookupError for a mutation that meets nothing: it would prove nothing."""
    for mutation in mutations:
        made = list(_made(policy, mutation, samples))
        if not made:
            raise LookupError(f"{policy}: {mutation}: no sample has it")
        yield from made


def _made(policy: str, mutation: Mutation, samples: Sequence[Sample]) -> Iterator[Mutant]:
    also, configuration = frozenset(mutation.also), mutation.configuration
    if isinstance(mutation, With):
        names = {sample.name for sample in samples}
        if mutation.sample.name in names:
            raise LookupError(f"{policy}: {mutation.sample.name}: there is a sample of this name already")
        said = f"with {mutation.sample.name}"
        yield Mutant(policy, said, mutation.sample.name, (*samples, mutation.sample), also, configuration)
        return
    if isinstance(mutation, StackFileSays):
        said = f"stack file with {mutation.section}"
        yield Mutant(policy, said, "", tuple(samples), also, configuration, mutation.section)
        return
    if isinstance(mutation, Only):
        kept = tuple(sample for sample in samples if fnmatch.fnmatchcase(sample.name, mutation.samples))
        yield Mutant(policy, f"only {[sample.name for sample in kept]}", "", kept, also, configuration)
        return
    for sample in samples:
        if not fnmatch.fnmatchcase(sample.name, mutation.samples):
            continue
        others = tuple(each for each in samples if each is not sample)
        if isinstance(mutation, Without):
            yield Mutant(policy, f"without {sample.name}", sample.name, others, also, configuration)
        elif isinstance(mutation, Instead):
            changed = mutation.change(sample)
            said = f"{sample.name} {mutation.said}"
            yield Mutant(policy, said, changed.name, (*others, changed), also, configuration)
        else:
            for said, broken in _broken(sample, mutation):
                yield Mutant(policy, said, sample.name, (*others, broken), also, configuration)


def _broken(sample: Sample, mutation: Break) -> Iterator[tuple[str, Sample]]:
    for keys in _places(sample.inputs, split(mutation.path)):
        for value in mutation.values:
            inputs = copy.deepcopy(sample.inputs)
            _put(inputs, keys, value)
            said = "json!".join(".".join(keys).split("json!"))
            yield f"{sample.name} {said} = {value!r}", sample.changed(inputs=inputs)


def split(path: str) -> list[str]:
    """Return the keys of a dotted path, those in brackets whole."""
    keys: list[str] = []
    rest = path
    while rest:
        if rest.startswith("["):
            key, _, rest = rest[1:].partition("]")
            rest = rest.removeprefix(".")
        else:
            key, _, rest = rest.partition(".")
        keys.append(key)
    return keys


def _places(value: Any, keys: Sequence[str], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the whole paths that a pattern of keys meets; the last key need not be there, so that it can be added."""
    if not keys:
        yield before
        return
    key, *rest = keys
    if key == "json!":
        if isinstance(value, str):
            yield from _places(json.loads(value), rest, (*before, key))
        return
    if key == "*":
        names = (
            list(value)
            if isinstance(value, dict)
            else [str(n) for n in range(len(value))]
            if isinstance(value, list)
            else []
        )
    elif isinstance(value, dict):
        names = [key] if key in value or not rest else []
    elif isinstance(value, list):
        names = [key] if key.isdecimal() and int(key) <= len(value) - bool(rest) else []
    else:
        names = []
    for name in names:
        inner = value.get(name) if isinstance(value, dict) else value[int(name)] if int(name) < len(value) else None
        yield from _places(inner, rest, (*before, name))


def _put(value: Any, keys: Sequence[str], given: Any) -> None:
    key, *rest = keys
    if rest and rest[0] == "json!":
        index: Any = int(key) if isinstance(value, list) else key
        document = json.loads(value[index])
        _put(document, rest[1:], given)
        value[index] = json.dumps(document, sort_keys=True)
        return
    if rest:
        _put(value[int(key)] if isinstance(value, list) else value[key], rest, given)
        return
    if isinstance(value, list):
        index = int(key)
        if given is ABSENT:
            del value[index]
        elif index == len(value):
            value.append(given)
        else:
            value[index] = given(value[index]) if callable(given) else given
    elif given is ABSENT:
        value.pop(key, None)
    else:
        value[key] = given(value.get(key)) if callable(given) else given
