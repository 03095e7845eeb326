"""What breaks the policies of what containers ask for, and how they are probed, and what they let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Mutation
from tests.policies.sample import UNKNOWN
from tests.policies.workloads.pod_changes import (
    GPU,
    POD,
    PODS,
    SERVER,
    adding,
    everywhere,
    patch_without,
    resources_by_pod,
    unprobed_second,
    without_ports,
)

NOT_WHOLE = [0.5, "500m", -1]

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "containers-have-requests-and-limits": [
        *everywhere("containers.0.resources", [ABSENT, None, {}]),
        *everywhere("containers.0.resources.limits.memory", [ABSENT, None, "0"]),
        Break("deployment-llama-8b", f"{POD}.containers.*.resources.requests.cpu", [ABSENT, "0"]),
        Break("deployment-llama-8b", f"{POD}.containers.*.resources.requests.memory", ["0", "0Gi"]),
        Break(SERVER, f"{POD}.initContainers.*.resources", [ABSENT, {"requests": {"cpu": "1", "memory": "1Gi"}}]),
        Break(SERVER, f"{POD}.containers.1.resources", [{"limits": {"memory": "1Gi"}}]),
        Break(SERVER, f"{POD}.containers.1.resources.limits.memory", ["much"]),
        Break("release-*", "values.resources.limits.memory", [ABSENT]),
        Break("release-qdrant", "values.resources.limits", [ABSENT, {}, {"cpu": "2"}]),
        Break("release-mlflow", "values.resources.limits.memory", ["0"]),
        Break("release-keda", "values.resources", [{"operator": {"requests": {"cpu": "1", "memory": "1Gi"}}}]),
        Break(SERVER, f"{POD}.containers.1.resources.limits", [{"memory": "2Gi"}], configuration={"limits": ["cpu"]}),
    ],
    "gpu-requests-equal-limits": [
        *[
            Break(sample, f"{PODS[sample]}.containers.0.resources.limits.{GPU}", [ABSENT, None, 2, "8", *NOT_WHOLE])
            for sample in ("deployment-llama-8b", "raycluster-batch")
        ],
        Break(SERVER, f"{POD}.containers.0.resources.requests.{GPU}", [2, 0, "0.5"]),
        *[
            Break(SERVER, f"{POD}.containers.1.resources.requests.[{resource}]", [1])
            for resource in (
                "nvidia.com/gpu",
                "nvidia.com/gpu.shared",
                "nvidia.com/mig-3g.40gb",
                "aws.amazon.com/neuron",
                "aws.amazon.com/neuroncore",
                "amd.com/gpu",
                "gpu.intel.com/i915",
                "habana.ai/gaudi",
                "vpc.amazonaws.com/efa",
            )
        ],
        Break(
            SERVER,
            f"{POD}.containers.0.resources",
            [adding(limits={GPU[1:-1]: UNKNOWN, "memory": "1Gi"}, requests={"cpu": "1", GPU[1:-1]: "0.5"})],
        ),
        Break(SERVER, f"{POD}.initContainers.*.resources.limits.{GPU}", NOT_WHOLE),
        Break("release-qdrant", f"values.resources.limits.{GPU}", [*NOT_WHOLE, "half"]),
        Break("release-qdrant", f"values.resources.requests.{GPU}", [1]),
        Break(
            "release-keda",
            "values.resources",
            [{"operator": {"requests": {"amd.com/gpu": 1}, "limits": {"memory": "1Gi"}}}],
        ),
    ],
    "containers-have-probes": [
        *[
            Break(sample, f"{POD}.containers.0.readinessProbe", [ABSENT, None, {}, {"periodSeconds": 5}])
            for sample in ("deployment-llama-8b", "statefulset-session-store")
        ],
        Break(SERVER, f"{POD}.containers", [without_ports, unprobed_second]),
        Break(SERVER, f"{POD}.containers.0.livenessProbe", [ABSENT], configuration={"probes": ["livenessProbe"]}),
        Break("release-mlflow", "values.readinessProbe.enabled", [False, "false"]),
        Break("chart-jobset", "values.controller.readinessProbe", [{"enabled": False}]),
        Break("release-qdrant", "values.livenessProbe.enabled", [False], configuration={"probes": ["livenessProbe"]}),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "containers-have-requests-and-limits": [
        Break(SERVER, f"{POD}.containers.1.resources", [{"limits": {"cpu": 1, "memory": 1e9}}]),
        Break(SERVER, f"{POD}.containers.1.resources", [{"limits": {"memory": "1G"}, "requests": {"cpu": "10m"}}]),
        Break(
            SERVER,
            POD,
            [resources_by_pod],
        ),
        patch_without("resources"),
        Break(
            SERVER, f"{POD}.containers.1.resources", [ABSENT], configuration={"exempt_workloads": ["serving/llama-*"]}
        ),
        Break("release-qdrant", "values.resources", [ABSENT, {}, {"limits": {"cpu": "2"}}]),
        Break("release-qdrant", "values.claim", [{"resources": {"requests": {"storage": "5Gi"}}}]),
    ],
    "gpu-requests-equal-limits": [
        Break(SERVER, f"{POD}.containers.0.resources.requests.{GPU}", [ABSENT, "1", "1000m"]),
        Break(
            SERVER,
            f"{POD}.containers.0.resources",
            [adding(limits={GPU[1:-1]: 0, "memory": "1Gi"}, requests={"cpu": "0.5"})],
        ),
        Break(SERVER, f"{POD}.containers.1.resources.limits", [{"cpu": "2500m", "memory": "4Gi"}]),
        Break("release-qdrant", f"values.resources.limits.{GPU}", [1, "1"]),
    ],
    "containers-have-probes": [
        Break(SERVER, f"{POD}.containers.0.livenessProbe", [ABSENT]),
        Break(
            SERVER,
            f"{POD}.containers.0.readinessProbe",
            [{form: {}} for form in ("httpGet", "tcpSocket", "grpc", "exec")],
        ),
        Break(
            SERVER, f"{POD}.containers.0.readinessProbe", [ABSENT], configuration={"exempt_workloads": ["serving/*"]}
        ),
        patch_without("readinessProbe"),
        Break("release-qdrant", "values.livenessProbe.enabled", [False]),
        Break("release-mlflow", "values.readinessProbe", [{}, {"enabled": True, "periodSeconds": 5}]),
        Break("release-mlflow", "values.ingress", [{"enabled": False}]),
    ],
}
