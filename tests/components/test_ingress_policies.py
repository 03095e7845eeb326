"""Who may connect to the pods of a platform namespace. Does not prove that the network add-on enforces it."""

from __future__ import annotations

from typing import Any

import pytest

from components.ingress_policies import AllowedIngress, IngressPolicies, IngressPoliciesArgs
from tests.components.recorder import Recording, record

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
WEBHOOK = AllowedIngress(name="keda-webhook", pods={"app": "webhooks"}, ports=[9443], cidr="10.30.0.0/16")


def build(*allowed: AllowedIngress, is_monitoring: bool = False, preview: bool = False) -> Recording:
    args = IngressPoliciesArgs(namespace="keda", is_monitoring=is_monitoring, allowed=allowed)

    def program() -> None:
        IngressPolicies("keda", args)

    return record(program, preview=preview)


def spec(recording: Recording, policy: str) -> dict[str, Any]:
    return recording.one(f"keda-{policy}", POLICY).inputs["spec"]


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(WEBHOOK, preview=preview).children() == {
        ("llm-platform:ingress_policies:IngressPolicies", "keda"),
        (POLICY, "keda-default-deny"),
        (POLICY, "keda-allow-same-namespace"),
        (POLICY, "keda-allow-scrape"),
        (POLICY, "keda-allow-keda-webhook"),
    }


def test_nobody_gets_in_and_what_pods_call_is_not_limited():
    recording = build(WEBHOOK)
    assert spec(recording, "default-deny") == {"podSelector": {}, "policyTypes": ["Ingress"]}
    assert all(policy.inputs["spec"]["policyTypes"] == ["Ingress"] for policy in recording.of_type(POLICY))
    assert all(policy.inputs["metadata"]["namespace"] == "keda" for policy in recording.of_type(POLICY))


def test_neighbours_and_prometheus_get_in():
    recording = build()
    assert spec(recording, "allow-same-namespace")["ingress"] == [{"from": [{"podSelector": {}}]}]
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert spec(recording, "allow-scrape")["ingress"] == [{"from": [monitoring]}]


def test_in_monitoring_prometheus_is_a_neighbour():
    assert (POLICY, "keda-allow-scrape") not in build(is_monitoring=True).children()


def test_the_control_plane_reaches_the_webhooks_pods_on_their_port_alone():
    assert spec(build(WEBHOOK), "allow-keda-webhook") == {
        "podSelector": {"matchLabels": {"app": "webhooks"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.30.0.0/16"}}], "ports": [{"port": 9443, "protocol": "TCP"}]}],
    }


def namespaces_with(key: str, *values: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}}


@pytest.mark.parametrize(
    ("who", "peer"),
    [
        ({"namespaces": ["serving", "keda"]}, namespaces_with("kubernetes.io/metadata.name", "keda", "serving")),
        ({"workloads": ["training"]}, namespaces_with("llm-platform/workload", "training")),
        ({"every_namespace": True}, {"namespaceSelector": {}}),
    ],
)
def test_clients_are_namespaces_kinds_of_work_or_all_pods(who: dict[str, Any], peer: dict[str, Any]):
    allowed = AllowedIngress(name="clients", pods={"app": "mlflow"}, ports=[5000], **who)
    (rule,) = spec(build(allowed), "allow-clients")["ingress"]
    assert rule["from"] == [peer]


@pytest.mark.parametrize("changes", [{"pods": {}}, {"ports": []}, {"cidr": None}])
def test_what_would_open_everything_is_refused(changes: dict[str, Any]):
    wanted: dict[str, Any] = {"name": "webhook", "pods": {"app": "w"}, "ports": [9443], "cidr": "10.0.0.0/16"}
    with pytest.raises(ValueError, match="ingress webhook: needs pods, ports and somebody who connects"):
        AllowedIngress(**wanted | changes)
