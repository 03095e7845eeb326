"""Weaviate, as helm-values/weaviate sets it up."""

from __future__ import annotations

from typing import Final

from components.in_cluster_database import InClusterEngine

WEAVIATE: Final = InClusterEngine(
    release="weaviate",
    service_port=80,
    pod_labels={"app": "weaviate"},
    pod_ports=(8080, 50051),  # HTTP, gRPC
    metrics_port=2112,
    metrics_service="weaviate-headless",  # its name leads to the pods; the other Service has no such port
    grpc_service="weaviate-grpc",
    grpc_port=50051,
    secret_key="AUTHENTICATION_APIKEY_ALLOWED_KEYS",  # noqa: S106 - the name of a key
)
"""https://docs.weaviate.io/deploy/configuration/env-vars"""
