"""`python -m observability.preview`: dashboards over a Prometheus, without Grafana."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path

from observability.preview.prometheus_api import PrometheusApi
from observability.preview.screenshots import capture
from observability.preview.site import Site, boards_in, server

DASHBOARDS = Path(__file__).resolve().parents[2] / "charts" / "monitoring" / "dashboards"


def main() -> None:
    """Serve the pages, or write them, or take pictures of them."""
    parser = argparse.ArgumentParser(prog="python -m observability.preview", description=__doc__)
    parser.add_argument("--prometheus", default="http://localhost:9090", help="address of a Prometheus")
    parser.add_argument("--dashboards", type=Path, default=DASHBOARDS, help="folder with dashboards' JSON")
    parser.add_argument("--at", type=datetime.fromisoformat, help="what `now` is, e.g. 2026-11-21T12:00+00:00")
    parser.add_argument("--hours", type=float, help="length of time, instead of each dashboard's own")
    parser.add_argument("--theme", choices=["light", "dark"], default="", help="instead of the reader's own")
    ways = parser.add_subparsers(dest="way", required=True)
    serve = ways.add_parser("serve", help="answer on this machine until interrupted")
    serve.add_argument("--port", type=int, default=8300)
    for name, text in (("write", "write pages into a folder"), ("screenshots", "write pictures into a folder")):
        ways.add_parser(name, help=text).add_argument("folder", type=Path)
    chosen = parser.parse_args()
    site = Site(PrometheusApi(chosen.prometheus), boards_in(chosen.dashboards), chosen.theme)
    end = chosen.at.timestamp() if chosen.at else None
    if chosen.way == "serve":
        pages = server(site, chosen.port, end)
        sys.stdout.write(f"dashboards at http://127.0.0.1:{pages.server_port}/\n")
        sys.stdout.flush()
        pages.serve_forever()
    else:
        pictures = chosen.way == "screenshots"
        folder: Path = chosen.folder / "pages" if pictures else chosen.folder
        for page in site.write(folder, end or time.time(), chosen.hours):
            sys.stdout.write(f"wrote {page}\n")
            for theme in ("light", "dark") if pictures else ():
                capture(page, chosen.folder / f"{page.stem}-{theme}.png", theme)


if __name__ == "__main__":
    main()
