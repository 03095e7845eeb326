"""What an environment registers in Kubernetes, and in which order. Does not prove that a cluster accepts it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalogue.charts import load_charts
from stacks.llm_platform import build_platform
from stacks.settings import parse_settings
from tests.components.recorder import Recording, Registered, record
from tests.stacks.valid_sections import REMOVED, changed_sections

NAMESPACE = "kubernetes:core/v1:Namespace"
RELEASE = "kubernetes:helm.sh/v3:Release"
POOL = "kubernetes:karpenter.sh/v1:NodePool"
CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
RELEASES = [
    "karpenter", "karpenter-crd", "prometheus-operator-crds", "nvidia-device-plugin", "cert-manager",
    "aws-load-balancer-controller", "qdrant", "external-secrets", "keda",
]  # fmt: skip


def build(changes: dict[str, Any] | None = None, *, preview: bool = False) -> Recording:
    settings = parse_settings(changed_sections({"charts.releases": RELEASES, **(changes or {})}), "staging")
    return record(lambda: build_platform(settings), preview=preview)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return build()


def in_kubernetes(recording: Recording) -> list[Registered]:
    return [resource for resource in recording.resources if resource.type.startswith("kubernetes:")]


def test_a_stack_file_without_workloads_reaches_for_no_cluster():
    bare = build({"charts": {}, "namespaces": REMOVED, "node_pools": REMOVED})
    assert in_kubernetes(bare) == []
    assert "pulumi:providers:kubernetes" not in {resource.type for resource in bare.resources}


def test_everything_in_kubernetes_goes_through_the_clusters_own_provider(recording: Recording):
    assert len(in_kubernetes(recording)) > 30
    assert {resource.provider for resource in in_kubernetes(recording)} == {"kubernetes-provider"}


def test_the_provider_waits_for_the_access_entries(recording: Recording):
    entries = {f"cluster-access-{role}" for role in ("platform-admin", "ml-engineer")}
    assert entries <= set(recording.one("kubernetes-provider").dependencies)


def test_namespaces_are_the_teams_and_those_of_the_releases(recording: Recording):
    made = {resource.inputs["metadata"]["name"] for resource in recording.of_type(NAMESPACE)}
    assert made == {"serving", "training", "cert-manager", "external-secrets", "keda", "monitoring", "vector-stores"}


def test_a_releases_namespace_allows_what_its_chart_needs(recording: Recording):
    charts = load_charts().charts.values()
    levels = {chart.namespace: chart.pod_security for chart in charts if chart.release in RELEASES}
    for namespace, level in levels.items():
        if namespace != "kube-system":
            labels = recording.one(f"{namespace}-namespace").inputs["metadata"]["labels"]
            assert labels["pod-security.kubernetes.io/enforce"] == level
            assert labels["pod-security.kubernetes.io/enforce-version"] == "v1.35"
            assert labels["llm-platform/workload"] == "platform"


def network_policies(recording: Recording, namespace: str) -> dict[str, dict[str, Any]]:
    found = recording.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    return {
        policy.inputs["metadata"]["name"]: policy.inputs["spec"]
        for policy in found
        if policy.inputs["metadata"]["namespace"] == namespace
    }


def test_every_namespace_of_ours_is_closed_to_begin_with(recording: Recording):
    for namespace in recording.of_type(NAMESPACE):
        labels = namespace.inputs["metadata"]["labels"]
        directions = ["Ingress"] if labels["llm-platform/workload"] == "platform" else ["Ingress", "Egress"]
        closed = network_policies(recording, namespace.inputs["metadata"]["name"])["default-deny"]
        assert closed == {"podSelector": {}, "policyTypes": directions}


def test_only_a_teams_namespace_is_limited(recording: Recording):
    quotas = recording.of_type("kubernetes:core/v1:ResourceQuota")
    assert [quota.inputs["metadata"]["namespace"] for quota in quotas] == ["serving", "training"]


def test_a_releases_namespace_lets_in_what_the_lock_says(recording: Recording):
    always = {"default-deny", "allow-same-namespace", "allow-scrape"}
    assert set(network_policies(recording, "cert-manager")) == always | {"allow-cert-manager-webhook"}
    assert set(network_policies(recording, "keda")) == always | {"allow-keda-external-metrics", "allow-keda-webhook"}
    assert set(network_policies(recording, "monitoring")) == always - {"allow-scrape"}
    assert network_policies(recording, "cert-manager")["allow-cert-manager-webhook"] == {
        "podSelector": {
            "matchLabels": {"app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/name": "webhook"}
        },
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.30.0.0/16"}}], "ports": [{"port": 10250, "protocol": "TCP"}]}],
    }


def test_an_engine_that_is_not_the_vector_database_is_the_teams(recording: Recording):
    (_, _, clients) = network_policies(recording, "vector-stores")["qdrant-clients"]["ingress"]
    (peer,) = clients["from"]
    assert peer["namespaceSelector"]["matchExpressions"][0]["values"] == ["serving", "training"]


def test_each_release_is_there_once_as_the_lock_has_it(recording: Recording):
    charts = load_charts().charts
    releases = {resource.inputs["name"]: resource.inputs for resource in recording.of_type(RELEASE)}
    assert sorted(releases) == sorted(RELEASES)
    for name, inputs in releases.items():
        chart = charts[name]
        assert (inputs["namespace"], inputs["version"]) == (chart.namespace, chart.version)
        assert inputs["chart"] == (chart.source if chart.source.startswith("oci://") else chart.chart)
        assert inputs.get("repositoryOpts", {}).get("repo", chart.source) == chart.source
        assert inputs["skipCrds"] == (chart.crds.kind == "release")


def test_a_release_waits_for_what_it_needs(recording: Recording):
    for name in RELEASES:
        chart = load_charts().charts[name]
        release = recording.one(f"{name}-release")
        wanted = {f"{need}-release" for need in chart.needs}
        wanted |= {"addons-addon-coredns", "system-group-nodes", "disks-gp3", "priorities-platform"}
        if chart.namespace != "kube-system":
            wanted.add(f"{chart.namespace}-namespace")
        if chart.service_account is not None:
            wanted.add(f"{name}-association")
        assert wanted <= set(release.dependencies)


def test_machines_can_be_bought_before_the_other_releases_ask_for_room(recording: Recording):
    machines = {"karpenter", "karpenter-crd", "prometheus-operator-crds"}
    for name in RELEASES:
        after_machines = "system-cpu-machines" in recording.one(f"{name}-release").dependencies
        assert after_machines == (name not in machines), name


def test_a_machine_keeps_its_access_to_the_cluster_until_it_is_gone(recording: Recording):
    for node_class in recording.of_type(CLASS):
        assert {"karpenter-nodes-access", "karpenter-nodes-AmazonEKSWorkerNodePolicy"} <= set(node_class.dependencies)


def test_the_volumes_driver_outlives_the_namespaces(recording: Recording):
    for namespace in recording.of_type(NAMESPACE):
        assert {"addons-addon-aws-ebs-csi-driver", "system-group-nodes"} <= set(namespace.dependencies)


def test_secrets_are_for_the_releases_that_name_them_alone(recording: Recording):
    conditions = recording.one("secrets-manager-store").inputs["spec"]["conditions"]
    assert conditions == [{"namespaces": ["vector-stores"]}]


def test_a_secret_is_there_before_the_release_that_names_it(recording: Recording):
    assert "external-secrets-release" in recording.one("secrets-manager-store").dependencies
    secret = recording.one("qdrant-api-keys-secret")
    assert {"secrets-manager-store", "vector-stores-namespace"} <= set(secret.dependencies)
    keys = {entry["remoteRef"]["key"] for entry in secret.inputs["spec"]["data"]}
    assert keys == {"llm-platform/staging/vector-stores/qdrant-api-keys"}
    assert "qdrant-api-keys-secret" in recording.one("qdrant-release").dependencies


def test_without_external_secrets_they_are_left_to_whoever_runs_the_cluster():
    without = build({"charts.releases": [name for name in RELEASES if name != "external-secrets"]})
    assert not [resource for resource in in_kubernetes(without) if "external-secrets.io" in resource.type]
    assert without.one("qdrant-release")


def test_karpenter_waits_for_its_queue_and_role_and_hears_of_them(recording: Recording):
    release = recording.one("karpenter-release")
    assert {"interruption-queue", "interruption-karpenter-controller-association"} <= set(release.dependencies)
    assert release.inputs["values"]["settings"]["clusterName"] == "llm-platform-staging"
    assert release.inputs["values"]["settings"]["interruptionQueue"] == "interruption-queue"


def test_every_pool_of_the_stack_file_becomes_a_node_pool_and_its_class(recording: Recording):
    names = ["serve-1gpu", "spot-1gpu", "system-cpu", "train-4gpu"]
    assert [pool.inputs["metadata"]["name"] for pool in recording.of_type(POOL)] == names
    assert [node_class.inputs["metadata"]["name"] for node_class in recording.of_type(CLASS)] == names
    for node_class in recording.of_type(CLASS):
        assert "karpenter-release" in node_class.dependencies


def test_machines_use_the_identity_network_and_key_of_the_cluster(recording: Recording):
    spec = recording.one("train-4gpu-class").inputs["spec"]
    assert spec["instanceProfile"] == "interruption-karpenter-nodes"
    assert spec["securityGroupSelectorTerms"] == [{"id": "sg-cluster"}]
    assert spec["subnetSelectorTerms"] == [{"id": "network-private-us-east-1b-id"}]
    assert spec["blockDeviceMappings"][0]["ebs"]["kmsKeyID"].endswith("llm-platform-staging-volumes")
    assert spec["amiSelectorTerms"] == [{"alias": "al2023@v20260715"}]
    assert spec["tags"]["llm-platform:environment"] == "staging"


def test_a_pool_says_what_the_stack_file_says(recording: Recording):
    spec = recording.one("system-cpu-machines").inputs["spec"]
    assert spec["limits"] == {"cpu": "32"}
    assert spec["template"]["spec"]["expireAfter"] == "336h"
    assert spec["disruption"]["consolidationPolicy"] == "WhenEmptyOrUnderutilized"
    assert spec["disruption"]["budgets"][-1]["schedule"] == "0 12 * * mon-fri"
    spot = recording.one("spot-1gpu-machines").inputs["spec"]
    requirements = {entry["key"]: entry["values"] for entry in spot["template"]["spec"]["requirements"]}
    assert requirements["karpenter.sh/capacity-type"] == ["spot"]
    assert requirements["node.kubernetes.io/instance-type"] == ["g6.xlarge", "g5.xlarge", "g6e.xlarge"]


def test_local_disks_are_used_where_they_are_no_smaller_than_the_root_volume(recording: Recording):
    assert recording.one("serve-1gpu-class").inputs["spec"]["instanceStorePolicy"] == "RAID0"  # 250 GB for 200 GiB
    assert "instanceStorePolicy" not in recording.one("system-cpu-class").inputs["spec"]


def test_a_preview_registers_the_same_but_for_the_change(recording: Recording):
    preview = build({"node_pools[1].disk_gib": 300}, preview=True)
    assert preview.children() == recording.children()
    assert "instanceStorePolicy" not in preview.one("serve-1gpu-class").inputs["spec"]  # 250 GB are less than 300 GiB


def test_a_second_run_registers_the_same_whatever_the_order_in_the_stack_file(recording: Recording):
    def text(of: Recording) -> list[str]:
        return sorted(json.dumps([found.type, found.name, found.inputs], sort_keys=True) for found in in_kubernetes(of))

    assert text(build({"charts.releases": RELEASES[::-1]})) == text(recording)
