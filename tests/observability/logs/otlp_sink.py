"""Stand-ins for Loki and Tempo: they take what comes over OTLP as JSON and keep it."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from observability.preview.local_server import LocalServer, serving

ADDRESS: Final = "127.0.0.1"


@dataclass
class Received:
    """What reached Loki and Tempo."""

    logs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """One per line: body, trace, attributes and those of its resource."""
    spans: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    raw: list[str] = field(default_factory=list[str])
    """Everything that was sent, as it was sent."""
    answers: int = 200
    """What Loki and Tempo say to what they are sent."""
    refused: int = 0
    """How often they said something else than 200."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def everything(self) -> str:
        with self.lock:
            return "\n".join(self.raw)

    def body(self, pod: str) -> list[Any]:
        """The lines of a pod."""
        with self.lock:
            return [line["body"] for line in self.logs if line["resource"].get("k8s.pod.name") == pod]


def attributes(values: Mapping[str, object]) -> list[dict[str, Any]]:
    """Attributes in OTLP's JSON; a list becomes one."""
    return [{"key": key, "value": _any_value(value)} for key, value in values.items()]


def plain(value: Mapping[str, Any]) -> Any:
    """A value of OTLP's JSON as Python has it."""
    if "kvlistValue" in value:
        return {entry["key"]: plain(entry["value"]) for entry in value["kvlistValue"].get("values", [])}
    if "arrayValue" in value:
        return [plain(entry) for entry in value["arrayValue"].get("values", [])]
    if "intValue" in value:
        return int(value["intValue"])
    return next(iter(value.values()), None)


@contextmanager
def stand_in(received: Received) -> Generator[int]:
    """Take what comes over OTLP as JSON, and tell the port."""

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            document = json.loads(text)
            with received.lock:
                if received.answers == HTTPStatus.OK:
                    received.raw.append(text)
                    received.logs.extend(_log_lines(document))
                    received.spans.extend(_span_records(document))
                else:
                    received.refused += 1
            self.send_response(received.answers)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(LocalServer(0, Sink)) as port:
        yield port


def _log_lines(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for group in document.get("resourceLogs", []):
        resource = {entry["key"]: plain(entry["value"]) for entry in group["resource"].get("attributes", [])}
        for scope in group["scopeLogs"]:
            for record in scope["logRecords"]:
                yield {
                    "resource": resource,
                    "body": plain(record.get("body", {})),
                    "trace": record.get("traceId", ""),
                    "span": record.get("spanId", ""),
                    "attributes": {entry["key"]: plain(entry["value"]) for entry in record.get("attributes", [])},
                }


def _span_records(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for group in document.get("resourceSpans", []):
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                found = {entry["key"]: plain(entry["value"]) for entry in span.get("attributes", [])}
                yield {"name": span["name"], "trace": span["traceId"], "attributes": found, "span": span}


def _any_value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(entry) for entry in value]}}  # pyright: ignore[reportUnknownVariableType] - any value
    return {"stringValue": str(value)}
