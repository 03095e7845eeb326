"""A real Prometheus on this machine, over given samples or over storage that somebody else answers for."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from observability.preview.prometheus_api import PrometheusApi, QueryError
from rehearsal.observe import programs
from tests.observability.programs import program

PATIENCE_SECONDS = 240
RECORDED_SECONDS = 200
SETTLED_SECONDS = 5
"""After so long, what was scraped and evaluated at a moment is there; a scrape has a second."""


def backfill(lines: Iterable[str], folder: Path) -> Path:
    """Storage with the samples of an OpenMetrics text.

    In blocks of weeks: promtool reads the whole text once for each block.
    """
    text, data = folder / "samples.om", folder / "data"
    with text.open("w") as file:
        file.writelines(lines)
    subprocess.run(  # noqa: S603 - a program and files of our own
        [program("promtool"), "tsdb", "create-blocks-from", "--max-block-duration=1000h", "openmetrics", text, data],
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    text.unlink()
    return data


@contextmanager
def running(
    folder: Path, configuration: str = "global: {}\n", *options: str, prometheus: Path | None = None
) -> Generator[PrometheusApi]:
    """Prometheus, the installed one or another, over `folder`/data; samples of any age are kept."""
    settings = folder / "prometheus.yml"
    settings.write_text(configuration)
    command = [
        str(prometheus or program("prometheus")),
        f"--config.file={settings}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        *options,
    ]
    log = folder / "log"
    with programs.running("Prometheus", lambda port: [*command, f"--web.listen-address=127.0.0.1:{port}"], log) as port:
        yield PrometheusApi(f"http://127.0.0.1:{port}", timeout_seconds=120)


def complete(missing: Callable[[float], Iterable[object]]) -> float:
    """A moment at which nothing is missing, for every query of a test.

    A moment later it may be: one slow scrape makes series stale until the next.
    """
    deadline = time.monotonic() + RECORDED_SECONDS
    while True:
        when = time.time() - SETTLED_SECONDS
        try:
            found = list(missing(when))
        except QueryError as error:
            found = [error]
        if not found:
            return when
        assert time.monotonic() < deadline, f"never there: {found}"
        time.sleep(1)
