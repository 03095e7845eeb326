"""A namespace with quota, pod security and network policies. Does not prove that the network add-on enforces them."""

from __future__ import annotations

from typing import Any

import pytest

from components.ingress_policies import AllowedIngress
from components.workload_namespace import Quota, WorkloadNamespace, WorkloadNamespaceArgs, pod_security_labels
from tests.components.recorder import Recording, record

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
POLICIES = ("default-deny", "allow-dns", "allow-same-namespace", "allow-scrape", "allow-pod-identity")


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        wanted: dict[str, Any] = {
            "namespace": "serving",
            "team": "ml-platform",
            "workload": "inference",
            "pod_security": "restricted",
            "kubernetes_version": "1.35",
            "quota": Quota(gpus=8, cpus=64, memory_gib=256, pods=50),
        }
        WorkloadNamespace("serving", WorkloadNamespaceArgs(**wanted | changes))

    return record(program, preview=preview)


def spec(recording: Recording, policy: str) -> dict[str, Any]:
    return recording.one(f"serving-policies-{policy}").inputs["spec"]


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("llm-platform:workload_namespace:WorkloadNamespace", "serving"),
        (NAMESPACE, "serving-namespace"),
        ("kubernetes:core/v1:ResourceQuota", "serving-quota"),
        ("kubernetes:core/v1:LimitRange", "serving-defaults"),
        ("llm-platform:namespace_policies:NamespacePolicies", "serving-policies"),
        *((POLICY, f"serving-policies-{policy}") for policy in POLICIES),
    }


WEBHOOK = AllowedIngress(name="webhook", pods={"app": "webhooks"}, ports=[9443], cidr="10.30.0.0/16")


def test_a_charts_namespace_has_no_quota_and_lets_in_what_its_releases_name():
    recording = build(quota=None, isolated=False, pod_security="privileged", workload="platform", ingress=[WEBHOOK])
    assert recording.children() == {
        ("llm-platform:workload_namespace:WorkloadNamespace", "serving"),
        (NAMESPACE, "serving-namespace"),
        ("llm-platform:ingress_policies:IngressPolicies", "serving-policies"),
        *(
            (POLICY, f"serving-policies-{policy}")
            for policy in ("default-deny", "allow-same-namespace", "allow-scrape", "allow-webhook")
        ),
    }
    assert spec(recording, "default-deny")["policyTypes"] == ["Ingress"]


def test_the_namespace_says_whose_it_is_and_what_its_pods_may_do():
    assert build().one("serving-namespace").inputs["metadata"] == {
        "name": "serving",
        "labels": {
            "llm-platform/team": "ml-platform",
            "llm-platform/workload": "inference",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "v1.35",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/audit-version": "v1.35",
            "pod-security.kubernetes.io/warn": "restricted",
            "pod-security.kubernetes.io/warn-version": "v1.35",
        },
    }


@pytest.mark.parametrize(
    ("level", "told"), [("restricted", "restricted"), ("baseline", "restricted"), ("privileged", "privileged")]
)
def test_baseline_is_told_what_restricted_would_refuse(level: Any, told: str):
    labels = pod_security_labels(level, "1.35")
    assert labels["pod-security.kubernetes.io/enforce"] == level
    assert labels["pod-security.kubernetes.io/warn"] == labels["pod-security.kubernetes.io/audit"] == told


def test_the_quota_counts_gpus_cpus_memory_and_pods():
    quota = build().one("serving-quota").inputs
    assert quota["metadata"] == {"name": "quota", "namespace": "serving"}
    assert quota["spec"]["hard"] == {
        "requests.nvidia.com/gpu": "8",
        "requests.cpu": "64",
        "requests.memory": "256Gi",
        "pods": "50",
    }


def test_a_container_without_requests_gets_some_and_no_limit():
    (limit,) = build().one("serving-defaults").inputs["spec"]["limits"]
    assert limit == {"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "256Mi"}}


def test_every_policy_holds_for_all_pods_of_the_namespace():
    for policy in build(https_egress=True).of_type(POLICY):
        assert policy.inputs["metadata"]["namespace"] == "serving"
        assert policy.inputs["spec"]["podSelector"] == {}


def test_everything_is_denied_in_both_directions():
    assert spec(build(), "default-deny") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_names_are_asked_of_the_clusters_dns_alone():
    (rule,) = spec(build(), "allow-dns")["egress"]
    assert rule["to"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ]
    assert {(port["port"], port["protocol"]) for port in rule["ports"]} == {(53, "UDP"), (53, "TCP")}


def test_neighbours_reach_each_other():
    policy = spec(build(), "allow-same-namespace")
    assert policy["ingress"] == [{"from": [{"podSelector": {}}]}]
    assert policy["egress"] == [{"to": [{"podSelector": {}}]}]


def test_prometheus_may_scrape():
    policy = spec(build(), "allow-scrape")
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert policy["ingress"] == [{"from": [monitoring]}]
    assert policy["policyTypes"] == ["Ingress"]


def test_pods_get_their_aws_credentials():
    (rule,) = spec(build(), "allow-pod-identity")["egress"]
    assert rule == {
        "to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}],
        "ports": [{"port": 80, "protocol": "TCP"}],
    }


def test_the_internet_is_reached_only_where_the_namespace_says_so():
    assert ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "serving-policies-allow-https") not in build().children()
    (rule,) = spec(build(https_egress=True), "allow-https")["egress"]
    assert rule["ports"] == [{"port": 443, "protocol": "TCP"}]


def test_a_team_that_is_no_label_is_refused():
    with pytest.raises(ValueError, match="llm-platform/team: value 'ml platform'"):
        build(team="ml platform")
