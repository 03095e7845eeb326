"""Where a pod may land: its tolerations, node selector and required affinity against every kind of node there can be.

What the scheduler does on the nodes of the day shows one outcome; sooner or later a pod lands wherever it may.
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.naming import POOL_LABEL
from rehearsal.cluster.karpenter_types import aws_labels
from rehearsal.cluster.node_groups import Machines
from rehearsal.cluster.nodes import (
    HOSTNAME_LABEL,
    instance_type_of,
    machine_labels,
    zone_labels,
)

KEEPS_OFF: Final = frozenset({"NoSchedule", "NoExecute"})
ANY_VALUE: Final = "*"
"""A label's value that nobody knows beforehand, such as a node's name; no real value may have an asterisk."""


@dataclass(frozen=True)
class NodeKind:
    """Nodes that no pod can tell apart."""

    machines: str
    """The node group or NodePool that they belong to."""
    instance_type: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, str], ...]

    @property
    def pool(self) -> str:
        """The pool that it belongs to."""
        return self.labels.get(POOL_LABEL, "")


def node_kinds(machines: Iterable[Machines]) -> list[NodeKind]:
    """Return every kind of node that the machines come in: each instance type in each zone."""
    return [
        NodeKind(
            each.name,
            type_name,
            {
                **machine_labels(instance_type_of(type_name, each.name)),
                **(aws_labels(instance_type_of(type_name, each.name)) if each.by_karpenter else {}),
                **zone_labels(zone),
                HOSTNAME_LABEL: ANY_VALUE,
                **each.labels,
            },
            each.taints,
        )
        for each in machines
        for type_name in each.instance_types
        for zone in each.zones or ("",)
    ]


def pools_open_to(pod_spec: Mapping[str, Any], kinds: Iterable[NodeKind]) -> dict[str, list[NodeKind]]:
    """Return the kinds of node that a pod may land on, by pool."""
    found: dict[str, list[NodeKind]] = {}
    for kind in kinds:
        if can_land(pod_spec, kind):
            found.setdefault(kind.pool, []).append(kind)
    return found


def can_land(pod_spec: Mapping[str, Any], kind: NodeKind) -> bool:
    """Say whether nothing in the pod or the node keeps them apart; room on the node is not asked for."""
    return tolerates(pod_spec.get("tolerations") or (), kind.taints) and selects(pod_spec, kind.labels)


def tolerates(tolerations: Sequence[Mapping[str, Any]], taints: Iterable[Mapping[str, str]]) -> bool:
    """Say whether every taint that keeps pods off is tolerated."""
    return all(
        any(_tolerates(toleration, taint) for toleration in tolerations)
        for taint in taints
        if taint["effect"] in KEEPS_OFF
    )


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, str]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and str(toleration.get("value") or "") == str(taint.get("value") or "")


def selects(pod_spec: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Say whether a node's labels meet the pod's node selector and its required node affinity."""
    selector: Mapping[str, str] = pod_spec.get("nodeSelector") or {}
    if not all(_matches(key, "In", [str(value)], labels) for key, value in selector.items()):
        return False
    affinity = (pod_spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    # Terms are alternatives; one without any expression matches no node.
    return any(_meets(term, labels) for term in required.get("nodeSelectorTerms") or ())


def _meets(term: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    expressions: list[Mapping[str, Any]] = list(term.get("matchExpressions") or ())
    fields: list[Mapping[str, Any]] = list(term.get("matchFields") or ())  # by the node's name, which any may have
    return bool(expressions or fields) and all(
        _matches(e["key"], e["operator"], [str(value) for value in e.get("values") or ()], labels) for e in expressions
    )


def _matches(key: str, operator: str, values: list[str], labels: Mapping[str, str]) -> bool:
    value = labels.get(key)
    if value == ANY_VALUE:
        return operator != "DoesNotExist"
    number = int(value) if value is not None and value.lstrip("-").isdigit() else None
    answers = {
        "In": lambda: value in values,
        "NotIn": lambda: value not in values,
        "Exists": lambda: value is not None,
        "DoesNotExist": lambda: value is None,
        "Gt": lambda: number is not None and number > int(values[0]),
        "Lt": lambda: number is not None and number < int(values[0]),
    }
    return operator in answers and answers[operator]()
