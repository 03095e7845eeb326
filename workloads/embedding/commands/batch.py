"""`embedding batch`: the same as `ingest`, on a Ray cluster."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from workloads.embedding.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("batch")(batch)


def batch(
    settings_file: Annotated[Path, typer.Argument(metavar="SETTINGS", help="YAML file with the pipeline's settings.")],
    embedders: Annotated[int, typer.Option("--embedders", help="Processes with the model.", min=1)] = 1,
    gpus_per_embedder: Annotated[
        float, typer.Option("--gpus-per-embedder", help="GPUs of each of them; 0 embeds on CPUs.", min=0)
    ] = 1,
    workers: Annotated[int, typer.Option("--workers", help="Processes that read, chunk and write.", min=1)] = 4,
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help="Remove more than source.most_deleted_percent of the index.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print the run's summary as JSON.")] = False,
    push_gateway: Annotated[
        str | None, typer.Option("--push-gateway", metavar="URL", help="Push metrics at the end of the run.")
    ] = None,
) -> None:
    """Bring the index to what the source holds, on the Ray cluster that RAY_ADDRESS names, or else on this machine.

    Documents, manifests and exit statuses are those of `ingest`, and either goes on where the other stopped.
    """
    settings = load_settings(settings_file)

    # Seconds of imports, which a mistake in the settings need not wait for.
    from workloads.archive import open_archive  # noqa: PLC0415 - see above
    from workloads.embedding.batch.cluster import ray_cluster  # noqa: PLC0415 - see above
    from workloads.embedding.batch.embedder_pool import open_pool  # noqa: PLC0415 - see above
    from workloads.embedding.batch.ray_middle import RayMiddle, refuse_private_stores  # noqa: PLC0415 - see above
    from workloads.embedding.commands.ingest import hand_over, show  # noqa: PLC0415 - see above
    from workloads.embedding.embedders.opening import open_embedder  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.metrics import Metrics  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.progress import progress  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.run import Run  # noqa: PLC0415 - see above
    from workloads.embedding.ingest.stopping import Interrupted, interruptible  # noqa: PLC0415 - see above
    from workloads.embedding.sources.opening import open_source  # noqa: PLC0415 - see above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - see above
    from workloads.logs import log_to_stderr  # noqa: PLC0415 - see above

    refuse_private_stores(settings)
    console = Console(stderr=True)
    log_to_stderr(human=console.is_terminal)
    metrics = Metrics(settings.index)
    try:
        # Ray takes the signals for itself when it starts, so they are ours only after that.
        with ray_cluster(), interruptible(), ExitStack() as held:
            source = open_source(settings.source)
            archive = open_archive(settings.manifests)
            store = held.enter_context(closing(open_store(settings.store)))
            pool = open_pool(
                lambda: open_embedder(settings.embedder, settings.chunking), embedders, 1, gpus_per_embedder
            )
            watch = held.enter_context(progress(console))
            run = Run(settings, store, pool, source, archive, metrics, allow_deletions, watch=(watch,))
            run.middle = RayMiddle(settings, pool, run.collection, workers).process
            summary = run.carry_out()
    except Interrupted as stop:
        console.print(f"interrupted by {stop}; run again to go on", style="yellow")
        sys.exit(stop.exit_status)
    finally:
        hand_over(metrics, push_gateway, None, console)
    show(summary, json_output=json_output)
    sys.exit(summary.exit_status)
