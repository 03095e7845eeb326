"""What Alertmanager tells, and to whom: its receivers bring it here."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from observability.preview.local_server import LocalServer, serving


@dataclass(frozen=True)
class Message:
    """One alert within a notification."""

    receiver: str
    alert: str
    status: str
    summary: str
    at: float


@dataclass
class Messages:
    """All of them, from the oldest to the newest."""

    _all: list[Message] = field(default_factory=list[Message])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, receiver: str, document: str) -> None:
        """Keep what a notification says. Raises ValueError for what is none."""
        alerts = json.loads(document)["alerts"]
        with self._lock:
            for alert in alerts:
                summary = alert["annotations"].get("summary", "")
                name = alert["labels"].get("alertname", "")
                self._all.append(Message(receiver, name, alert["status"], summary, time.time()))

    def all(self) -> list[Message]:
        """Those that have come by now."""
        with self._lock:
            return list(self._all)


@contextmanager
def receiving(messages: Messages) -> Generator[int]:
    """A port of this machine that takes Alertmanager's webhooks: the path is the receiver's name."""

    class Webhook(BaseHTTPRequestHandler):
        """Takes POST."""

        def do_POST(self) -> None:
            """One notification."""
            length = int(self.headers.get("Content-Length", "0"))
            try:
                messages.take(self.path.strip("/"), self.rfile.read(length).decode())
                self.send_response(200)
            except (ValueError, KeyError):
                self.send_response(400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Notifications are not logged."""

    with serving(LocalServer(0, Webhook)) as port:
        yield port
