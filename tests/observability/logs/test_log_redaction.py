"""No prompt, secret or personal datum leaves a node in a log, and ordinary lines do, whole: the real collector runs.

Not proven: formats that nobody thought of. A text that a program writes bare, without a name before it, can't be told
from other words; hence the engines' own flags (test_engine_flags.py).
"""

from __future__ import annotations

import itertools
import json
from random import Random
from typing import Any

import pytest

from tests.observability.logs.engine_lines import CARRYING, ORDINARY, ORDINARY_JSON, SAYING
from tests.observability.logs.local_collector import Collector
from tests.observability.logs.private_values import PRIVATE, core, saying

SEEDS = range(8)
_numbers = itertools.count()


def pod(kind: str) -> str:
    """A name that no other pod has."""
    return f"{kind}-{next(_numbers)}"


def one_line(text: str) -> str:
    """What a program writes bare is one line of the log; other lines of it can't be known as what they are."""
    return text.replace("\n", " ")


@pytest.mark.parametrize("line", ORDINARY, ids=range(len(ORDINARY)))
def test_an_ordinary_line_stays_as_it_is(collector: Collector, line: str) -> None:
    name = pod("ordinary")
    collector.write(name, [line])
    assert collector.lines_of(name, 1) == [line]


@pytest.mark.parametrize("fields", ORDINARY_JSON, ids=range(len(ORDINARY_JSON)))
def test_ordinary_fields_stay_as_they_are(collector: Collector, fields: dict[str, Any]) -> None:
    name = pod("ordinary")
    collector.write(name, [json.dumps(fields)])
    assert collector.lines_of(name, 1) == [fields]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_was_said_leaves_in_any_engines_format(collector: Collector, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same lines in every run
    lines = [one_line(write(saying(chance))) for write in SAYING.values() for _ in range(20)]
    name = pod("said")
    collector.write(name, lines)
    left = collector.lines_of(name, len(lines))
    assert [(line, came) for line, came in zip(lines, left, strict=True) if "zq" in json.dumps(came)] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_no_private_value_leaves_in_any_engines_format(collector: Collector, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same values in every run
    values: list[str] = []
    lines: list[str] = []
    for kind, made in PRIVATE.items():
        for write in CARRYING.values():
            value = made(chance)
            values.append(core(kind, value))
            lines.append(write(value))
    name = pod("private")
    collector.write(name, lines)
    left = [json.dumps(line, ensure_ascii=False) for line in collector.lines_of(name, len(lines))]
    leaked = [(line, came) for value, line, came in zip(values, lines, left, strict=True) if value in came]
    assert leaked == []


@pytest.mark.parametrize("kind", CARRYING)
def test_what_stands_beside_a_private_value_stays(collector: Collector, kind: str) -> None:
    name = pod("beside")
    collector.write(name, [CARRYING[kind]("someone@example.com")])
    (left,) = collector.lines_of(name, 1)
    kept = CARRYING[kind]("****")
    assert left == (json.loads(kept) if kept.startswith("{") else kept)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("authorization", "Basic abc"),
        ("x-api-key", "abc"),
        ("password", "abc"),
        ("hf_token", "abc"),
        ("email", "nobody"),
        ("x-forwarded-for", "198.51.100.7"),
        ("client_ip", "198.51.100.7"),
        ("messages", [{"role": "user", "content": "zqhello"}]),
        ("input_ids", [1, 2, 3]),
        ("prompt", {"text": "zqhello"}),
    ],
)
def test_a_field_is_known_by_its_name_at_any_depth(collector: Collector, field: str, value: object) -> None:
    name = pod("field")
    collector.write(name, [json.dumps({field: value, "n": 1}), json.dumps({"deep": [{"er": {field: value, "n": 1}}]})])
    flat, deep = collector.lines_of(name, 2)
    assert flat == {field: "****", "n": 1}
    assert deep == {"deep": [{"er": {field: "****", "n": 1}}]}


def test_a_line_that_the_runtime_cut_is_judged_as_a_whole(collector: Collector) -> None:
    name = pod("long")
    text = "zqword " * 30_000
    collector.write(name, [json.dumps({"event": "answered", "prompt": text, "status": 200}), f"prompt: {text!r}, n: 1"])
    assert collector.lines_of(name, 2) == [{"event": "answered", "prompt": "****", "status": 200}, "****, n: 1"]


def test_a_line_of_a_private_key_is_masked_without_its_first_one(collector: Collector) -> None:
    name = pod("key")
    collector.write(name, ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"])
    assert collector.lines_of(name, 1) == ["****"]


def test_broken_json_is_text(collector: Collector) -> None:
    name = pod("broken")
    collector.write(name, ['{"prompt": "zqhello', '{"event": "x", "password": "abcdefgh", }', "{not JSON}"])
    assert collector.lines_of(name, 3) == ["{****", '{"event": "x", "****", }', "{not JSON}"]


def test_what_an_access_log_was_asked_for_is_kept_without_the_query(collector: Collector) -> None:
    name = pod("query")
    collector.write(name, ['INFO: 10.0.3.17:5 - "GET /search?q=zqhello%20zqworld&k=3 HTTP/1.1" 200 OK'])
    assert collector.lines_of(name, 1) == ['INFO: 10.0.3.17:5 - "GET /search**** HTTP/1.1" 200 OK']


def test_prompts_pass_where_a_model_may_log_them_and_nothing_else_does(collector: Collector) -> None:
    name = pod("sensitive")
    collector.write(name, [json.dumps({"prompt": "zqhello of jo@example.com", "hf_token": "abc"}), "prompt: 'zqhello'"])
    assert collector.lines_of(name, 2) == [{"prompt": "zqhello of ****", "hf_token": "****"}, "prompt: 'zqhello'"]


def test_a_class_that_is_none_of_ours_is_operational_and_redacted(collector: Collector) -> None:
    name = pod("unheard-of")
    collector.write(name, ["prompt: 'zqhello'"])
    assert collector.lines_of(name, 1) == ["****"]
    (line,) = [line for line in collector.received.logs if line["resource"]["k8s.pod.name"] == name]
    assert line["resource"]["data_class"] == "operational"


def test_a_line_of_ours_carries_its_trace(collector: Collector) -> None:
    name = pod("traced")
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    collector.write(name, [json.dumps({"event": "answered", "trace_id": trace, "span_id": span}), '{"trace_id": "no"}'])
    collector.lines_of(name, 2)
    ids = [
        (line["trace"], line["span"]) for line in collector.received.logs if line["resource"]["k8s.pod.name"] == name
    ]
    assert ids == [(trace, span), ("", "")]


def test_what_loki_takes_as_labels_is_there_and_no_more_than_that_varies(collector: Collector) -> None:
    name = pod("audit")
    collector.write(name, ["hello"])
    collector.lines_of(name, 1)
    (line,) = [line for line in collector.received.logs if line["resource"]["k8s.pod.name"] == name]
    assert line["resource"] == {
        "k8s.namespace.name": "serving",
        "k8s.pod.name": name,
        "k8s.container.name": "engine",
        "k8s.container.restart_count": "0",
        "k8s.pod.uid": line["resource"]["k8s.pod.uid"],
        "model": "tiny",
        "data_class": "audit",
    }
