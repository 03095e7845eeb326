"""Qdrant, as helm-values/qdrant sets it up."""

from __future__ import annotations

from typing import Final

from components.in_cluster_database import InClusterEngine

QDRANT: Final = InClusterEngine(
    release="qdrant",
    service_port=6333,
    pod_labels={"app.kubernetes.io/name": "qdrant"},
    pod_ports=(6333, 6334),  # HTTP, gRPC
    metrics_port=6333,  # asks for a key: the release's ServiceMonitor sends the one that can't write
    secret_key="api-key",  # noqa: S106 - the name of a key
    read_only_secret_key="read-only-api-key",  # noqa: S106 - the name of a key
)
"""https://qdrant.tech/documentation/guides/security/ and /monitoring/"""
