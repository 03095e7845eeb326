"""The whole pack over samples: who reports what."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from policies.pack import collect
from policies.policy import Judgement, ResourcePolicy
from policies.reading import Properties
from policies.resource import Stack
from tests.policies import breaks, samples
from tests.policies.breaking import Mutation
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
def all_breaks() -> Mapping[str, Sequence[Mutation]]:
    """Return what breaks each policy: the `BREAKS` of every module of tests/policies/breaks, by the policy's name."""
    found: dict[str, Sequence[Mutation]] = {}
    for entry in pkgutil.iter_modules(breaks.__path__):
        found |= importlib.import_module(f"{breaks.__name__}.{entry.name}").BREAKS
    return found


def judge_all(stack: Sequence[Sample], changed: Iterable[str] | None = None) -> dict[str, list[Judgement]]:
    """Return the judgements of every policy that found or left anything, by its name.

    `changed` names the samples that policies of one resource look at; all by default. Policies of the whole stack look
    at everything.
    """
    looked_at = [sample.resource() for sample in stack if changed is None or sample.name in set(changed)]
    whole: Stack = stack_of(stack)
    found: dict[str, list[Judgement]] = {}
    for policy in collect():
        configuration: Properties = policy.configuration(CONFIGURATION.get(policy.name))
        if isinstance(policy, ResourcePolicy):
            judged = [policy.judge(each, configuration) for each in looked_at if policy.looks_at(each.type)]
        else:
            judged = [policy.judge(whole, configuration)]
        kept = [judgement for judgement in judged if judgement.violations or judgement.undecided]
        if kept:
            found[policy.name] = kept
    return found


def reporting(judgements: Mapping[str, Sequence[Judgement]]) -> set[str]:
    """Return the policies that report a violation."""
    return {name for name, found in judgements.items() if any(judgement.violations for judgement in found)}


CONFIGURATION: Mapping[str, Mapping[str, object]] = {}
"""What the samples' stack file configures, by policy, where the schema's defaults do not do."""
