"""What roles make of the API's answers, certificates and libfabric's list, without a host."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ansible.role_filters import playbook_filters, role_filters

KUBELET = playbook_filters("kubelet_flags")
NODE = role_filters("cluster_node", "node")
CERTIFICATE = role_filters("eks_hybrid_node", "certificate")
LIBFABRIC = role_filters("rdma", "libfabric")
VALID = {
    "subject": {"commonName": "dgx-01"},
    "not_before": "20260101000000Z",
    "not_after": "20270101000000Z",
    "public_key": "-----KEY-----\n",
    "basic_constraints": ["CA:FALSE"],
}


def node(status: str | None, reason: str = "", message: str = "") -> dict[str, Any]:
    conditions = [{"type": "MemoryPressure", "status": "False"}]
    if status is not None:
        conditions.append({"type": "Ready", "status": status, "reason": reason, "message": message})
    return {"status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([], "kubelet has not registered it"),
        ([{}], "has not reported a condition yet"),
        ([node(None)], "has not reported a condition yet"),
        ([node("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")], "no longer reports"),
        ([node("False", "KubeletNotReady", "cni plugin not initialized")], "waits for its network plugin"),
        ([node("False", "KubeletNotReady", "disk pressure")], "not Ready (KubeletNotReady: disk pressure)"),
    ],
)
def test_what_a_node_waits_for_is_told_apart(nodes: list[dict[str, Any]], words: str) -> None:
    assert words in NODE["node_waits_for"](nodes)


def test_a_ready_node_waits_for_nothing() -> None:
    assert NODE["node_waits_for"]([node("True")]) == ""
    assert NODE["node_waits_for"]([node("False", "KubeletNotReady", "cni")], require_ready=False) == ""


def test_kubelet_registers_labels_and_taints_always_in_the_same_words() -> None:
    taints = [
        {"key": "nvidia.com/gpu", "value": "training", "effect": "NoSchedule"},
        {"key": "own", "value": "", "effect": "NoExecute"},
    ]
    assert KUBELET["kubelet_flags"]({"pool": "training", "a/rack": "b4"}, taints) == [
        "--node-labels=a/rack=b4,pool=training",
        "--register-with-taints=nvidia.com/gpu=training:NoSchedule,own:NoExecute",
    ]
    assert KUBELET["kubelet_flags"]({}, taints[1:]) == ["--register-with-taints=own:NoExecute"]
    assert KUBELET["kubelet_flags"]({}, []) == []


def test_labels_and_taints_are_compared_and_strangers_left_alone() -> None:
    has: dict[str, Any] = {
        "metadata": {"labels": {"pool": "serving", "kubernetes.io/os": "linux"}},
        "spec": {
            "taints": [
                {"key": "nvidia.com/gpu", "value": "serving", "effect": "NoSchedule"},
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
            ]
        },
    }
    wanted = [
        {"key": "nvidia.com/gpu", "value": "training", "effect": "NoSchedule"},
        {"key": "own", "effect": "NoExecute"},
    ]
    assert NODE["node_differences"](has, {"pool": "training", "rack": "b4"}, wanted) == [
        "label pool is 'serving', should be 'training'",
        "label rack=b4 is missing",
        "taint nvidia.com/gpu=training:NoSchedule is missing",
        "taint own:NoExecute is missing",
        "taint nvidia.com/gpu=serving:NoSchedule is not the group's",
    ]
    assert NODE["node_differences"](has, {"pool": "serving"}, [has["spec"]["taints"][0]]) == []
    assert NODE["node_differences"]({}, {}, []) == []
    # Another value is set anew by key and effect; taking it away so would take the new one.
    assert NODE["node_strange_taints"](has, wanted) == []
    evicts = [{**wanted[0], "effect": "NoExecute"}]
    assert NODE["node_strange_taints"](has, evicts) == [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]
    assert NODE["node_strange_taints"]({}, wanted) == []


def test_pods_that_a_drain_moves_and_pods_that_hold_gpus() -> None:
    def pod(name: str, phase: str = "Running", owner: str = "ReplicaSet", **more: Any) -> dict[str, Any]:
        metadata = {"namespace": "serving", "name": name, "ownerReferences": [{"kind": owner}], **more}
        limits = {"nvidia.com/mig-1g.10gb": "1"} if name == "mig" else {}
        containers = [{"resources": {"limits": limits}}, {}]
        return {"metadata": metadata, "status": {"phase": phase}, "spec": {"containers": containers}}

    pods = [
        pod("model"),
        pod("mig", owner="DaemonSet"),
        pod("finished", "Succeeded"),
        pod("static", annotations={"kubernetes.io/config.mirror": "hash"}),
        {"metadata": {"namespace": "serving", "name": "bare"}},
    ]
    assert NODE["pods_to_move"](pods) == ["serving/bare", "serving/model"]
    assert NODE["pods_with_gpus"](pods) == ["serving/mig"]


def test_a_lease_counts_once_it_moved() -> None:
    def lease(time: str) -> list[dict[str, Any]]:
        return [{"spec": {"renewTime": time}}]

    assert NODE["renewed_since"](lease("10:01"), lease("10:00"))
    assert NODE["renewed_since"](lease("10:01"), [])
    assert not NODE["renewed_since"](lease("10:00"), lease("10:00"))
    assert not NODE["renewed_since"]([], lease("10:00"))
    assert not NODE["renewed_since"]([{"spec": {}}], [])


def test_a_certificate_of_an_authority_is_no_hosts() -> None:
    now = "20260601000000Z"
    assert CERTIFICATE["certificate_faults"](VALID, "dgx-01", now, "-----KEY-----") == []
    assert CERTIFICATE["certificate_faults"]({**VALID, "basic_constraints": ["CA:TRUE"]}, "dgx-01", now) == [
        "it is a CA's certificate, not a host's"
    ]
    assert len(CERTIFICATE["certificate_faults"]({**VALID, "subject": {}}, "dgx-01", "20280101000000Z", "other")) == 3
    assert CERTIFICATE["days_left"](VALID, "20261222000000Z") == 10


def test_an_interface_is_counted_once_however_often_libfabric_lists_it() -> None:
    listing = "".join(
        f"provider: {provider}\n    fabric: {fabric}\n    domain: {domain}\n    type: FI_EP_RDM\n"
        for provider, fabric, domain in [
            ("efa", "efa-direct", "rdmap16s0-rdm"),
            ("efa", "efa", "rdmap16s0-rdm"),
            ("efa", "efa", "rdmap16s0-dgrm"),
            ("efa", "efa", "rdmap17s0-rdm"),
            ("tcp", "10.0.0.0/16", "eth0"),
        ]
    )
    assert LIBFABRIC["fabric_interfaces"](listing) == ["rdmap16s0", "rdmap17s0"]
    assert LIBFABRIC["fabric_interfaces"]("") == []
