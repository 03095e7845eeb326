"""What is said about values that a JSON Schema refuses. Does not prove that a schema is the right one."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.value_schema_faults import value_faults

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["engine"],
    "properties": {
        "engine": {"type": "string", "enum": ["vllm", "tgi"]},
        "model": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "dtype": {"const": "bfloat16"},
                "revision": {"type": "string", "pattern": "^[0-9a-f]{4}$", "description": "Commit."},
                "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                "tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 8},
            },
        },
        "args": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "switch": {"type": "boolean"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def said(**values: Any) -> list[str]:
    faults = value_faults(SCHEMA, {"engine": "vllm", **values})
    return [f"{'.'.join(map(str, fault.path))}: {fault.value!r}: {fault.message}" for fault in faults]


def test_values_without_a_fault() -> None:
    assert said(model={"share": 0.5, "tokens": None}, args=["-v"], labels={"a": "b"}) == []


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"modle": {}},
            "modle: {}: unknown key; did you mean 'model'?; allowed: engine, model, args, switch, labels",
        ),
        (
            {"model": {"token": 1}},
            "model.token: 1: unknown key; did you mean 'tokens'?; allowed: dtype, revision, share, tokens",
        ),
        ({"engine": "vlm"}, "engine: 'vlm': allowed: 'vllm' or 'tgi'; did you mean 'vllm'?"),
        ({"model": {"dtype": "float64"}}, "model.dtype: 'float64': allowed: 'bfloat16'"),
        ({"model": {"revision": "main"}}, "model.revision: 'main': allowed: text (of the form ^[0-9a-f]{4}$; Commit)"),
        ({"model": {"share": 0}}, "model.share: 0: allowed: a number above 0 to 1"),
        ({"model": {"tokens": 9}}, "model.tokens: 9: allowed: a whole number or null from 1 to 8"),
        ({"model": "qwen"}, "model: 'qwen': allowed: a mapping with the keys dtype, revision, share, tokens"),
        ({"switch": "yes"}, "switch: 'yes': allowed: true or false"),
        ({"args": ["a", "b", "c"]}, "args: ['a', 'b', 'c']: allowed: a list of at most 2 entries"),
        ({"args": [1]}, "args.0: 1: allowed: text"),
        ({"labels": {"a": 1}}, "labels.a: 1: allowed: text"),
        ({"labels": {8: "x", "b": True}}, "labels.b: True: allowed: text"),
    ],
)
def test_a_fault_says_what_is_allowed(values: dict[str, Any], line: str) -> None:
    assert said(**values) == [line]


def test_a_missing_value() -> None:
    faults = list(value_faults(SCHEMA, {}))
    assert faults == [(("engine",), None, "required; allowed: 'vllm' or 'tgi'")]


def test_faults_come_in_the_order_of_their_keys() -> None:
    assert [line.partition(":")[0] for line in said(switch=1, args=1, model=1)] == ["args", "model", "switch"]
