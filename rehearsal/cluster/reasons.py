"""Why pods of a workload are missing or wait, in the words of whoever could not do its part; read from events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.cluster.api import Api

Object = Mapping[str, Any]

FAILURES: Final = frozenset({"FailedCreate", "ProvisioningFailed"})
"""Pods that the API server refused, for a used-up quota or the namespace's pod security level, say; volumes."""
KARPENTER: Final = "karpenter"
LIMIT: Final = re.compile(r"exceed limits for nodepool \(NodePool=([^)]+)\)")
"""The part of Karpenter's message that says more than the scheduler does, and a short one."""
AGGREGATED: Final = "(combined from similar events): "
REFUSED: Final = "Error creating: "


@dataclass(frozen=True)
class Said:
    """What was said in events, by the uid of what it was said about."""

    by_uid: Mapping[str, str]
    claims: Mapping[tuple[str, str], str]
    """The uid of each volume claim by namespace and name."""

    def of_pods(self, pods: Iterable[Object]) -> Iterator[str]:
        """Yield what was said of pods and of the claims that they mount, and which gates hold them back."""
        for pod in pods:
            namespace = str(pod["metadata"].get("namespace", ""))
            uids = [str(pod["metadata"]["uid"])]
            for volume in pod["spec"].get("volumes") or ():
                claim = volume.get("persistentVolumeClaim") or {}
                uids.append(self.claims.get((namespace, str(claim.get("claimName", ""))), ""))
            yield from (self.by_uid[uid] for uid in uids if uid in self.by_uid)
            if gates := [str(gate["name"]) for gate in pod["spec"].get("schedulingGates") or ()]:
                yield f"held back by the scheduling gate {', '.join(gates)}"


def read_events(api: Api) -> Said:
    """Return what controllers said that they could not do; of several events the last."""
    found: dict[str, str] = {}
    for event in sorted(api.list("Event", "v1"), key=_time):
        message = str(event.get("message", "")).removeprefix(AGGREGATED).removeprefix(REFUSED)
        if component_of(event) == KARPENTER:
            pools = sorted(set(LIMIT.findall(message)))
            message = f"Karpenter: the limits of NodePool {', '.join(pools)} are reached" if pools else ""
        elif event.get("reason") not in FAILURES:
            message = ""
        if message:
            found[str(event["involvedObject"].get("uid"))] = message
    claims = {
        (str(c["metadata"].get("namespace", "")), str(c["metadata"]["name"])): str(c["metadata"].get("uid"))
        for c in api.list("PersistentVolumeClaim", "v1")
    }
    return Said(found, claims)


def component_of(event: Object) -> str:
    """Return who reported an event, in the newer field or in the older one."""
    return str(event.get("reportingComponent") or (event.get("source") or {}).get("component") or "")


def _time(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
