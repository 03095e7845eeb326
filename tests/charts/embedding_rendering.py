"""charts/embedding rendered with real helm; `python -m tests.charts.embedding_rendering` writes its golden files."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from catalogue.charts import merge_values
from rehearsal.cluster.toolchain import ready_toolchain
from tests.charts.rendering import KUBERNETES, NAMESPACE, ROOT, Rendered, RenderRefusedError

CHART = ROOT / "charts" / "embedding"
GOLDEN = Path(__file__).parent / "golden_embedding"
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


def text(helm: Path, values: Mapping[str, Any] | None = None) -> str:
    """What helm prints with these values over the smallest; raises RenderRefusedError."""
    with tempfile.TemporaryDirectory() as folder:
        over = Path(folder) / "over.yaml"
        over.write_text(json.dumps(merge_values(SMALLEST, values or {})), encoding="utf-8")
        command = [helm, "template", RELEASE, CHART, "--namespace", NAMESPACE, "--kube-version", KUBERNETES, "-f", over]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own helm
    if ran.returncode:
        raise RenderRefusedError(ran.stderr)
    return ran.stdout


def render(helm: Path, values: Mapping[str, Any] | None = None) -> Rendered:
    """The objects."""
    documents = yaml.load_all(text(helm, values), Loader=yaml.CSafeLoader)
    return Rendered([document for document in documents if document])


def golden_text(helm: Path, case: str) -> str:
    """The render of a case in the form that is kept: sorted, without comments."""
    ordered = sorted(render(helm, CASES[case]).manifests, key=lambda each: (each["kind"], each["metadata"]["name"]))
    return yaml.safe_dump_all(ordered, sort_keys=True, width=120)


if __name__ == "__main__":
    built = ready_toolchain().helm
    for name in CASES:
        (GOLDEN / f"{name}.yaml").write_text(golden_text(built, name), encoding="utf-8")
