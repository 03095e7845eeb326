"""Small environments by hand: NodePools, nodes and models, so that a drill needs no program and no chart."""

from __future__ import annotations

from typing import Any

from components.naming import CAPACITY_LABEL, INTERRUPTIBLE, MODEL_LABEL, POOL_LABEL
from rehearsal.cluster.nodes import instance_type_of, node_manifest

NAMESPACE = "serving"
ZONES = ("us-east-1a", "us-east-1b")
NAMESPACE_MANIFEST = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def taints(pool: str) -> list[dict[str, str]]:
    found = [{"key": "nvidia.com/gpu", "value": pool, "effect": "NoSchedule"}]
    if pool == "spot":
        found.append({"key": INTERRUPTIBLE, "value": "true", "effect": "NoSchedule"})
    return found


def labels(pool: str) -> dict[str, str]:
    return {POOL_LABEL: pool, CAPACITY_LABEL: "spot" if pool == "spot" else "on-demand"}


def node_pool(
    name: str, types: list[str], *, pool: str = "inference", weight: int = 10, gpus: int = 64
) -> dict[str, Any]:
    """A NodePool as components/gpu_node_pool.py registers it."""
    requirements = {
        "node.kubernetes.io/instance-type": types,
        "karpenter.sh/capacity-type": ["spot" if pool == "spot" else "on-demand"],
        "topology.kubernetes.io/zone": list(ZONES),
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {
            "weight": weight,
            "limits": {"nvidia.com/gpu": str(gpus)},
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "10m"},
            "template": {
                "metadata": {"labels": labels(pool)},
                "spec": {
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name},
                    "expireAfter": "Never",
                    "taints": taints(pool),
                    "requirements": [
                        {"key": key, "operator": "In", "values": values} for key, values in requirements.items()
                    ],
                },
            },
        },
    }


def node(name: str, instance_type: str, *, pool: str = "inference") -> dict[str, Any]:
    """A node of a managed group."""
    return node_manifest(
        name,
        instance_type_of(instance_type, "test"),
        zone=ZONES[0],
        labels=labels(pool),
        taints=taints(pool),
        disk_gib=100,
    )


def model_pod(pool: str, gpus: int = 1) -> dict[str, Any]:
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    if pool == "spot":
        tolerations.append({"key": INTERRUPTIBLE, "operator": "Exists"})
    resources = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"nvidia.com/gpu": str(gpus)}}
    return {
        "nodeSelector": {POOL_LABEL: pool},
        "tolerations": tolerations,
        "containers": [{"name": "server", "image": "server", "resources": resources}],
    }


def deployment(
    name: str, replicas: int, *, model: str | None = None, pool: str = "inference", gpus: int = 1
) -> dict[str, Any]:
    """A model server, as charts/model-server deploys one."""
    own = {"app": name, MODEL_LABEL: model or name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": own},
            "template": {"metadata": {"labels": own}, "spec": model_pod(pool, gpus)},
        },
    }


def autoscaler(name: str, least: int, most: int) -> dict[str, Any]:
    """The chart's fallback where KEDA is off; without a metrics server it changes nothing by itself."""
    target = {"type": "Utilization", "averageUtilization": 50}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "minReplicas": least,
            "maxReplicas": most,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def disruption_budget(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}},
    }
