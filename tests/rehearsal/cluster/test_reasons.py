"""What events say about pods that wait. The events are hand-made, with messages as a real cluster had them."""

from __future__ import annotations

from typing import Any

from rehearsal.cluster.reasons import Said, read_events
from tests.rehearsal.cluster.recorded_api import Object, RecordedApi, pod


def event(uid: str, reason: str, message: str, **more: Any) -> Object:
    return {"kind": "Event", "involvedObject": {"uid": uid}, "reason": reason, "message": message, **more}


def said(*objects: Object) -> Said:
    return read_events(RecordedApi(*objects).as_api())


def test_the_last_event_counts_and_what_kubernetes_puts_before_it_goes() -> None:
    late = event("a", "FailedCreate", "(combined from similar events): Error creating: no b", lastTimestamp="2026-02")
    early = event("a", "FailedCreate", "Error creating: no a", lastTimestamp="2026-01")
    assert said(late, early).by_uid == {"a": "no b"}


def test_events_about_other_things_say_nothing() -> None:
    assert said(event("a", "Scheduled", "fine"), event("b", "FailedScheduling", "0/3 nodes")).by_uid == {}


def test_karpenter_is_heard_where_a_limit_is_reached() -> None:
    limit = "all available instance types exceed limits for nodepool (NodePool=serve-1gpu)"
    other = "incompatible requirements, key llm-platform/pool, ... (NodePool=train-4gpu)"
    full = event("a", "FailedScheduling", f"Failed to schedule pod, {other}; {limit}", reportingComponent="karpenter")
    vain = event("b", "FailedScheduling", f"Failed to schedule pod, {other}", reportingComponent="karpenter")
    assert said(full, vain).by_uid == {"a": "Karpenter: the limits of NodePool serve-1gpu are reached"}


def test_a_claim_without_a_volume_and_a_gate_hold_a_pod_back() -> None:
    metadata = {"name": "weights", "namespace": "serving", "uid": "claim"}
    waits = pod("a")
    waits["spec"] |= {
        "volumes": [{"emptyDir": {}}, {"persistentVolumeClaim": {"claimName": "weights"}}],
        "schedulingGates": [{"name": "kueue.x-k8s.io/admission"}],
    }
    found = said(
        {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {}},
        event("claim", "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found'),
    )
    assert list(found.of_pods([waits])) == [
        'storageclass.storage.k8s.io "fast" not found',
        "held back by the scheduling gate kueue.x-k8s.io/admission",
    ]
