"""`serve`: the search service."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    settings_file: Annotated[Path, typer.Argument(metavar="SETTINGS", help="Settings of the pipeline, a YAML file.")],
    host: Annotated[str, typer.Option("--host", help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)] = 8080,
) -> None:
    """Answer searches over HTTP until SIGTERM or Ctrl-C: /search, /healthz, /readyz, /metrics, /docs, /openapi.json."""
    from workloads.archive import open_archive  # noqa: PLC0415 - as above
    from workloads.embedding.search.kept_drift import KeptDrift  # noqa: PLC0415 - as above
    from workloads.embedding.search.opening import open_reader  # noqa: PLC0415 - as above
    from workloads.embedding.search.service import service  # noqa: PLC0415 - as above
    from workloads.embedding.search.serving import listen  # noqa: PLC0415 - as above
    from workloads.embedding.search.serving import serve as run  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above
    from workloads.faults import AccessError  # noqa: PLC0415 - `--help` should not wait for these
    from workloads.logs import log_to_stderr  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    key_name = settings.search.api_key_env
    key = os.environ.get(key_name, "").strip() if key_name is not None else None
    if key == "":
        raise AccessError(f"search.api_key_env: the environment variable {key_name} is not set")
    log_to_stderr(human=sys.stderr.isatty())
    listening = listen(host, port)
    reader = open_reader(settings)
    drift = KeptDrift(lambda: open_archive(settings.manifests), lambda: reader.target().spec.name)
    address = f"[{host}]" if ":" in host else host
    run(
        service(reader, settings.search, key, drift),
        listening,
        settings.search.timeout_seconds,
        lambda: typer.echo(f"serving {settings.index} at http://{address}:{listening.getsockname()[1]}"),
    )
