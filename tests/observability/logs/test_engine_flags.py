"""No engine is told to log prompts unless its model may, and every engine that can send spans is told where to.

What an engine makes of its flags is not proven: files/engines.yaml says where they were read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rehearsal.cluster.toolchain import ready_toolchain
from stacks.model_values import COLLECTOR_HOST
from tests.charts.rendering import ENGINES, Chart

TRACED = {"tracing": {"collector": COLLECTOR_HOST}}
GRPC, HTTP = f"http://{COLLECTOR_HOST}:4317", f"http://{COLLECTOR_HOST}:4318"

QUIET: Mapping[str, tuple[str, ...]] = {
    "vllm": ("--no-enable-log-requests",),
    "tgi": ("LOG_LEVEL=info",),
    "triton": ('"enable_log_requests": false', "--log-verbose=0"),
    "ray-serve": ("enable_log_requests: false",),
}
"""What keeps an engine from logging prompts. TensorFlow Serving logs none; BentoML and FastAPI are own images."""

LOUD: Mapping[str, tuple[str, ...]] = {
    "vllm": ("--enable-log-requests", "--enable-log-outputs"),
    "tgi": ("LOG_LEVEL=debug",),
    "triton": ('"enable_log_requests": true',),
    "ray-serve": ("enable_log_requests: true",),
}
"""What makes it log them."""

SPANS: Mapping[str, tuple[str, ...]] = {
    "vllm": (f"--otlp-traces-endpoint={GRPC}",),
    "tgi": (f"--otlp-endpoint={GRPC}",),
    "triton": ("--trace-config=mode=opentelemetry", f"--trace-config=opentelemetry,url={HTTP}/v1/traces"),
    "ray-serve": (f"otlp_traces_endpoint: {GRPC}",),
}
"""What makes it send spans."""


@pytest.fixture(scope="module")
def chart() -> Chart:
    """The chart, rendered with the helm that the project builds."""
    return Chart(ready_toolchain().helm)


def started(manifests: Sequence[Mapping[str, Any]]) -> list[str]:
    """All that an engine is started with: arguments, environment and files, as lines."""
    lines: list[str] = []
    for manifest in manifests:
        if manifest["kind"] == "ConfigMap":
            files = [text for name, text in manifest["data"].items() if name != "fetch_weights.py"]
            lines += [line.strip().rstrip(",") for text in files for line in text.splitlines()]
        if manifest["kind"] == "Deployment":
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            lines += container.get("args", [])
            lines += [f"{entry['name']}={entry.get('value', '')}" for entry in container["env"]]
    return lines


def labels(manifests: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    (deployment,) = [manifest for manifest in manifests if manifest["kind"] == "Deployment"]
    return deployment["spec"]["template"]["metadata"]["labels"]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_engine_logs_prompts_by_default(chart: Chart, engine: str) -> None:
    manifests = chart.render(engine, {}).manifests
    lines = started(manifests)
    assert set(QUIET.get(engine, ())) <= set(lines)
    assert not set(LOUD.get(engine, ())) & set(lines)
    assert labels(manifests)["llm-platform/data-class"] == "operational"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_that_may_log_prompts_is_of_the_class_that_is_kept_for_days(chart: Chart, engine: str) -> None:
    manifests = chart.render(engine, {"logPrompts": True}).manifests
    assert set(LOUD.get(engine, ())) <= set(started(manifests))
    assert labels(manifests)["llm-platform/data-class"] == "sensitive"


@pytest.mark.parametrize("engine", ENGINES)
def test_spans_go_to_the_collector_of_the_node(chart: Chart, engine: str) -> None:
    lines = set(started(chart.render(engine, TRACED).manifests))
    assert set(SPANS.get(engine, ())) <= lines
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT={HTTP}" in lines
    assert "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=false" in lines
    assert "OTEL_TRACES_SAMPLER=parentbased_always_on" in lines


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_collector_no_span_is_made(chart: Chart, engine: str) -> None:
    text = json.dumps(chart.render(engine, {}).manifests)
    assert "otlp" not in text.lower()
    assert "trace-config" not in text


@pytest.mark.parametrize("traced", [True, False])
def test_pods_may_reach_the_collector_where_there_is_one(chart: Chart, traced: bool) -> None:
    manifests = chart.render("vllm", TRACED if traced else {}).manifests
    (policy,) = [manifest for manifest in manifests if manifest["kind"] == "NetworkPolicy"]
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule.get("ports", [])}
    assert ({4317, 4318} <= ports) is traced
