"""The `quality` command."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from workloads.faults import InputError, ProgramError
from workloads.quality.settings import load_settings

DRIFTED: Final = 6

app = typer.Typer(
    name="quality",
    help="Watch the quality of a served model: labelled answers, and drift from a reference.",
    epilog="Exit status: 0 fine, 1 broken, 2 bad input, 3 the data can't be reached, 4 credentials refused, 5 the data "
    "are not what the settings say, 6 drift (with --fail-on-drift), 130 or 143 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
SettingsFile = Annotated[Path, typer.Argument(metavar="SETTINGS", help="Settings of the watch, a YAML file.")]


@app.command()
def run(
    settings_file: SettingsFile,
    at: Annotated[
        float | None, typer.Option("--at", metavar="SECONDS", help="As if it were this time, in seconds since 1970.")
    ] = None,
    metrics_file: Annotated[
        Path | None,
        typer.Option("--metrics-file", metavar="FILE", help="Leave metrics here, for a textfile collector."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    fail_on_drift: Annotated[
        bool, typer.Option("--fail-on-drift", help="Exit with status 6 where it drifted.")
    ] = False,
) -> None:
    """Look at the data once, keep the result and its pages, and say what was found."""
    settings = load_settings(settings_file)

    # Seconds of imports, which a mistake in the settings need not wait for.
    from prometheus_client import CollectorRegistry, write_to_textfile  # noqa: PLC0415 - see above

    from workloads.archive import open_archive  # noqa: PLC0415 - see above
    from workloads.quality.exporter import Exporter  # noqa: PLC0415 - see above
    from workloads.quality.run import run as carry_out  # noqa: PLC0415 - see above
    from workloads.quality.summary import told  # noqa: PLC0415 - see above

    archive = open_archive(settings.results, "results")
    with tempfile.TemporaryDirectory(prefix="quality-") as scratch:
        result = carry_out(settings, archive, Path(scratch), time.time() if at is None else at)
    if metrics_file is not None:
        registry = CollectorRegistry()
        exporter = Exporter(settings.model)
        exporter.show(result)
        registry.register(exporter)
        try:
            write_to_textfile(str(metrics_file), registry)
        except OSError as error:
            raise InputError(f"--metrics-file {metrics_file}: {error.strerror or error}") from error
    typer.echo(result.model_dump_json(indent=2) if as_json else told(result))
    if fail_on_drift and result.drifted:
        raise typer.Exit(DRIFTED)


@app.command()
def serve(
    settings_file: SettingsFile,
    host: Annotated[str, typer.Option("--host", help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)] = 9090,
) -> None:
    """Run on the schedule of the settings, and give the metrics of the last run at /metrics; until SIGTERM."""
    settings = load_settings(settings_file)

    from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, REGISTRY, start_http_server  # noqa: PLC0415 - as above, and one group

    from workloads.archive import open_archive  # noqa: PLC0415 - as above
    from workloads.logs import log_to_stderr  # noqa: PLC0415 - as above
    from workloads.quality.service import Service, run_command  # noqa: PLC0415 - as above

    log_to_stderr(human=sys.stderr.isatty())
    service = Service(settings, open_archive(settings.results, "results"), run_command(settings_file))
    for unwanted in (GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR):
        REGISTRY.unregister(unwanted)
    REGISTRY.register(service.exporter)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        server, thread = start_http_server(port, host)
    except OSError as error:
        raise InputError(f"--host {host} --port {port}: {error.strerror or error}") from error
    typer.echo(f"metrics of {settings.model} at http://{host}:{server.server_port}/metrics")
    try:
        service.serve(stop)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Parse the command line, run the command and exit; a fault is one message on stderr and its exit status."""
    try:
        app()
    except ProgramError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
