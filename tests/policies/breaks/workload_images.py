"""What breaks the policies of the images of workloads, and what they let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Mutation
from tests.policies.workloads.pod_changes import DIGEST, POD, SERVER, everywhere, untagged

OF_OUR_CHARTS = [
    "burakince/mlflow:3.15.1",
    "cr.weaviate.io/semitechnologies/weaviate:1.38.2",
    "docker.io/envoyproxy/gateway:v1.9.0",
    "docker.io/grafana/loki:3.7.6",
    "docker.io/kserve/storage-initializer:v0.20.0",
    "docker.io/milvusdb/etcd:3.5.25-r1",
    "docker.io/prom/memcached-exporter:v0.17.0",
    "docker.io/qdrant/qdrant:v1.19.0-unprivileged",
    "docker.io/rayproject/ray-llm:2.52.0-py311-cu128",
    "docker.io/tensorflow/serving:2.19.1-gpu",
    "ghcr.io/external-secrets/external-secrets:v2.9.0",
    "ghcr.io/huggingface/text-generation-inference:3.0.1",
    "ghcr.io/kedacore/keda:2.20.2",
    "ghcr.io/kubeflow/trainer/trainer-controller-manager:v2.3.0",
    "ghcr.io/spegel-org/spegel:v0.7.4",
    "public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0",
    "public.ecr.aws/karpenter/controller:1.14.1",
    "quay.io/jetstack/cert-manager-webhook:v1.21.1",
    "quay.io/kiwigrid/k8s-sidecar:2.10.1",
    "quay.io/kuberay/operator:v1.7.0",
    "quay.io/prometheus-operator/prometheus-operator:v0.93.1",
    "quay.io/prometheus/prometheus:v3.14.0-distroless",
]
"""One of each publisher that the platform's charts use."""

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "images-are-pinned": [
        *everywhere("containers.0.image", [untagged]),
        Break(
            SERVER,
            f"{POD}.containers.0.image",
            [
                f"docker.io/vllm/vllm-openai{tag}"
                for tag in (
                    ":latest",
                    ":Latest-gpu",
                    ":latest-cu128",
                    ":v1-latest",
                    ":main",
                    ":main-3f2a1b",
                    ":master-1",
                    ":stable",
                    ":nightly-2026-11-01",
                    ":v1-nightly",
                    ":edge-7",
                    ":dev-1",
                    ":v1",
                    ":12",
                    "@sha256:0123",
                    ":v0.26.0@sha1:0123456789",
                )
            ],
        ),
        Break(SERVER, f"{POD}.initContainers.*.image", ["docker.io/kserve/storage-initializer:latest"]),
        Break("pod-debugging", "spec.ephemeralContainers.*.image", ["docker.io/library/busybox"]),
        Break(SERVER, f"{POD}.volumes.1.image.reference", ["docker.io/library/models"]),
        Break(
            "sparkapplication-embedding-batch", "spec.image", ["docker.io/library/spark", "docker.io/library/s:main"]
        ),
        Break("release-model-llama-70b", "values.image.tag", ["latest", "main", "v2"]),
        Break("release-model-llama-70b", "values.image.digest", ["sha256:12"]),
        Break("release-mlflow", "values.image.tag", ["latest"]),
        Break("release-mlflow", "values.image", [{"repository": "docker.io/burakince/mlflow", "version": "stable"}]),
        Break(
            "release-mlflow", "values.sidecar.image", ["docker.io/library/busybox", "docker.io/library/busybox:edge"]
        ),
        Break("release-mlflow", "values.sidecar", [{"repository": "docker.io/library/busybox", "tag": "latest"}]),
        Break("chart-jobset", "values.controller.initImage", ["docker.io/library/busybox"]),
        Break(
            SERVER, f"{POD}.containers.0.image", ["docker.io/vllm/vllm-openai:v0.26.0"], configuration={"digests": True}
        ),
        Break("release-mlflow", "values.image.tag", ["3.15.2"], configuration={"digests": True}),
        Break(
            SERVER,
            f"{POD}.containers.0.image",
            ["docker.io/vllm/vllm-openai:rc1"],
            configuration={"floating_tags": ["rc*"]},
        ),
    ],
    "images-come-from-allowed-registries": [
        *everywhere("containers.0.image", ["docker.io/somebody/tool:1.0.0", "somebody/tool:1.0.0"]),
        Break(
            SERVER,
            f"{POD}.containers.0.image",
            [
                "ghcr.io/somebody/tool:1.0.0",
                "quay.io/somebody/tool:1.0.0",
                "public.ecr.aws/somebody/tool:1.0.0",
                "registry.example.com/vllm/vllm-openai:1.0.0",
                "registry.example.com:5000/registry.k8s.io/pause:1.0.0",
                "example.com/x.dkr.ecr.us-east-1.amazonaws.com/tool:1.0.0",
                "localhost/vllm/vllm-openai:1.0.0",
            ],
        ),
        Break(SERVER, f"{POD}.initContainers.*.image", ["somebody/tool:1.0.0"]),
        Break("pod-debugging", "spec.ephemeralContainers.*.image", ["somebody/tool:1.0.0"]),
        Break(SERVER, f"{POD}.volumes.1.image.reference", ["somebody/models:1.0.0"]),
        Break("sparkapplication-embedding-batch", "spec.image", ["apache/spark:4.0.1"]),
        Break("release-model-llama-70b", "values.image.registry", ["registry.example.com"]),
        Break("release-mlflow", "values.image.repository", ["somebody/mlflow", "registry.example.com/mlflow"]),
        Break("release-mlflow", "values.sidecar.image", ["somebody/tool:1.0.0"]),
        Break("release-keda", "values.global.image.registry", ["registry.example.com"]),
        Break("release-keda", "values.global.imageRegistry", ["registry.example.com"]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "images-are-pinned": [
        Break(
            SERVER,
            f"{POD}.containers.0.image",
            [
                f"docker.io/vllm/vllm-openai{version}"
                for version in (
                    ":0.26",
                    ":26.07-py3",
                    ":2.52.0-py311-cu128",
                    ":sha-3f2a1b9",
                    ":20261101",
                    f"@{DIGEST}",
                    f":latest@{DIGEST}",
                    f"@sha512:{'0123456789abcdef' * 8}",
                )
            ],
        ),
        Break("release-mlflow", "values.image.tag", [ABSENT, None, ""]),  # the chart's own
        Break(
            "release-mlflow", "values.image", [{"pullPolicy": "IfNotPresent"}, {"repository": "docker.io/library/x"}]
        ),
        Break("release-mlflow", "values.image.digest", [DIGEST, DIGEST.partition(":")[2]]),
        Break("release-mlflow", "values.image.tag", ["3.15.2"], configuration={"digests": False}),
        Break("release-mlflow", "values.sidecar", [{"image": "docker.io/library/busybox", "imageTag": "1.38.0"}]),
        Break("release-mlflow", "values.sidecar", [{"image": "docker.io/library/busybox", "tag": "1.38.0"}]),
        Break(
            "release-mlflow", "values.driver", [{"image": "driver", "repository": "nvcr.io/nvidia", "version": "580.1"}]
        ),
        Break("release-mlflow", "values.backup", [{"repository": "s3:bucket"}, {"tag": "latest"}]),
        Break(
            "release-mlflow",
            "values",
            [
                {"image": {"digest": DIGEST, "repository": "docker.io/burakince/mlflow", "tag": "3.15.1"}},
                {"image": {"repository": "docker.io/burakince/mlflow"}},
                {"sidecar": {"image": f"docker.io/library/busybox@{DIGEST}"}},
            ],
            configuration={"digests": True},
        ),
    ],
    "images-come-from-allowed-registries": [
        Break(SERVER, f"{POD}.containers.0.image", OF_OUR_CHARTS),
        Break(
            SERVER,
            f"{POD}.containers.0.image",
            [
                "busybox:1.38.0",
                "library/busybox:1.38.0",
                "vllm/vllm-openai:v0.26.0",
                "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3",
                "registry.k8s.io/kueue/kueue:v0.19.2",
                "111122223333.dkr.ecr.eu-central-1.amazonaws.com/a/b:1.0.0",
            ],
        ),
        Break(
            SERVER,
            f"{POD}.containers.0.image",
            ["registry.example.com/a:1.0.0"],
            configuration={"registries": ["docker.io", "*.example.com", "*.dkr.ecr.*.amazonaws.com"]},
        ),
        Break("release-mlflow", "values.image.repository", [ABSENT]),
    ],
}
