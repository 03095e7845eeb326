"""Kubernetes quantities as whole numbers, so that they can be added and compared exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, cast

_SUFFIXES: Final = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}
_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<suffix>[KMGTPE]i|[numkMGTPE]?)"
)


def amount(resource: str, quantity: Any) -> int:
    """Return a quantity as a whole number: `cpu` in thousandths, everything else in its own unit, rounded up.

    Raises ValueError for what is no quantity. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    match = _QUANTITY.fullmatch(str(quantity).strip())
    if match is None:
        raise ValueError(f"{resource}: {quantity!r}: is no Kubernetes quantity, such as 500m, 4 or 16Gi")
    value = Fraction(match["number"]) * _SUFFIXES[match["suffix"]]
    return math.ceil(value * 1000 if resource == "cpu" else value)


def amounts(quantities: Mapping[str, Any] | None) -> dict[str, int]:
    """Return a list of resources, such as `requests` or `allocatable`, as whole numbers."""
    return {name: amount(name, quantity) for name, quantity in (quantities or {}).items()}


def added(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return amounts added up."""
    total: dict[str, int] = {}
    for each in many:
        for name, value in each.items():
            total[name] = total.get(name, 0) + value
    return total


def pod_requests(spec: Mapping[str, Any]) -> dict[str, int]:
    """Return what the scheduler reserves for a pod: its containers, or a greater init container, and its overhead.

    One of `pods` is among it. A sidecar (an init container that always restarts) counts with the containers.
    https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
    """
    inits = cast("list[dict[str, Any]]", spec.get("initContainers") or [])
    sidecars = [each for each in inits if each.get("restartPolicy") == "Always"]
    running = added(
        _requests(each) for each in [*cast("list[dict[str, Any]]", spec.get("containers") or []), *sidecars]
    )
    for each in inits:
        if each not in sidecars:
            for name, value in _requests(each).items():
                running[name] = max(running.get(name, 0), value)
    return added([running, amounts(spec.get("overhead")), {"pods": 1}])


def _requests(container: Mapping[str, Any]) -> dict[str, int]:
    """Return a container's requests; a limit without a request is one."""
    resources = container.get("resources") or {}
    return amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})
