"""The instance types that a Karpenter NodePool leaves open: its requirements against what is known of types.

https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecrequirements
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policies.instance_facts import all_facts, facts_of
from policies.reading import Properties

TYPE: Final = "node.kubernetes.io/instance-type"
CAPACITY_TYPE: Final = "karpenter.sh/capacity-type"
CAPACITY_TYPES: Final = ("reserved", "spot", "on-demand")
_NAMED: Final = re.compile(r"(?P<category>[a-z]+)(?P<generation>\d*)[^.]*")
_FAMILY: Final = "karpenter.k8s.aws/instance-family"
_CATEGORY: Final = "karpenter.k8s.aws/instance-category"
_SIZE: Final = "karpenter.k8s.aws/instance-size"
_GENERATION: Final = "karpenter.k8s.aws/instance-generation"
_GPU: Final = "karpenter.k8s.aws/instance-gpu-"
_ACCELERATOR: Final = "karpenter.k8s.aws/instance-accelerator-"
_NUMBERS: Final = {"Gt": (1, False), "Gte": (1, True), "Lt": (-1, False), "Lte": (-1, True)}


@dataclass(frozen=True)
class Requirement:
    """One requirement."""

    key: str
    operator: str
    values: tuple[str, ...]

    def allows(self, value: str | None) -> bool:
        """Say whether a node with a label of this value keeps it; None stands for a node without the label."""
        match self.operator:
            case "In":
                return value in self.values
            case "NotIn":
                return value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case operator if operator in _NUMBERS and value and value.isdecimal() and self.values[0].isdecimal():
                sign, or_equal = _NUMBERS[operator]
                distance = (int(value) - int(self.values[0])) * sign
                return distance > 0 or (or_equal and distance == 0)
            case _:
                return value is not None


def requirements(template: Properties, path: str = "requirements") -> list[Requirement]:
    """Return the requirements of a NodePool's `spec.template.spec`, or those of a pod, which are written alike."""
    return [
        Requirement(each.text("key") or "", each.text("operator") or "", tuple(each.texts("values")))
        for each in template.inners(path)
    ]


def capacity_types(given: Sequence[Requirement]) -> list[str]:
    """Return the ways to buy capacity that are left open: all of them where nothing is said."""
    said = [each for each in given if each.key == CAPACITY_TYPE]
    return [type_ for type_ in CAPACITY_TYPES if all(each.allows(type_) for each in said)]


def open_types(given: Sequence[Requirement]) -> list[str]:
    """Return the instance types that are left open.

    Types are named by name, or else all that there are facts of stand for all that AWS has. A family or category that
    there are no facts of stands as a pattern: `p9.*`. What is said by other keys (zones, CPUs) narrows nothing here.
    """
    named = [each for each in given if each.key == TYPE and each.operator == "In"]
    candidates: Iterable[str] = named[0].values if named else [*all_facts(), *_unknown_families(given)]
    return [name for name in dict.fromkeys(candidates) if all(_allows(each, name) for each in given)]


def _unknown_families(given: Sequence[Requirement]) -> list[str]:
    known = {_label(_FAMILY, name) for name in all_facts()}
    categories = {_label(_CATEGORY, name) for name in all_facts()}
    found: list[str] = []
    for each in given:
        if each.operator == "In" and each.key == _FAMILY:
            found += [f"{family}.*" for family in each.values if family not in known]
        if each.operator == "In" and each.key == _CATEGORY:
            found += [f"{category}*.*" for category in each.values if category not in categories]
    return found


def _allows(requirement: Requirement, name: str) -> bool:
    facts = facts_of(name)
    if requirement.key == TYPE:
        return requirement.allows(name)
    if requirement.key in (_FAMILY, _CATEGORY, _SIZE, _GENERATION):
        value = _label(requirement.key, name)
        return "*" in (value or "*") or requirement.allows(value)
    for prefix, resource, count in (
        (_GPU, "nvidia.com/gpu", facts.gpus if facts else 0),
        (_ACCELERATOR, "aws.amazon.com/neuron", facts.accelerators if facts else 0),
    ):
        if requirement.key.startswith(prefix) and facts is not None:
            has = facts.resource == resource
            if requirement.key == f"{prefix}count":
                return requirement.allows(str(count) if has else None)
            if requirement.key == f"{prefix}manufacturer":
                maker = "nvidia" if prefix == _GPU else "aws"
                return requirement.allows(maker if has else None)
            # Names and memory are not among the facts: a node either has the label or not.
            return has if requirement.operator not in ("NotIn", "DoesNotExist") else not has or requirement.values != ()
    return True


def _label(key: str, name: str) -> str | None:
    family, _, size = name.partition(".")
    matched = _NAMED.fullmatch(family)
    labels = {
        _FAMILY: family,
        _SIZE: size,
        _CATEGORY: matched["category"] if matched else None,
        _GENERATION: matched["generation"] if matched else None,
    }
    return labels[key]
