"""Which accelerators an instance type has, also one that there are no facts of."""

from __future__ import annotations

import re
from typing import Final

from policies.instance_facts import all_facts, facts_of

GPU_RESOURCE: Final = "nvidia.com/gpu"
NEURON_RESOURCE: Final = "aws.amazon.com/neuron"

_FAMILIES: Final = (
    (re.compile(r"g4ad[.*]"), "amd.com/gpu"),
    (re.compile(r"(?:gr?|p)[\d*]"), GPU_RESOURCE),
    (re.compile(r"(?:inf|trn)[\d*]"), NEURON_RESOURCE),
    (re.compile(r"dl[\d*]"), "habana.ai/gaudi"),
)
"""Families with accelerators, and their extended resource, for types that there are no facts of."""


def accelerator_of(type_: str) -> str | None:
    """Return the extended resource of a type's accelerators; None for a type without any."""
    facts = facts_of(type_)
    if facts is not None:
        return facts.resource
    return next((resource for pattern, resource in _FAMILIES if pattern.match(type_)), None)


def biggest(family: str) -> str:
    """Return the type of a family that has the most accelerators; a pattern for an unknown family: `p9.*`."""
    known = {name: facts for name, facts in all_facts().items() if name.partition(".")[0] == family}
    return max(known, key=lambda name: (known[name].accelerators, known[name].usd_per_hour or 0), default=f"{family}.*")
