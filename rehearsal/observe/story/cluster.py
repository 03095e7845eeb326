"""What kube-state-metrics, the kubelet and cert-manager tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.fleet import MODELS, POOLS, REPLICAS, TEAMS, nodes, pods, wanted
from rehearsal.observe.story.incidents import BROKEN_GPU
from rehearsal.observe.story.moment import Moment
from rehearsal.observe.story.sample import Sample

DAY: Final = 86_400
NIGHT: Final = 2.0
"""Hour of the day at which backups succeed."""


def cluster(now: Moment) -> Iterator[Sample]:
    """Nodes, namespaces, deployments and pods."""
    yield from _nodes(now)
    for team in TEAMS:
        label = {"label_llm_platform_team": team}
        yield Sample("kube_namespace_labels", {"namespace": f"models-{team}", **label}, 1)
    yield Sample("kube_namespace_labels", {"namespace": "research", "label_llm_platform_team": "research"}, 1)
    for model in MODELS:
        deployment = {"namespace": model.namespace, "deployment": model.name}
        whose = {"label_llm_platform_model": model.name, "label_llm_platform_team": model.team}
        yield Sample("kube_deployment_labels", {**deployment, **whose}, 1)
        yield Sample("kube_deployment_spec_replicas", deployment, wanted(model))
    running = pods(now)
    for replica in REPLICAS:
        pod = {"namespace": replica.model.namespace, "pod": replica.pod}
        yield Sample("kube_pod_labels", {**pod, "label_llm_platform_model": replica.model.name}, 1)
        if replica not in running:
            yield Sample("kube_pod_status_unschedulable", pod, 1)
    yield from _platform(now)


def _nodes(now: Moment) -> Iterator[Sample]:
    for pool in POOLS:
        for node in nodes(pool, now):
            yield Sample(
                "kube_node_labels",
                {
                    "node": node, "label_llm_platform_pool": pool.name, "label_llm_platform_capacity": pool.capacity,
                    "label_node_kubernetes_io_instance_type": pool.instance_type,
                },
                1,
            )  # fmt: skip
            yield Sample("kube_node_status_condition", {"node": node, "condition": "Ready", "status": "true"}, 1)
            devices = {"node": node, "resource": "nvidia_com_gpu", "unit": "integer"}
            yield Sample("kube_node_status_capacity", devices, pool.gpus)
            closed = node == "inference-2" and now.during(BROKEN_GPU)
            yield Sample("kube_node_spec_unschedulable", {"node": node}, float(closed))


def _platform(now: Moment) -> Iterator[Sample]:
    """Certificates and backups, with which all is well."""
    names = {"exported_namespace": "kueue-system", "issuer_name": "platform", "issuer_kind": "ClusterIssuer"}
    certificate = {"name": "webhook-server", **names}
    yield Sample("certmanager_certificate_expiration_timestamp_seconds", certificate, now.end + 60 * DAY)
    yield Sample("certmanager_certificate_renewal_timestamp_seconds", certificate, now.end + 30 * DAY)
    yield Sample("certmanager_certificate_ready_status", {**certificate, "condition": "True"}, 1)
    for cronjob, every in (("qdrant-backup", 1), ("qdrant-restore-drill", 7)):
        labels = {"namespace": "vectors-search", "cronjob": cronjob}
        nights = (now.hour - NIGHT) // (24 * every)
        yield Sample("kube_cronjob_status_last_successful_time", labels, now.at(NIGHT + nights * 24 * every))
        yield Sample("kube_cronjob_created", labels, now.end - 90 * DAY)
        yield Sample("kube_cronjob_spec_suspend", labels, 0)
