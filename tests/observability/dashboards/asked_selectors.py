"""Which series a query asks for, as Prometheus itself sees it.

A Prometheus without storage of its own reads through its remote read interface from here; this end writes down the
matchers it is asked for and answers that there is nothing. So no PromQL is parsed but by Prometheus.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from observability.preview.local_server import LocalServer, serving
from observability.preview.prometheus_api import PrometheusApi
from tests.observability.dashboards.local_prometheus import running

OPERATORS = ("=", "!=", "=~", "!~")


@dataclass(frozen=True)
class Matcher:
    """One condition of a selector."""

    label: str
    operator: str
    value: str


Selector = tuple[Matcher, ...]


@dataclass
class Asked:
    """A Prometheus, and what it asked for."""

    api: PrometheusApi
    seen: list[Selector] = field(default_factory=list[Selector])

    def selectors(self, query: str) -> list[Selector]:
        """The selectors of a query; refused by Prometheus if it does not parse."""
        self.seen.clear()
        self.api.instant(query, 1e9)
        return list(self.seen)


@contextmanager
def asking(folder: Path) -> Generator[Asked]:
    """Prometheus with this program as its storage."""
    asked: list[Selector] = []

    class Storage(BaseHTTPRequestHandler):
        """Remote read: snappy of protobuf, both ways."""

        def do_POST(self) -> None:
            request = uncompressed(self.rfile.read(int(self.headers["Content-Length"])))
            queries = [value for number, value in fields(request) if number == 1 and isinstance(value, bytes)]
            asked.extend(selector(query) for query in queries)
            body = compressed(b"\x0a\x00" * len(queries))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Encoding", "snappy")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(LocalServer(0, Storage)) as port:
        address = f"http://127.0.0.1:{port}/"
        with running(folder, f"remote_read: [{{url: '{address}', read_recent: true}}]\n") as api:
            yield Asked(api, asked)


def selector(query: bytes) -> Selector:
    """A Query's matchers, without the one that only says where its metric's name stands."""
    matchers: list[Matcher] = []
    for number, value in fields(query):
        if number == 3 and isinstance(value, bytes):
            parts = dict(fields(value))
            kind = parts.get(1, 0)
            name, text = parts.get(2, b""), parts.get(3, b"")
            assert isinstance(kind, int)
            assert isinstance(name, bytes)
            assert isinstance(text, bytes)
            matchers.append(Matcher(name.decode(), OPERATORS[kind], text.decode()))
    return tuple(matchers)


def metric(found: Selector) -> str:
    """The metric that a selector names."""
    names = [m.value for m in found if m.label == "__name__" and m.operator == "="]
    assert len(names) == 1, f"a selector without one metric's name: {found}"
    return names[0]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields of a protobuf message: numbers and bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        match key & 7:
            case 0:
                value, at = varint(data, at)
                yield key >> 3, value
            case 2:
                length, at = varint(data, at)
                yield key >> 3, data[at : at + length]
                at += length
            case 1 | 5:
                at += 8 if key & 7 == 1 else 4
            case kind:
                raise ValueError(f"wire type {kind}")


def compressed(data: bytes) -> bytes:
    """Snappy's block format with a single literal."""
    assert len(data) < 60
    return bytes([len(data), (len(data) - 1) << 2]) + data if data else b"\x00"


def uncompressed(data: bytes) -> bytes:
    """Snappy's block format: literals, and copies of what came before."""
    length, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                wide = size - 59
                size = int.from_bytes(data[at : at + wide], "little")
                at += wide
            out += data[at : at + size + 1]
            at += size + 1
            continue
        if tag & 3 == 1:
            size, offset = ((tag >> 2) & 7) + 4, (tag >> 5) << 8 | data[at]
            at += 1
        else:
            wide = 2 if tag & 3 == 2 else 4
            size, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + wide], "little")
            at += wide
        for _ in range(size):
            out.append(out[-offset])
    assert len(out) == length
    return bytes(out)
