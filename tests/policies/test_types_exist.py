"""What policies speak of is in the providers: types of resources, and the inputs of the samples that prove them.

A type or a property that is misspelt in a policy and in its breaks alike would pass every other test, and no resource
of a user would ever meet it. Does not look at what Kubernetes objects have in them.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pulumi.runtime.rpc import get_resource_module

import policies
from policies.policy import ResourcePolicy
from policies.reading import is_list
from rehearsal import sdk
from tests.policies.breaking import With
from tests.policies.sample import Sample
from tests.policies.whole_pack import all_allowed, all_breaks, compliant, whole_pack

TOKEN = re.compile(r"\b(?:aws:\w+/\w+|kubernetes:[\w.-]+/\w+):\w+\b(?!\*)")


def _types() -> list[str]:
    """Return the types that policies look at, and those that stand anywhere in the pack's modules and facts."""
    looked_at = {type_ for policy in whole_pack() if isinstance(policy, ResourcePolicy) for type_ in policy.types}
    folder = Path(str(policies.__file__)).parent
    files = [*folder.rglob("*.py"), *folder.rglob("facts/*.yaml")]
    named = {type_ for file in files for type_ in TOKEN.findall(file.read_text(encoding="utf-8"))}
    return sorted(type_ for type_ in looked_at | named if TOKEN.fullmatch(type_))


@pytest.mark.parametrize("type_", _types())
def test_type_that_the_pack_names_is_one_of_a_provider(type_: str) -> None:
    assert _exists(type_)


def test_sample_has_only_inputs_that_its_type_has() -> None:
    wrong = {
        f"{sample.type} {sample.name}: {path}"
        for sample in _samples()
        if sample.type.startswith("aws:")
        for path in _unknown_inputs(sample)
    }

    assert wrong == set()


def _exists(type_: str) -> bool:
    if type_.startswith("aws:"):
        return bool(sdk.input_names(type_))
    package, module, _ = type_.split(":")
    with warnings.catch_warnings():
        # Importing the SDK warns of each class in it that is deprecated, whether anybody uses it or not.
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module(f"pulumi_{package}")  # fills the SDK's table of modules
    found: Any = get_resource_module(package, module, "")
    # Charts are components, which the table does not have.
    return found is not None and (type_ in found.mod_info["classes"] or type_.endswith(":Chart"))


def _samples() -> Iterator[Sample]:
    yield from compliant()
    for mutations in (*all_breaks().values(), *all_allowed().values()):
        yield from (mutation.sample for mutation in mutations if isinstance(mutation, With))


def _unknown_inputs(sample: Sample) -> Iterator[str]:
    yield from sorted(sample.inputs.keys() - sdk.input_names(sample.type))
    # What a nested type does not have, the SDK leaves out of the outputs that it plans.
    yield from _left_out(sample.inputs, sdk.planned_outputs(sample.type, sample.inputs), "")


def _left_out(given: Any, planned: Any, path: str) -> Iterator[str]:
    if isinstance(given, Mapping):
        for key, value in cast("Mapping[str, Any]", given).items():
            if key in planned:
                yield from _left_out(value, planned[key], f"{path}.{key}".lstrip("."))
            else:
                yield f"{path}.{key}".lstrip(".")
    elif is_list(given):
        for number, value in enumerate(given):
            yield from _left_out(value, planned[number], f"{path}.{number}")
