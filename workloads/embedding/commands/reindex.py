"""`reindex`: change the model or chunker of an index without readers noticing."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workloads.embedding.ingest.manifest import Summary

_NONE: list[str] = []
SettingsFile = Annotated[Path, typer.Argument(metavar="SETTINGS", help="New settings of the pipeline, a YAML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    reindex = typer.Typer(help="Change the model or chunker of an index.", no_args_is_help=True)
    for command in (plan, run, rollback, clean):
        reindex.command()(command)
    app.add_typer(reindex, name="reindex")


def plan(
    settings_file: SettingsFile,
    pool: Annotated[
        list[str], typer.Option("--pool", metavar="NAME=TYPE", help="A pool with its instance type; may be repeated.")
    ] = _NONE,
    tokens_per_second: Annotated[
        float | None, typer.Option(help="Measured rate of one instance, in place of the estimate.", min=0.001)
    ] = None,
    most_objects: Annotated[int, typer.Option(help="Objects to cut; beyond that figures are scaled.", min=1)] = 500,
    as_json: Json = False,
) -> None:
    """Say what the change would cost: chunks, tokens, GPU-hours, money, disk. Nothing is embedded or written."""
    from workloads.embedding.embedders.opening import open_embedder  # noqa: PLC0415 - `--help` should not wait
    from workloads.embedding.reindex.plan import Planning, parse_pools  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.summary import told_plan  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above
    from workloads.embedding.sources.opening import open_source  # noqa: PLC0415 - as above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    pools = parse_pools(pool)
    with ExitStack() as held:
        store = held.enter_context(closing(open_store(settings.store)))
        live = store.spec(settings.index)
        embedder = held.enter_context(closing(open_embedder(settings.embedder, settings.chunking)))
        source = open_source(settings.source)
        planned = Planning(settings, source, embedder, live, pools, tokens_per_second, most_objects).plan()
    typer.echo(planned.model_dump_json(indent=2) if as_json else told_plan(planned))


def run(
    settings_file: SettingsFile,
    questions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='JSON lines {"query": …, "relevant": [keys]}; else passages of documents.'),
    ] = None,
    live_settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings of the live index, where its model is another.")
    ] = None,
    k: Annotated[int, typer.Option("--k", help="Documents looked at for each question.", min=1, max=100)] = 10,
    recall_loss: Annotated[float, typer.Option(help="Recall that the new index may lack.", min=0, max=1)] = 0.02,
    least_recall: Annotated[
        float, typer.Option(help="Recall it needs where the live index's can't be measured.", min=0, max=1)
    ] = 0.8,
    least_overlap: Annotated[
        float, typer.Option(help="Shared documents, for questions without answers.", min=0, max=1)
    ] = 0.5,
    most_lost: Annotated[int, typer.Option(help="Documents that may fail to be taken.", min=0)] = 0,
) -> None:
    """Build the new index beside the live one, compare them, and serve readers from the new one.

    Run it again after any interruption. Exit status 1: the new index is worse, and readers are served as before.
    """
    import structlog  # noqa: PLC0415 - `--help` should not wait for these
    from rich.console import Console  # noqa: PLC0415 - as above

    from workloads.archive import open_archive  # noqa: PLC0415 - as above
    from workloads.embedding.embedders.opening import open_embedder  # noqa: PLC0415 - as above
    from workloads.embedding.ingest.metrics import Metrics  # noqa: PLC0415 - as above
    from workloads.embedding.ingest.progress import progress  # noqa: PLC0415 - as above
    from workloads.embedding.ingest.run import Run  # noqa: PLC0415 - as above
    from workloads.embedding.ingest.stopping import Interrupted, interruptible  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.comparison import Requirements  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.questions import read_questions  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.run import Reindex  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.summary import told_outcome  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above
    from workloads.embedding.sources.opening import open_source  # noqa: PLC0415 - as above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - as above
    from workloads.logs import log_to_stderr  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    former = None if live_settings is None else load_settings(live_settings)
    asked = None if questions is None else read_questions(questions)
    required = Requirements(
        k=k,
        recall_loss=recall_loss,
        least_recall=least_recall,
        least_overlap=least_overlap,
        most_lost_documents=most_lost,
        most_vanished_percent=settings.source.most_deleted_percent,
    )
    console = Console(stderr=True)
    log_to_stderr(human=console.is_terminal)
    log: structlog.stdlib.BoundLogger = structlog.get_logger("reindex")
    try:
        with interruptible(), ExitStack() as held:
            source, archive = open_source(settings.source), open_archive(settings.manifests)
            store = held.enter_context(closing(open_store(settings.store)))
            embedder = held.enter_context(closing(open_embedder(settings.embedder, settings.chunking)))
            live = None if former is None else open_embedder(former.embedder, former.chunking)
            if live is not None:
                held.enter_context(closing(live))
            watch = held.enter_context(progress(console))

            def build() -> Summary:
                metrics = Metrics(settings.index)
                return Run(settings, store, embedder, source, archive, metrics, shadow=True, watch=(watch,)).carry_out()

            def tell(step: str) -> None:
                log.info(step)

            outcome = Reindex(settings, store, embedder, archive, build, required, asked, live, tell).carry_out()
    except Interrupted as stop:
        console.print(f"interrupted by {stop}; run again to go on", style="yellow")
        sys.exit(stop.exit_status)
    typer.echo(told_outcome(outcome))


def rollback(settings_file: SettingsFile) -> None:
    """Serve readers from the collection that was live before; run again to come back."""
    from workloads.archive import open_archive  # noqa: PLC0415 - `--help` should not wait
    from workloads.embedding.reindex.record import Records  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.switch import roll_back  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    with closing(open_store(settings.store)) as store:
        back = roll_back(store, Records(open_archive(settings.manifests), settings.index), settings.index)
    live = back.live
    typer.echo(
        f"readers are served from {live.name} again; {back.retired} is kept\n"
        f"  it is as it was when it was retired: give `ingest` and `serve` the settings with model {live.model}, "
        f"revision {live.revision} and chunker {live.chunker}"
    )


def clean(
    settings_file: SettingsFile,
    older_than: Annotated[float, typer.Option(metavar="DAYS", help="Days out of use.", min=0)] = 7.0,
    collection: Annotated[
        list[str], typer.Option("--collection", metavar="NAME", help="Delete this one whatever its age.")
    ] = _NONE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted.")] = False,
) -> None:
    """Delete the index's collections that have been out of use for long enough; never the live one."""
    from workloads.archive import open_archive  # noqa: PLC0415 - `--help` should not wait
    from workloads.embedding.reindex.cleanup import clean as cleaned  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.record import Records  # noqa: PLC0415 - as above
    from workloads.embedding.reindex.summary import told_cleaning  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    records = Records(open_archive(settings.manifests), settings.index)
    with closing(open_store(settings.store)) as store:
        age = timedelta(days=older_than)
        found = cleaned(store, records, settings.index, age, named=collection, dry_run=dry_run)
    typer.echo(told_cleaning(found, dry_run=dry_run))
