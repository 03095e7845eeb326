"""A stand-in for Grafana's HTTP API that keeps what it is sent, and answers as Grafana's documentation says."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from observability.preview.local_server import LocalServer, serving

TOKEN = "token-of-a-test"


@dataclass
class Grafana:
    """What it has, and what was asked of it."""

    address: str = ""
    token: str = TOKEN
    folder_status: int = 200
    dashboard_status: int = 200
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By uid; each has the key `folderUid`."""
    data_sources: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def answer(  # noqa: PLR0911 - one answer for each thing that can be asked
        self, method: str, path: str, body: dict[str, Any]
    ) -> tuple[int, Any]:
        """Its state and what it says."""
        asked = urlsplit(path)
        kind, _, uid = asked.path.removeprefix("/api/").rpartition("/uid/")
        match (method, kind or uid):
            case ("POST", "folders"):
                return self.folder_status, {"message": "as told"}
            case ("POST", "dashboards/db"):
                dashboard = body["dashboard"]
                if self.dashboard_status == 200:
                    self.dashboards[dashboard["uid"]] = dashboard | {"folderUid": body["folderUid"]}
                return self.dashboard_status, {"url": f"/d/{dashboard['uid']}"}
            case ("DELETE", "dashboards"):
                return (200 if self.dashboards.pop(uid, None) else 404), {}
            case ("GET", "search"):
                folders = parse_qs(asked.query)["folderUIDs"]
                found = {uid: each for uid, each in self.dashboards.items() if each["folderUid"] in folders}
                return 200, [{"uid": uid, "folderUid": each["folderUid"]} for uid, each in found.items()]
            case ("GET", "datasources"):
                return (200, self.data_sources[uid]) if uid in self.data_sources else (404, {"message": "not found"})
            case ("POST" | "PUT", "datasources"):
                if method == "POST" and body["uid"] in self.data_sources:
                    return 409, {"message": "data source with the same uid already exists"}
                self.data_sources[body["uid"]] = body
                return 200, {"datasource": body}
            case _:
                return 404, {"message": f"no {method} {path}"}


@contextmanager
def standing() -> Generator[Grafana]:
    """A stand-in on this machine."""
    found = Grafana()

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
            found.asked.append((self.command, self.path))
            found.bodies.append(body)
            status, told = found.answer(self.command, self.path, body)
            if self.headers["Authorization"] != f"Bearer {found.token}":
                # Not as Grafana does: whether a message repeats the token is to be seen.
                status, told = 401, {"message": f"Invalid {self.headers['Authorization']}"}
            text = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(LocalServer(0, Api)) as port:
        found.address = f"http://127.0.0.1:{port}/"
        yield found
