"""The whole pack over samples: who reports what."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

from pulumi.runtime import config

from policies.pack import Policy, collect
from policies.policy import MEND, Judgement, ResourcePolicy
from policies.reading import Properties
from policies.resources import Stack
from policies.stack_file import KEY
from tests.policies import breaks, samples
from tests.policies.breaking import Mutant, Mutation
from tests.policies.sample import Sample, stack_of


@cache
def compliant() -> tuple[Sample, ...]:
    """Return all samples: the `SAMPLES` of every module of tests/policies/samples."""
    found = [
        sample
        for entry in pkgutil.iter_modules(samples.__path__)
        for sample in importlib.import_module(f"{samples.__name__}.{entry.name}").SAMPLES
    ]
    names = [sample.name for sample in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise LookupError(f"two samples are called {', '.join(sorted(twice))}")
    return tuple(found)


@cache
def whole_pack() -> Sequence[Policy]:
    """Return all policies, collected once."""
    return collect()


@cache
def all_breaks() -> Mapping[str, Sequence[Mutation]]:
    """Return what breaks each policy: the `BREAKS` of every module of tests/policies/breaks, by the policy's name."""
    return _of_all_modules("BREAKS")


@cache
def all_allowed() -> Mapping[str, Sequence[Mutation]]:
    """Return the changes that a policy must let pass: the `ALLOWED` of those modules that have one."""
    return _of_all_modules("ALLOWED")


def _of_all_modules(name: str) -> Mapping[str, Sequence[Mutation]]:
    found: dict[str, Sequence[Mutation]] = {}
    for entry in pkgutil.iter_modules(breaks.__path__):
        of_module = getattr(importlib.import_module(f"{breaks.__name__}.{entry.name}"), name, {})
        if twice := sorted(found.keys() & of_module.keys()):
            raise LookupError(f"two modules have {name} of {', '.join(twice)}: one would hide the other's")
        found |= of_module
    return found


def judge_mutant(mutant: Mutant) -> dict[str, list[Judgement]]:
    """Return what the whole pack says of a mutant, its own policy configured as the mutation says."""
    with stack_file(mutant.stack_file):
        return judge_all(mutant.samples, {mutant.changed}, {mutant.policy: mutant.configuration})


@contextmanager
def stack_file(section: Mapping[str, object]) -> Generator[None, None, None]:
    """Let the stack file have a section `policies` for a while; none for an empty one."""
    config.set_config(KEY, json.dumps(section) if section else "")
    try:
        yield
    finally:
        config.set_config(KEY, "")


def judge_all(
    stack: Sequence[Sample],
    changed: Iterable[str] | None = None,
    configured: Mapping[str, Mapping[str, object]] | None = None,
) -> dict[str, list[Judgement]]:
    """Return the judgements of every policy that found or left anything, by its name.

    `changed` names the samples that policies of one resource look at; all by default. Policies of the whole stack look
    at everything.
    """
    names = None if changed is None else set(changed)
    looked_at = [sample.resource() for sample in stack if names is None or sample.name in names]
    whole: Stack = stack_of(stack)
    found: dict[str, list[Judgement]] = {}
    for policy in whole_pack():
        given = {**CONFIGURATION.get(policy.name, {}), **(configured or {}).get(policy.name, {})}
        configuration: Properties = policy.configuration(given)
        if isinstance(policy, ResourcePolicy):
            judged = [policy.judge(each, configuration) for each in looked_at if policy.looks_at(each.type)]
        else:
            judged = [policy.judge(whole, configuration)]
        kept = [judgement for judgement in judged if judgement.violations or judgement.undecided]
        if kept:
            found[policy.name] = kept
    return found


def reporting(judgements: Mapping[str, Sequence[Judgement]]) -> set[str]:
    """Return the policies that report a violation. Raises AssertionError where one failed: that is no catch."""
    broken = [
        (name, v.fault) for name, found in judgements.items() for j in found for v in j.violations if v.remedy == MEND
    ]
    assert not broken, broken
    return {name for name, found in judgements.items() if any(judgement.violations for judgement in found)}


CONFIGURATION: Mapping[str, Mapping[str, object]] = {
    "gpu-ceiling": {"gpus": 5000, "pools": {"inference": 1000}},
    "expensive-type-ceilings": {"instance_types": {"p*.48xlarge": 200, "g6e.48xlarge": 100}},
}
"""What the samples' stack file configures, by policy, where the schema's defaults do not do."""
