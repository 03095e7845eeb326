"""All pages: written as files, or answered one at a time by a small server."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from observability.preview import alert_history
from observability.preview.dashboard_file import DashboardFile, read
from observability.preview.local_server import LocalServer
from observability.preview.page import dashboard_page, index_page, skeleton
from observability.preview.prometheus_api import PrometheusApi, QueryError
from observability.preview.render import choose

FIRST = "llm-platform-overview"


@dataclass(frozen=True)
class Site:
    """Dashboards over one Prometheus."""

    api: PrometheusApi
    boards: Sequence[DashboardFile]
    theme: str = ""
    """light or dark; empty follows the reader's system."""
    front: Callable[[], str] = str
    """More of the first page, before the alerts."""

    def page(
        self, name: str, end: float, hours: float | None, asked: Mapping[str, Sequence[str]], *, live: bool
    ) -> str | None:
        """The page of a dashboard by its uid, or of `index`; None where there is none."""
        addresses = {board.uid: f"{board.uid}.html" for board in self.boards} | {"index": "index.html"}
        if name == "index":
            window = choose(self.api, self.boards[0], end, hours or 24, {}).window
            return index_page(self.boards, addresses, self.theme, self.front() + alert_history.lanes(self.api, window))
        board = next((board for board in self.boards if board.uid == name), None)
        if board is None:
            return None
        chosen = choose(self.api, board, end, hours, asked)
        return dashboard_page(chosen, self.boards, addresses, self.theme, live=live)

    def write(self, folder: Path, end: float, hours: float | None) -> list[Path]:
        """Every page as a file that needs nothing else."""
        folder.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for name in ["index", *(board.uid for board in self.boards)]:
            path = folder / f"{name}.html"
            path.write_text(self.page(name, end, hours, {}, live=False) or "")
            written.append(path)
        return written


def boards_in(folder: Path) -> list[DashboardFile]:
    """Every dashboard of a folder, the overview first."""
    found = [read(path) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda board: (board.uid != FIRST, board.title))


def trouble(message: str, theme: str) -> str:
    """A page that says what is wrong."""
    return skeleton("Not shown", f'<h1>Not shown</h1><p class="fault">{escape(message)}</p>', theme)


def server(site: Site, port: int, end: float | None = None) -> LocalServer:
    """Pages on this machine only, drawn anew for each visit; `end` fixes what "now" is."""

    class Pages(BaseHTTPRequestHandler):
        """Answers GET with a page."""

        def do_GET(self) -> None:
            """`/<uid>.html?hours=6&var-model=...`."""
            address = urllib.parse.urlsplit(self.path)
            asked = urllib.parse.parse_qs(address.query)
            values = {name.removeprefix("var-"): entries for name, entries in asked.items() if name.startswith("var-")}
            name = address.path.strip("/").removesuffix(".html") or "index"
            try:
                hours = float(asked["hours"][0]) if "hours" in asked else None
                text = site.page(name, time.time() if end is None else end, hours, values, live=True)
                status = HTTPStatus.OK if text is not None else HTTPStatus.NOT_FOUND
            except (QueryError, ValueError, OverflowError) as error:
                text, status = trouble(str(error), site.theme), HTTPStatus.BAD_GATEWAY
            body = (text or trouble("There is no such dashboard.", site.theme)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Visits are not logged."""

    return LocalServer(port, Pages)
