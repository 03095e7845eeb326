"""`embedding ingest`: bring the index to what the source holds."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from workloads.embedding.settings import load_settings
from workloads.faults import ProgramError

if TYPE_CHECKING:
    from workloads.embedding.ingest.manifest import Summary
    from workloads.embedding.ingest.metrics import Metrics


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


def ingest(
    settings_file: Annotated[Path, typer.Argument(metavar="SETTINGS", help="YAML file with the pipeline's settings.")],
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help="Remove more than source.most_deleted_percent of the index.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print the run's summary as JSON.")] = False,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Serve metrics while the run goes on.", min=1, max=65535)
    ] = None,
    push_gateway: Annotated[
        str | None, typer.Option("--push-gateway", metavar="URL", help="Push metrics at the end of the run.")
    ] = None,
    metrics_file: Annotated[
        Path | None, typer.Option("--metrics-file", metavar="FILE", help="Write metrics at the end of the run.")
    ] = None,
) -> None:
    """Embed what is new or changed in the source, and remove what is gone; run it again after any interruption.

    Exit status 5: some documents failed and keep their last good version; the manifest says which, and why.
    """
    settings = load_settings(settings_file)

    # Seconds of imports, which a mistake in the settings need not wait for.
    from workloads.archive import open_archive  # noqa: PLC0415 - see above
    from workloads.embedding.embedders.opening import open_embedder  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.metrics import Metrics  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.progress import progress  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.run import Run  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.stopping import Interrupted, interruptible  # noqa: PLC0415 - see above
    from workloads.embedding.sources.opening import open_source  # noqa: PLC0415 - see above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - see above
    from workloads.logs import log_to_stderr  # noqa: PLC0415 - see above

    console = Console(stderr=True)
    log_to_stderr(human=console.is_terminal)
    metrics = Metrics(settings.index)
    try:
        with interruptible(), ExitStack() as held:
            if metrics_port is not None:
                held.callback(metrics.serve(metrics_port))
            source = open_source(settings.source)
            archive = open_archive(settings.manifests)
            store = held.enter_context(closing(open_store(settings.store)))
            embedder = held.enter_context(closing(open_embedder(settings.embedder, settings.chunking)))
            watch = held.enter_context(progress(console))
            run = Run(settings, store, embedder, source, archive, metrics, allow_deletions, watch=(watch,))
            summary = run.carry_out()
    except Interrupted as stop:
        console.print(f"interrupted by {stop}; run again to go on", style="yellow")
        sys.exit(stop.exit_status)
    finally:
        hand_over(metrics, push_gateway, metrics_file, console)
    show(summary, json_output=json_output)
    sys.exit(summary.exit_status)


def hand_over(metrics: Metrics, gateway: str | None, file: Path | None, console: Console) -> None:
    """Hand metrics over; where that fails, the run is as it is."""
    try:
        if gateway is not None:
            metrics.push(gateway)
        if file is not None:
            metrics.write(file)
    except ProgramError as error:
        console.print(f"warning: {error}", style="yellow", markup=False)


def show(summary: Summary, *, json_output: bool) -> None:
    """Print how a run ended, for a person or as JSON."""
    console = Console()
    if json_output:
        console.out(summary.model_dump_json(indent=2), highlight=False)
        return
    table = Table(title=f"{summary.index}: {summary.outcome}", title_justify="left")
    table.add_column("documents")
    table.add_column("", justify="right")
    for fate, number in summary.counts.items():
        table.add_row(fate, str(number))
    table.add_row("visible", str(summary.visible_documents), end_section=True)
    console.print(table)
    console.print(
        f"{summary.chunks} chunks of {summary.tokens} tokens embedded in {summary.seconds:.1f} s into "
        f"{summary.collection}; run {summary.run}",
        highlight=False,
    )
