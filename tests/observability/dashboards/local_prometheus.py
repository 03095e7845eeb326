"""A real Prometheus on this machine, over given samples or over storage that somebody else answers for."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from observability.preview.prometheus_api import PrometheusApi
from rehearsal.cluster.ports import free_port
from rehearsal.observe import programs
from tests.observability.programs import program

PATIENCE_SECONDS = 240


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
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        str(prometheus or program("prometheus")),
        f"--config.file={settings}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        *options,
    ]
    with programs.running("Prometheus", command, folder / "log", f"{address}/-/ready"):
        yield PrometheusApi(address)
