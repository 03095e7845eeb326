"""Pods that an operator would make, where it can't run here: Deployments made from the custom resource's own templates.

Each is marked as a stand-in. What only the operator itself adds (sidecars, environment, start order, gangs) is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.cluster.apply_order import Manifest

STAND_IN_LABEL: Final = "llm-platform/stand-in"
"""Label of workloads and pods that stand in for what an operator would make: the custom resource's kind."""
STAND_IN_NAME_LABEL: Final = "llm-platform/stand-in-of"
LABEL_LENGTH: Final = 63


@dataclass(frozen=True)
class PodSet:
    """Pods of one template that an operator would make."""

    suffix: str
    replicas: int
    template: Mapping[str, Any]


def stand_in_workloads(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the Deployments that stand in for what a custom resource's operator would make; none for other kinds.

    Raises KeyError or TypeError for a resource that is not as its operator wants it.
    """
    pod_sets = POD_SETS.get(str(manifest["kind"]))
    return [] if pod_sets is None else [_deployment(manifest, pods) for pods in pod_sets(manifest)]


def _deployment(owner: Manifest, pods: PodSet) -> dict[str, Any]:
    metadata = owner["metadata"]
    name = f"{metadata['name']}-{pods.suffix}" if pods.suffix else str(metadata["name"])
    identity = {STAND_IN_LABEL: str(owner["kind"]), STAND_IN_NAME_LABEL: name[:LABEL_LENGTH].strip("-.")}
    template_metadata: Mapping[str, Any] = pods.template.get("metadata") or {}
    own_labels: Mapping[str, str] = metadata.get("labels") or {}
    spec = {key: value for key, value in pods.template["spec"].items() if key != "restartPolicy"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            **({"namespace": metadata["namespace"]} if metadata.get("namespace") else {}),
            "labels": {**own_labels, **identity},
        },
        "spec": {
            "replicas": pods.replicas,
            "selector": {"matchLabels": identity},
            "template": {
                "metadata": {
                    "labels": {**(template_metadata.get("labels") or {}), **identity},
                    "annotations": dict(template_metadata.get("annotations") or {}),
                },
                "spec": spec,
            },
        },
    }


def _ray(cluster: Mapping[str, Any]) -> Iterator[PodSet]:
    """https://docs.ray.io/en/latest/cluster/kubernetes/user-guides/config.html"""
    yield PodSet("head", 1, cluster["headGroupSpec"]["template"])
    for group in cluster.get("workerGroupSpecs") or ():
        # Without a number of its own the autoscaler begins with the least.
        replicas = int(group.get("replicas") if group.get("replicas") is not None else group.get("minReplicas") or 0)
        yield PodSet(f"worker-{group['groupName']}", replicas * int(group.get("numOfHosts") or 1), group["template"])


def _leader_worker_set(manifest: Manifest) -> Iterator[PodSet]:
    """https://lws.sigs.k8s.io/docs/overview/"""
    spec = manifest["spec"]
    replicas = int(spec.get("replicas", 1))
    pods = spec["leaderWorkerTemplate"]
    size = int(pods.get("size") or 1)
    yield PodSet("leader", replicas, pods.get("leaderTemplate") or pods["workerTemplate"])
    if size > 1:
        yield PodSet("worker", replicas * (size - 1), pods["workerTemplate"])


def _job_set(manifest: Manifest) -> Iterator[PodSet]:
    """https://jobset.sigs.k8s.io/docs/concepts/"""
    if manifest["spec"].get("suspend"):
        return
    for job in manifest["spec"]["replicatedJobs"]:
        spec = job["template"]["spec"]
        pods = int(job.get("replicas") or 1) * int(spec.get("parallelism") or 1)
        yield PodSet(str(job["name"]), pods, spec["template"])


def _monitoring(image: str) -> Callable[[Manifest], Iterator[PodSet]]:
    """https://prometheus-operator.dev/docs/api-reference/api/"""

    def pods(manifest: Manifest) -> Iterator[PodSet]:
        spec = manifest["spec"]
        container = {
            "name": str(manifest["kind"]).lower(),
            "image": str(spec.get("image") or image),
            "resources": spec.get("resources") or {},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        placed = ("nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "priorityClassName")
        template = {
            "metadata": spec.get("podMetadata") or {},
            "spec": {
                "containers": [container, *(spec.get("containers") or ())],
                "securityContext": spec.get("securityContext") or {},
                **{key: spec[key] for key in placed if spec.get(key)},
            },
        }
        shards = int(spec.get("shards") or 1)
        yield PodSet("", int(spec.get("replicas") if spec.get("replicas") is not None else 1) * shards, template)

    return pods


def _spark_application(manifest: Manifest) -> Iterator[PodSet]:
    """https://www.kubeflow.org/docs/components/spark-operator/user-guide/writing-sparkapplication/"""
    spec = manifest["spec"]
    for role in ("driver", "executor"):
        asked: Mapping[str, Any] = spec.get(role) or {}
        cores = asked.get("coreRequest") or str(asked.get("cores") or 1)
        requests: dict[str, str] = {"cpu": str(cores), "memory": f"{_spark_mib(asked)}Mi"}
        gpu = asked.get("gpu") or {}
        if gpu:
            requests[str(gpu["name"])] = str(gpu["quantity"])
        limits = {key: value for key, value in requests.items() if "/" in key}
        container = {
            "name": f"spark-{role}",
            "image": str(asked.get("image") or spec.get("image") or "spark"),
            "resources": {"requests": requests, "limits": limits},
        }
        template = {
            "metadata": {
                "labels": dict(asked.get("labels") or {}),
                "annotations": dict(asked.get("annotations") or {}),
            },
            "spec": {
                "containers": [container],
                **{key: asked[key] for key in ("nodeSelector", "tolerations", "affinity") if asked.get(key)},
            },
        }
        yield PodSet(role, int(asked.get("instances") or 1) if role == "executor" else 1, template)


def _spark_mib(asked: Mapping[str, Any]) -> int:
    """Return memory with Spark's own overhead: a tenth, 384 MiB at least.

    https://spark.apache.org/docs/latest/running-on-kubernetes.html#spark-properties (memoryOverheadFactor)
    """
    text = str(asked.get("memory") or "1g").lower().removesuffix("b")
    units = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024**2}
    mib = float(text[:-1]) * units[text[-1]] if text[-1] in units else float(text) / 1024**2
    return math.ceil(mib + max(384, mib * 0.1))


POD_SETS: Final[Mapping[str, Callable[[Manifest], Iterator[PodSet]]]] = {
    "RayCluster": lambda manifest: _ray(manifest["spec"]),
    "RayService": lambda manifest: _ray(manifest["spec"]["rayClusterConfig"]),
    "RayJob": lambda manifest: _ray(manifest["spec"]["rayClusterSpec"]),
    "LeaderWorkerSet": _leader_worker_set,
    "JobSet": _job_set,
    "Prometheus": _monitoring("prometheus"),
    "Alertmanager": _monitoring("alertmanager"),
    "SparkApplication": _spark_application,
}
"""How the pods of a custom resource are read out of it, by kind."""

NO_STAND_IN: Final[Mapping[str, str]] = {
    "ClusterPolicy": "the GPU Operator's own daemon sets on GPU nodes",
    "EnvoyProxy": "Envoy's proxies",
    "Gateway": "the gateway's proxies",
    "TrainJob": "the job set of a training runtime",
    "NVIDIADriver": "driver daemon sets",
}
"""Kinds whose operator makes pods that stand nowhere in the resource: they are missing from the placement."""


def missing_pods(kinds: Sequence[str]) -> dict[str, str]:
    """Return which pods of the given kinds are not placed at all, by kind."""
    return {kind: NO_STAND_IN[kind] for kind in sorted(set(kinds)) if kind in NO_STAND_IN}
