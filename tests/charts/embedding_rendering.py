"""charts/embedding rendered with real helm; `python -m tests.charts.embedding_rendering` writes its golden files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.charts.workload_chart import WorkloadChart

RELEASE = "embedding-handbook"

SMALLEST: Mapping[str, Any] = {
    "serviceAccountName": RELEASE,
    "image": {"repository": "registry.example.com/platform/embedding", "tag": "0.1.0"},
    "settings": {
        "index": "handbook",
        "source": {"uri": "s3://datasets/documents/"},
        "embedder": {"model": "sentence-transformers/all-MiniLM-L6-v2", "revision": "c9745ed1d9f2"},
        "store": {"engine": "qdrant", "url": "http://qdrant.qdrant.svc:6333"},
        "manifests": "s3://datasets/embedding/handbook/",
    },
}
"""What a release must say."""

CASES: Mapping[str, Mapping[str, Any]] = {
    "smallest": {},
    "whole": {
        "secrets": [{"env": "STORE_API_KEY", "secret": "handbook-store", "key": "api-key"}],
        "model": {"s3": "s3://models/minilm/c9745ed1d9f2"},
        "prepare": {
            "enabled": True,
            "serviceAccountName": f"{RELEASE}-prepare",
            "args": ["migrate", "/etc/embedding/embedding.yaml"],
            "declaration": {"name": "handbook", "dimension": 384},
        },
        "batch": {"enabled": True},
        "search": {"settings": {"index": "handbook"}},
        "backup": {"enabled": True},
        "podMonitor": {"enabled": True},
        "pushGateway": "http://push-gateway.monitoring.svc:9091",
        "networkPolicy": {
            "database": {"cidrs": ["10.20.0.0/26"], "ports": [5432]},
            "endpoints": [{"namespace": "monitoring", "port": 9091}],
        },
    },
    "on-cpus": {"ingest": {"gpus": 0}, "search": {"enabled": False}, "drift": {"enabled": False}},
}

EMBEDDING = WorkloadChart("embedding", RELEASE, SMALLEST, CASES)


if __name__ == "__main__":
    EMBEDDING.write_golden()
