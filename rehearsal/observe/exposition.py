"""The day as one page of metrics, which is asked for a moment or for now, and a server that answers with it."""

from __future__ import annotations

import threading
import time
import urllib.parse
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from observability.preview.local_server import LocalServer, serving
from rehearsal.observe.story.day import told
from rehearsal.observe.story.incident import Incident
from rehearsal.observe.story.moment import Moment
from rehearsal.observe.story.sample import Labels


@dataclass
class Exposition:
    """Pages of later and later moments; a counter goes on from page to page."""

    end: float
    """Unix time of the day's end."""
    incidents: frozenset[Incident]
    _last: float | None = None
    _counters: dict[str, float] = field(default_factory=dict[str, float])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, at: float) -> str:
        """What a scrape of that moment finds. Raises ValueError for a moment before that of the last page."""
        with self._lock:
            if self._last is not None and at < self._last:
                raise ValueError(f"{at} lies before the last page, {self._last}: counters do not fall")
            passed = 0.0 if self._last is None else at - self._last
            self._last = at
            lines: list[str] = []
            counters: dict[str, float] = {}
            before: Labels | None = None
            inside = ""
            for name, labels, value, per_second, limit in told(Moment(at, self.end, self.incidents)):
                if labels is not before:  # many metrics in a row have the very same labels
                    before, inside = labels, ",".join([f'{label}="{text}"' for label, text in labels.items()])
                series = f'{name}{{{inside},le="{limit}"}}' if limit else f"{name}{{{inside}}}"
                shown = value
                if per_second:
                    # One that was not there before starts at 0, as that of a pod that starts does.
                    total = self._counters.get(series)
                    shown = counters[series] = 0.0 if total is None else total + value * passed
                lines.append(f"{series} {shown:.12g}\n")
            self._counters = counters
            return "".join(lines)


@contextmanager
def exporting(exposition: Exposition, clock: Callable[[], float] = time.time) -> Generator[int]:
    """The page behind a port of this machine: `/metrics?at=<Unix time>`, or of now."""

    class Page(BaseHTTPRequestHandler):
        """Answers GET with the page."""

        protocol_version = "HTTP/1.1"  # one connection for all pages
        wbufsize = -1  # an answer is one packet: two would wait for each other

        def do_GET(self) -> None:
            """One scrape."""
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            try:
                status, text = 200, exposition.page(float(asked["at"][0]) if "at" in asked else clock())
            except ValueError as error:
                status, text = 400, str(error)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Scrapes are not logged."""

    with serving(LocalServer(0, Page)) as port:
        yield port
