"""Golden renders of the model server chart: `python -m tests.charts.golden` writes them anew.

A case is a values file of helm-values/ with a few values over it. Left out of a golden file is what has tests of its
own: the text of files/fetch_weights.py, and the digest that it goes into.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal.cluster.toolchain import ready_toolchain
from tests.charts.rendering import ENGINES, Chart

GOLDEN = Path(__file__).parent / "golden"
BUCKET = "s3://llm-platform-dev-models-111122223333-us-east-1"
ADAPTER = {"name": "sql", "version": "1.2.0", "uri": f"{BUCKET}/adapters/sql/1.2.0"}

CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **{engine: (engine, {}) for engine in ENGINES},
    "vllm-spot-with-floor": ("vllm", {"pool": "spot", "onDemandFloor": 1, "longestStreamSeconds": 90}),
    "vllm-two-nodes": (
        "vllm",
        {
            "gpus": 8,
            "model": {
                "pipelineParallel": 2,
                "size": {"parametersBillions": 405, "layers": 126, "kvHeads": 8, "headDim": 128},
            },
        },
    ),
    "vllm-adapters-from-s3": (
        "vllm",
        {
            "model": {"adapters": [ADAPTER], "source": {"huggingFace": None, "s3": {"uri": f"{BUCKET}/qwen2.5-7b"}}},
            "cache": {"kind": "mountpoint"},
        },
    ),
    "vllm-scaled-to-zero": ("vllm", {"autoscaling": {"scaleToZero": True, "wakeUpHosts": ["qwen.example.com"]}}),
    "vllm-shared-cache": ("vllm", {"cache": {"kind": "pvc", "pvc": {"storageClassName": "fsx"}}, "spareGpus": 1}),
    "ray-service": ("ray-serve", {"kuberay": True, "replicas": {"min": 2, "max": 4}, "spareGpus": 2}),
    "triton-model-repository": (
        "triton",
        {
            "model": {"source": {"huggingFace": None, "s3": {"uri": f"{BUCKET}/triton"}}},
            "autoscaling": {"targets": {"kvCacheUse": None}},
        },
    ),
}
"""By name: the engine whose values file it is, and what stands over it."""


def golden_text(chart: Chart, case: str) -> str:
    """The render of a case in the form that is kept: sorted, without comments."""
    engine, values = CASES[case]
    manifests = chart.render(engine, values).manifests
    for manifest in manifests:
        if manifest["kind"] == "ConfigMap" and "fetch_weights.py" in manifest["data"]:
            manifest["data"]["fetch_weights.py"] = "<files/fetch_weights.py>"
    ordered = sorted(manifests, key=lambda manifest: (manifest["kind"], manifest["metadata"]["name"]))
    return yaml.safe_dump_all(_without_digest(ordered), sort_keys=True, width=120)


def golden_file(case: str) -> Path:
    """Where a case is kept."""
    return GOLDEN / f"{case}.yaml"


def _without_digest(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "<digest>" if key == "llm-platform/config" else _without_digest(item) for key, item in value.items()
        }
    return [_without_digest(item) for item in value] if isinstance(value, list) else value


def write_golden_files() -> None:
    """Writes every case, and removes files of cases that are gone."""
    chart = Chart(ready_toolchain().helm)
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        golden_file(case).write_text(golden_text(chart, case), encoding="utf-8")
    for file in GOLDEN.glob("*.yaml"):
        if file.stem not in CASES:
            file.unlink()


if __name__ == "__main__":
    write_golden_files()
