"""A line leads to the trace of the caller, where there is one."""

from __future__ import annotations

import json

import pytest
import structlog

from workloads.logs import log_to_stderr, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize("flags", ["00", "01"])
def test_the_callers_trace_is_known(flags: str) -> None:
    assert trace_of(f"00-{TRACE}-{SPAN}-{flags}") == {"trace_id": TRACE, "span_id": SPAN}


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "hello",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
    ],
)
def test_what_is_no_trace_is_left_out(traceparent: str) -> None:
    assert trace_of(traceparent) == {}


def test_a_line_is_json_with_the_fields_that_the_collector_reads(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(human=False)
    with structlog.contextvars.bound_contextvars(**trace_of(f"00-{TRACE}-{SPAN}-01")):
        structlog.get_logger().info("answered", status=200)
    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp")
    assert line == {"event": "answered", "level": "info", "status": 200, "trace_id": TRACE, "span_id": SPAN}
