"""Milvus, as helm-values/milvus sets it up."""

from __future__ import annotations

from typing import Final

from components.in_cluster_database import InClusterEngine

MILVUS: Final = InClusterEngine(
    release="milvus",
    service_port=19530,
    pod_labels={"app.kubernetes.io/name": "milvus"},
    pod_ports=(19530,),
    metrics_port=9091,
    # Clients send user and password in one; the release takes the password alone, at its first start.
    secret_key="token",  # noqa: S106 - the name of a key
    derived_keys={"token": "root:{password}"},
)
"""https://milvus.io/docs/authenticate.md"""
