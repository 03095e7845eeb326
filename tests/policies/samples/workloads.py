"""What runs on the cluster, and the namespaces that it runs in, that keep every policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.sample import Sample
from tests.policies.samples.gpu import NO_SPOT, release

ECR = "333344445555.dkr.ecr.us-east-1.amazonaws.com/llm-platform-prod"
SERVING = "serving"
SERVER = {
    "app.kubernetes.io/name": "llama-8b",
    "llm-platform/model": "llama-8b",
    "llm-platform/team": "ml-platform",
    "llm-platform/workload": "inference",
}
OF_POD = {
    "fsGroup": 2000,
    "runAsNonRoot": True,
    "runAsUser": 2000,
    "seccompProfile": {"type": "RuntimeDefault"},
}
OF_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
SMALL = {"limits": {"memory": "2Gi"}, "requests": {"cpu": "1", "memory": "2Gi"}}
WITH_GPU = {
    "limits": {"memory": "12Gi", "nvidia.com/gpu": 1},
    "requests": {"cpu": "2", "memory": "12Gi", "nvidia.com/gpu": 1},
}
PROBE = {"httpGet": {"path": "/health", "port": "http"}}


def _object(type_: str, name: str, namespace: str = SERVING, **more: Any) -> Sample:
    """An object of Kubernetes, called as in Kubernetes; more: `spec`, `metadata` beside the name."""
    version, _, kind = type_.rpartition(":")
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **more.pop("metadata", {})}
    document = {"apiVersion": version.removeprefix("core/"), "kind": kind, "metadata": metadata, **more}
    refers = {"metadata": [f"namespace-{namespace}"]} if namespace else {}
    return Sample(f"kubernetes:{type_}", f"{kind.lower()}-{name}", document, refers=refers)


def _container(name: str, image: str, resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"image": image, "name": name, "resources": resources, "securityContext": OF_CONTAINER, **more}


def _template(containers: Sequence[Any], labels: Mapping[str, str], **more: Any) -> dict[str, Any]:
    spec = {"automountServiceAccountToken": False, "containers": [*containers], "securityContext": OF_POD, **more}
    return {"metadata": {"labels": {**labels}}, "spec": spec}


def _namespace(name: str, level: str, **labels: str) -> Sample:
    security = "pod-security.kubernetes.io/"
    all_labels = {
        "llm-platform/team": "ml-platform",
        f"{security}enforce": level,
        f"{security}enforce-version": "v1.35",
        **labels,
    }
    return _object("core/v1:Namespace", name, "", metadata={"labels": all_labels})


def _closed(namespace: str) -> Sample:
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return _object("networking.k8s.io/v1:NetworkPolicy", f"{namespace}-closed", namespace, spec=spec)


def _budget(name: str, spec: Mapping[str, Any], labels: Mapping[str, str]) -> Sample:
    return _object("policy/v1:PodDisruptionBudget", name, spec={**spec, "selector": {"matchLabels": {**labels}}})


def _gpu_toleration(pool: str) -> dict[str, str]:
    return {"effect": "NoSchedule", "key": "nvidia.com/gpu", "operator": "Equal", "value": pool}


SERVER_CONTAINER = _container(
    "vllm",
    "docker.io/vllm/vllm-openai:v0.26.0",
    WITH_GPU,
    ports=[{"containerPort": 8000, "name": "http"}],
    readinessProbe=PROBE,
    livenessProbe=PROBE,
)
RAY_LABELS = {"llm-platform/workload": "inference", "app.kubernetes.io/name": "ray"}

SAMPLES = [
    _namespace("serving", "restricted", **{"llm-platform/workload": "inference"}),
    _namespace("monitoring", "privileged", **{"llm-platform/workload": "platform"}),
    _closed("serving"),
    _closed("monitoring"),
    _object(
        "networking.k8s.io/v1:NetworkPolicy",
        "serving-from-gateway",
        spec={
            "egress": [{"ports": [{"port": 443, "protocol": "TCP"}], "to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
                    "ports": [{"port": 8000, "protocol": "TCP"}],
                }
            ],
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "llama-8b"}},
            "policyTypes": ["Ingress", "Egress"],
        },
    ),
    _object("core/v1:ServiceAccount", "llama-8b", automountServiceAccountToken=False),
    _object(
        "apps/v1:Deployment",
        "llama-8b",
        spec={
            "replicas": 2,
            "selector": {"matchLabels": {"app.kubernetes.io/name": "llama-8b"}},
            "template": _template(
                [SERVER_CONTAINER, _container("log-shipper", f"{ECR}/platform/logs:1.2.0", SMALL)],
                SERVER,
                initContainers=[_container("fetch-weights", "docker.io/kserve/storage-initializer:v0.20.0", SMALL)],
                nodeSelector={"llm-platform/pool": "inference"},
                serviceAccountName="llama-8b",
                tolerations=[_gpu_toleration("inference")],
                volumes=[
                    {"name": "cache", "emptyDir": {"sizeLimit": "31Gi"}},
                    {"name": "weights", "image": {"reference": f"{ECR}/models/llama-8b:1.0.0"}},
                ],
            ),
        },
    ),
    _budget("llama-8b", {"maxUnavailable": 1}, {"app.kubernetes.io/name": "llama-8b"}),
    _object(
        "apps/v1:StatefulSet",
        "session-store",
        spec={
            "replicas": 3,
            "selector": {"matchLabels": {"app.kubernetes.io/name": "session-store"}},
            "serviceName": "session-store",
            "template": _template(
                [
                    _container(
                        "store",
                        "docker.io/library/memcached:1.6.45-alpine@sha256:" + "0123456789abcdef" * 4,
                        SMALL,
                        ports=[{"containerPort": 11211, "name": "store"}],
                        readinessProbe={"tcpSocket": {"port": "store"}},
                    )
                ],
                {"app.kubernetes.io/name": "session-store"},
                affinity=NO_SPOT,
            ),
        },
    ),
    _budget("session-store", {"minAvailable": "60%"}, {"app.kubernetes.io/name": "session-store"}),
    _object(
        "batch/v1:CronJob",
        "nightly-evaluation",
        spec={
            "jobTemplate": {
                "spec": {
                    "template": _template(
                        [_container("evaluate", f"{ECR}/platform/evaluation:2.0.1", SMALL)],
                        {"llm-platform/workload": "inference"},
                        restartPolicy="Never",
                    )
                }
            },
            "schedule": "0 3 * * *",
        },
    ),
    _object(
        "core/v1:Pod",
        "debugging",
        metadata={"labels": {"llm-platform/workload": "inference"}},
        spec=_template(
            [_container("shell", f"{ECR}/platform/shell:1.0.0", SMALL)],
            {},
            ephemeralContainers=[
                {"image": f"{ECR}/platform/shell:1.0.0", "name": "look", "securityContext": OF_CONTAINER}
            ],
        )["spec"],
    ),
    _object(
        "ray.io/v1:RayCluster",
        "batch",
        spec={
            "enableInTreeAutoscaling": True,
            "headGroupSpec": {
                "rayStartParams": {"num-gpus": "0"},
                "template": _template(
                    [_container("ray-head", "docker.io/rayproject/ray-llm:2.52.0-py311-cu128", SMALL)],
                    RAY_LABELS,
                ),
            },
            "workerGroupSpecs": [
                {
                    "groupName": "gpus",
                    "template": _template(
                        [_container("ray-worker", "docker.io/rayproject/ray-llm:2.52.0-py311-cu128", WITH_GPU)],
                        RAY_LABELS,
                        tolerations=[_gpu_toleration("inference")],
                    ),
                }
            ],
        },
    ),
    _object(
        "sparkoperator.k8s.io/v1beta2:SparkApplication",
        "embedding-batch",
        spec={
            "driver": {"cores": 1, "memory": "4g"},
            "executor": {"cores": 4, "instances": 2, "memory": "8g"},
            "image": f"{ECR}/platform/spark:4.0.1",
            "mode": "cluster",
        },
    ),
    _object(
        "rbac.authorization.k8s.io/v1:Role",
        "reader",
        rules=[{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}],
    ),
    _object(
        "rbac.authorization.k8s.io/v1:RoleBinding",
        "reader",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        subjects=[{"kind": "ServiceAccount", "name": "llama-8b", "namespace": SERVING}],
    ),
    release(
        "model-llama-70b",
        SERVING,
        "model-server",
        {
            "engine": "vllm",
            "image": {"registry": ECR.partition("/")[0], "repository": "serving/vllm", "tag": "v0.26.0"},
            "kuberay": False,
            "model": {"name": "llama-70b", "tensorParallel": 4},
            "pool": "inference",
            "replicas": {"max": 8, "min": 2},
            "resources": {"cpu": "16", "memory": "128Gi"},
        },
    ),
    release(
        "qdrant",
        "vector-stores",
        "qdrant",
        {
            "affinity": NO_SPOT,
            "image": {"useUnprivilegedImage": True},
            "livenessProbe": {"enabled": True},
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
            "replicaCount": 3,
            "resources": {"limits": {"memory": "8Gi"}, "requests": {"cpu": "2", "memory": "8Gi"}},
        },
    ),
    release(
        "mlflow",
        "mlflow",
        "mlflow",
        {
            "containerSecurityContext": OF_CONTAINER,
            "image": {"repository": "docker.io/burakince/mlflow", "tag": "3.15.1"},
            "podSecurityContext": OF_POD,
            "readinessProbe": {"enabled": True},
            "resources": {"limits": {"memory": "2Gi"}, "requests": {"cpu": "250m", "memory": "1Gi"}},
            "sidecar": {"image": "docker.io/library/busybox:1.38.0"},
        },
    ),
    Sample(
        "kubernetes:helm.sh/v3:Release",
        "release-keda",
        {
            "chart": "keda",
            "name": "keda",
            "namespace": "keda",
            "repositoryOpts": {"repo": "https://kedacore.github.io/charts"},
            "values": {"global": {"image": {"registry": "ghcr.io"}}},
            "version": "2.20.2",
        },
    ),
    Sample(
        "kubernetes:helm.sh/v4:Chart",
        "chart-jobset",
        {
            "chart": "oci://registry.k8s.io/jobset/charts/jobset",
            "name": "jobset",
            "namespace": "jobset-system",
            "values": {"controller": {"replicas": 2}},
            "version": "0.12.0",
        },
    ),
]
