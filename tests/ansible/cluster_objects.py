"""Kubernetes objects as the API shows them, by hand: nodes, pods, models, for filters that read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GPU = "nvidia.com/gpu"
POOL = "llm-platform/pool"
Manifest = dict[str, Any]


def node(name: str, gpus: int = 8, *, pool: str = "inference", ready: bool = True, **more: Any) -> Manifest:
    return {
        "metadata": {"name": name, "labels": {POOL: pool}, **more.get("metadata", {})},
        "spec": {"taints": [{"key": GPU, "value": pool, "effect": "NoSchedule"}], **more.get("spec", {})},
        "status": {
            "allocatable": {GPU: str(gpus), "cpu": "100", **more.get("allocatable", {})},
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
        },
    }


def template(gpus: int, *, pool: str = "inference", resource: str = GPU, **spec: Any) -> Manifest:
    return {
        "nodeSelector": {POOL: pool},
        "tolerations": [{"key": GPU, "value": pool, "effect": "NoSchedule"}],
        "containers": [{"name": "server", "resources": {"limits": {resource: str(gpus)}}}],
        **spec,
    }


def model(name: str, replicas: int | None, gpus: int = 8, **spec: Any) -> Manifest:
    labels = {"app": name, "llm-platform/model": name}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "serving", "labels": labels},
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": template(gpus, **spec)},
        },
    }


def pod(
    name: str, on: str, gpus: int = 8, *, app: str = "", labels: Mapping[str, str] | None = None, **more: Any
) -> Manifest:
    return {
        "metadata": {
            "name": name,
            "namespace": "serving",
            "labels": {"app": app, **(labels or {})},
            **more.get("metadata", {}),
        },
        "spec": {**template(gpus), "nodeName": on, **more.get("spec", {})},
        "status": {"phase": more.get("phase", "Running")},
    }


def cluster(**lists: list[Manifest]) -> Manifest:
    empty: Manifest = {"nodes": [], "pods": [], "workloads": [], "scalers": [], "priority_classes": []}
    return {**empty, **lists}
