"""Values that are wrong are refused, with key, value and what is allowed: the closed schema, and what it can't see."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.charts.rendering import CHART, ENGINES, HELM_VALUES, Chart, RenderRefusedError

S3: dict[str, Any] = {"huggingFace": None, "s3": {"uri": "s3://models/qwen"}}
ADAPTER = {"name": "a", "version": "1", "uri": "s3://models/a"}
OCI: dict[str, Any] = {"huggingFace": None, "oci": {"image": "registry.example.com/models/qwen:1"}}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # The schema.
    ("vllm", {"replica": 2}, "additional properties 'replica' not allowed"),
    ("vllm", {"model": {"contextLenght": 4096}}, "additional properties 'contextLenght' not allowed"),
    ("vllm", {"engine": "sglang"}, "at '/engine': value must be one of 'vllm', 'tgi'"),
    ("vllm", {"model": {"dtype": "int8"}}, "at '/model/dtype': value must be one of"),
    ("vllm", {"model": {"source": {"huggingFace": {"revision": "main"}}}}, "'main' does not match pattern"),
    ("vllm", {"image": {"tag": "latest"}}, "at '/image/tag'"),
    ("vllm", {"replicas": {"min": 0}}, "at '/replicas/min': minimum: got 0, want 1"),
    ("vllm", {"model": {"gpuMemoryUtilization": 1.5}}, "at '/model/gpuMemoryUtilization'"),
    ("vllm", {"model": {"name": "a b"}}, "at '/model/name'"),
    # What engines can't do.
    ("vllm", {"model": {"source": S3 | {"oci": OCI["oci"]}}}, "model.source: oci, s3: needs exactly one"),
    ("vllm", {"model": {"source": {"huggingFace": None}}}, "model.source: none: needs exactly one"),
    ("tensorflow-serving", {"model": {"quantization": "awq"}}, "quantization: awq: engine tensorflow-serving has none"),
    ("tgi", {"model": {"attentionBackend": "triton"}}, "attentionBackend: triton: engine tgi has auto, flash"),
    ("tgi", {"model": {"speculative": {"method": "draft", "tokens": 3}}}, "method: draft: engine tgi has ngram"),
    ("tgi", {"model": {"dtype": "float32"}}, "model.dtype: float32: engine tgi has bfloat16, float16"),
    ("tgi", {"model": {"pipelineParallel": 2}}, "pipelineParallel: 2: engine tgi serves from one node"),
    ("triton", {"model": {"adapters": [ADAPTER]}}, "adapterLoading: start: engine triton has none of it"),
    ("vllm", {"model": {"speculative": {"method": "draft", "tokens": 3}}}, "speculative.model: null: method draft"),
    ("vllm", {"kuberay": True}, "kuberay: true: engine vllm is no Ray Serve"),
    ("bentoml", {"image": {"repository": None}}, "image.repository: null: engine bentoml serves an image of yours"),
    ("fastapi", {"image": {"tag": None}}, "image.tag: null: engine fastapi has no pinned image"),
    # Values that contradict each other.
    ("vllm", {"drainSeconds": 300}, "drainSeconds: 300: must be more than longestStreamSeconds (300)"),
    ("vllm", {"onDemandFloor": 1}, "onDemandFloor: 1: pool is inference; only the spot pool"),
    ("vllm", {"replicas": {"min": 9}}, "replicas.min: 9: more than replicas.max (4)"),
    ("vllm", {"gpus": 2, "model": {"tensorParallel": 1}}, "model.tensorParallel: 1: gpus is 2"),
    ("vllm", {"instanceType": "g6f.large"}, "instanceType: g6f.large: no GPU type of files/instance-types.yaml"),
    ("vllm", {"cache": {"kind": "mountpoint"}}, "cache.kind: mountpoint: mounts the bucket of model.source.s3"),
    ("vllm", {"cache": {"kind": "pvc", "pvc": {"accessMode": "ReadWriteOnce"}}}, "accessMode: ReadWriteOnce: a second"),
    ("vllm", {"cache": {"kind": "pvc"}}, "cache.pvc.storageClassName: null: the default class makes EBS volumes"),
    ("tgi", {"autoscaling": {"targets": {"kvCacheUse": 0.8}}}, "kvCacheUse: 0.8: engine tgi tells no such thing"),
    ("vllm", {"autoscaling": {"scaleToZero": True}}, "autoscaling.wakeUpQuery: null: scaleToZero needs"),
    ("fastapi", {"autoscaling": {"scaleToZero": True}}, "scaleToZero: true: needs autoscaling.keda"),
    ("vllm", {"podMonitor": {"enabled": False}}, "podMonitor.enabled: false: the signals"),
]  # fmt: skip


@pytest.mark.parametrize(("engine", "values", "message"), REFUSED, ids=[message[:50] for _, _, message in REFUSED])
def test_wrong_values_are_refused(chart: Chart, engine: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(RenderRefusedError) as refused:
        chart.render(engine, values)
    assert message in str(refused.value)


def test_oci_source_needs_a_cluster_with_image_volumes(chart: Chart) -> None:
    over = {"model": {"source": OCI}}
    with pytest.raises(RenderRefusedError, match=r"oci: needs image volumes, on by default from Kubernetes 1\.35"):
        chart.render("vllm", over, kubernetes="1.34.2")
    assert chart.render("vllm", over).pod()["spec"]["volumes"][-1]["image"]["reference"] == OCI["oci"]["image"]


def objects_of(schema: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every object type of the schema with its place."""
    found = [(path, schema)] if isinstance(schema, dict) and "object" in schema.get("type", ()) else []
    parts = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    return found + [item for key, part in parts for item in objects_of(part, f"{path}/{key}")]


def test_schema_is_closed_everywhere() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    open_objects = {path for path, part in objects_of(schema) if part.get("additionalProperties") is not False}
    # Names of variables and of labels are the user's own.
    assert open_objects == {"/properties/environment", "/properties/podMonitor/properties/labels"}


def test_every_default_has_its_place_in_the_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    faults = [fault.message for fault in jsonschema.Draft202012Validator(schema).iter_errors(defaults)]
    # What each model brings itself.
    assert sorted(faults) == [f"'{key}' is a required property" for key in ("name", "size", "source")]


@pytest.mark.parametrize("engine", ENGINES)
def test_values_file_says_its_engine(engine: str) -> None:
    file: Path = HELM_VALUES / engine / "values.yaml"
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["engine"] == engine
