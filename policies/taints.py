"""Taints, tolerations, and the scheduler's rule of which pod may go on which node.

https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from policies.reading import Properties

_EFFECTS: Final = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
"""Effects as the EKS API spells them, and as Kubernetes does."""
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]*")


@dataclass(frozen=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"
    """As Kubernetes spells it."""

    @property
    def keeps_off(self) -> bool:
        """Say whether pods that don't tolerate it are kept off; `PreferNoSchedule` only asks."""
        return self.effect in ("NoSchedule", "NoExecute")

    def __str__(self) -> str:
        """Return it as kubectl shows it."""
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


@dataclass(frozen=True)
class Toleration:
    """A toleration of a pod; empty is what is absent."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""

    @property
    def is_blanket(self) -> bool:
        """Say whether it is for taints of any key."""
        return not self.key and self.operator == "Exists"

    def __str__(self) -> str:
        """Return it as it is written."""
        said = {"key": self.key, "operator": self.operator, "value": self.value, "effect": self.effect}
        return "{" + ", ".join(f"{name}: {value}" for name, value in said.items() if value) + "}"


def taint(properties: Properties) -> Taint:
    """Return a taint, of a node group or of a NodePool."""
    effect = properties.text("effect") or ""
    return Taint(properties.text("key") or "", properties.text("value") or "", _EFFECTS.get(effect, effect))


def toleration(properties: Properties) -> Toleration:
    """Return a toleration of a pod's."""
    return Toleration(*(properties.text(name) or "" for name in ("key", "operator", "value", "effect")))


def tolerates(one: Toleration, other: Taint) -> bool:
    """Say whether a toleration matches a taint.

    No effect matches every effect; no key every key, which the API server takes with `Exists` alone. Numbers are
    compared (`Gt`, `Lt`) only where the cluster has that feature, which is supposed here.
    """
    if one.effect and one.effect != other.effect:
        return False
    if one.key != other.key and (one.key or one.operator != "Exists"):
        return False
    match one.operator:
        case "" | "Equal":
            return one.value == other.value
        case "Exists":
            return True
        case "Gt" | "Lt" if _INTEGER.fullmatch(one.value) and _INTEGER.fullmatch(other.value):
            greater, less = (other.value, one.value) if one.operator == "Gt" else (one.value, other.value)
            return int(greater) > int(less)
        case _:
            return False


def passes(tolerations: Iterable[Toleration], taints: Iterable[Taint]) -> bool:
    """Say whether a pod passes all the taints of a node: each that keeps pods off is tolerated."""
    given = list(tolerations)
    return all(any(tolerates(one, other) for one in given) for other in taints if other.keeps_off)
