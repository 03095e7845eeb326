"""No content leaves a node in a span, and what a trace is for does; the same share of traces is kept everywhere.

Attribute names are those that the platform's parts write, and those of the conventions that an own program may use.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.observability.logs.local_collector import Collector, running
from tests.observability.logs.otlp_sink import attributes
from tests.observability.logs.private_values import PRIVATE, core

KEPT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "tiny",
    "gen_ai.response.model": "tiny",
    "gen_ai.request.id": "chatcmpl-8f14e45f",
    "gen_ai.request.max_tokens": 512,
    "gen_ai.request.temperature": "0.7",
    "gen_ai.usage.prompt_tokens": 41,
    "gen_ai.usage.completion_tokens": 99,
    "gen_ai.latency.time_to_first_token": "0.041",
    "gen_ai.response.finish_reasons": ["stop"],
    "llm.model_name": "tiny",
    "llm.token_count.prompt": 41,
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "url.path": "/v1/chat/completions",
    "server.address": "10.0.5.9",
    "upstream_cluster": "models/tiny",
    "guid:x-request-id": "4b2c1f3e-9c1d-4a8e-8d1f-2a7b9c3d4e5f",
    "k8s.pod.ip": "10.0.5.9",
}
"""What a trace is for."""

CONTENT = (
    "gen_ai.prompt",
    "gen_ai.prompt.0.content",
    "gen_ai.completion",
    "gen_ai.completion.0.content",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "llm.input_messages.0.message.content",
    "llm.output_messages.0.message.content",
    "llm.prompts",
    "llm.prompt_template.variables",
    "input.value",
    "output.value",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "retrieval.documents.0.document.content",
    "reranker.query",
    "embedding.text",
    "embedding.embeddings.0.embedding.text",
    "message.content",
    "tool.parameters",
    "http.request.body",
    "http.response.body.text",
    "url.query",
    "db.statement",
    "db.query.text",
    "prompt",
    "messages",
    "completion",
)
"""Attributes that hold what was said."""

PERSONS = ("user.id", "user.email", "enduser.id", "client.address", "http.client_ip", "peer.address", "net.peer.ip")


def span(number: int, name: str = "chat tiny", **more: Any) -> dict[str, Any]:
    """A span of a trace of its own."""
    return {
        "traceId": f"{Random(number).getrandbits(128):032x}",  # noqa: S311 - any id
        "spanId": f"{number + 1:016x}",
        "name": name,
        "kind": 2,
        "startTimeUnixNano": "1732233600000000000",
        "endTimeUnixNano": "1732233601000000000",
        **more,
    }


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The collector as dev has it, which keeps every trace."""
    with running(tmp_path_factory.mktemp("collector"), "dev") as started:
        yield started


def arrived(collector: Collector, sent: dict[str, Any]) -> dict[str, Any]:
    """A span after its way through the collector."""
    before = len(collector.received.spans)
    collector.tell([sent])
    return collector.spans(before + 1)[before]


def test_what_a_trace_is_for_stays(collector: Collector) -> None:
    left = arrived(collector, span(1, attributes=attributes(KEPT)))
    assert left["attributes"] == KEPT
    assert left["name"] == "chat tiny"


@pytest.mark.parametrize("name", [*CONTENT, *PERSONS])
def test_an_attribute_that_holds_content_or_a_person_is_masked(collector: Collector, name: str) -> None:
    left = arrived(collector, span(2, attributes=attributes({name: "zqhello", "n": 1})))
    assert left["attributes"] == {name: "****", "n": 1}


def test_what_an_error_says_is_redacted_wherever_it_stands(collector: Collector) -> None:
    said = "ValueError: prompt: 'zqhello' of jo@example.com is too long"
    event = {"name": "exception", "attributes": attributes({"exception.message": said, "exception.type": "ValueError"})}
    left = arrived(collector, span(3, status={"code": 2, "message": said}, events=[event]))
    assert left["attributes"] == {"status.message": "ValueError: **** of **** is too long"}
    assert left["span"]["status"] == {"code": 2}
    assert "zqhello" not in json.dumps(left)
    assert "ValueError: **** of **** is too long" in json.dumps(left["span"]["events"])


@pytest.mark.parametrize("kind", PRIVATE)
def test_no_private_value_leaves_in_an_attribute(collector: Collector, kind: str) -> None:
    value = PRIVATE[kind](Random(7))  # noqa: S311 - the same value in every run
    left = arrived(collector, span(4, attributes=attributes({"note": f"caller {value} went away", "list": [value]})))
    assert core(kind, value) not in json.dumps(left, ensure_ascii=False)
    assert left["attributes"]["note"].startswith("caller ")


def test_a_resource_is_redacted_too(collector: Collector) -> None:
    collector.tell([span(5)], {"service.name": "tiny", "process.command_line": "serve --api-key=abcdefgh12345"})
    collector.spans(len(collector.received.spans))
    collector.wait(lambda: "process.command_line" in collector.received.everything, "the resource")
    assert "abcdefgh12345" not in collector.received.everything


def test_production_keeps_a_tenth_of_the_traces_and_every_node_the_same(tmp_path: Path) -> None:
    """All spans of a trace or none: whichever node a part of it ran on."""
    kept: list[set[str]] = []
    for node in ("a", "b"):
        (tmp_path / node).mkdir()
        with running(tmp_path / node) as collector:
            for first in range(0, 1000, 250):
                collector.tell([span(number) for number in range(first, first + 250)])
            collector.wait(lambda: len(collector.received.spans) >= 60, "sampled spans")
        kept.append({one["trace"] for one in collector.received.spans})
    assert kept[0] == kept[1]
    assert 60 <= len(kept[0]) <= 140
