"""Which machines Karpenter may buy for a pod: what its NodePools allow, and where the pod may land.

The drills need it for the lower bound only: where pods really land is the scheduler's and Karpenter's decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rehearsal.cluster.karpenter_types import Offer
from rehearsal.cluster.landing import ANY_VALUE, selects, tolerates
from rehearsal.cluster.nodes import HOSTNAME_LABEL, REGION_LABEL, ZONE_LABEL

Pod = Mapping[str, Any]
"""A pod's spec."""


@dataclass(frozen=True)
class Purchase:
    """A machine that a NodePool may buy."""

    node_pool: str
    offer: Offer
    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, Any]]

    @property
    def name(self) -> str:
        """How it is shown: `serve-g6: g6.xlarge on-demand`."""
        return f"{self.node_pool}: {self.offer.name}"

    def takes(self, pod: Pod) -> bool:
        """Whether a pod may land on it; whether it fits is not asked."""
        return may_land(pod, self.labels, self.taints)


def may_land(pod: Pod, labels: Mapping[str, str], taints: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing in a pod or a node keeps them apart."""
    return tolerates(pod.get("tolerations") or (), taints) and selects(pod, labels)


def purchases(node_pools: Iterable[Mapping[str, Any]], offers: Sequence[Offer]) -> Iterator[Purchase]:
    """Return what NodePools may buy. Zones are left open: every type is offered in all of them at one price."""
    for pool in node_pools:
        template = pool["spec"]["template"]
        own: Mapping[str, str] = (template.get("metadata") or {}).get("labels") or {}
        required = requirements(pool)
        for offer in offers:
            open_ones = {ZONE_LABEL: ANY_VALUE, REGION_LABEL: ANY_VALUE, HOSTNAME_LABEL: ANY_VALUE}
            labels = {**open_ones, **offer.labels, **own}
            if not required or selects(_asking_for(required), labels):
                yield Purchase(str(pool["metadata"]["name"]), offer, labels, template["spec"].get("taints") or ())


def requirements(node_pool: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the requirements of a NodePool."""
    return cast("list[dict[str, Any]]", node_pool["spec"]["template"]["spec"].get("requirements") or [])


def _asking_for(required: Sequence[Mapping[str, Any]]) -> Pod:
    """Return a pod that selects what a NodePool requires: both have the same operators."""
    terms = [{"matchExpressions": list(required)}]
    selector = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": selector}}
