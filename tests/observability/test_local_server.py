"""Who asks may go away, which is no fault; a fault of the answer is told, and another gets its answer in both cases."""

from __future__ import annotations

import http.client
import socket
import struct
from http.server import BaseHTTPRequestHandler

import pytest

from observability.preview.local_server import LocalServer, serving


class Answers(BaseHTTPRequestHandler):
    """An answer, or a fault of ours."""

    def do_GET(self) -> None:
        if self.path == "/fault":
            raise ZeroDivisionError
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Not logged."""


def gone_within_the_question(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as asking:
        asking.sendall(b"GET / HT")
        # Closed with a reset, as by the kernel for a program that was killed.
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def asked(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


class Waiting(LocalServer):
    """Ends only when every question was dealt with, so that nothing is told later."""

    daemon_threads = False


def test_who_goes_away_is_no_fault(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(Waiting(0, Answers)) as port:
        gone_within_the_question(port)
        assert asked(port, "/") == 204
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_answer_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(Waiting(0, Answers)) as port:
        with pytest.raises(http.client.RemoteDisconnected):
            asked(port, "/fault")
        assert asked(port, "/") == 204
    assert "ZeroDivisionError" in capfd.readouterr().err
