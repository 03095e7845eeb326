"""`drift`: are new documents like those that the index was made of?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

PERSISTS: Final = 6
"""Exit status where drift persists, so that a scheduled job says so; a single alarm is in the metrics only."""
_HISTORY: Final = 30
"""Checks on the page."""

SettingsFile = Annotated[Path, typer.Argument(metavar="SETTINGS", help="Settings of the pipeline, a YAML file.")]
Page = Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Leave an HTML page of the check here.")]
MetricsFile = Annotated[Path | None, typer.Option(help="Leave metrics here, for the textfile collector.")]
PushGateway = Annotated[str | None, typer.Option(metavar="URL", help="Push metrics to this gateway.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    drift = typer.Typer(help="Compare new documents with the reference of the index.", no_args_is_help=True)
    drift.command()(check)
    drift.command()(calibrate)
    app.add_typer(drift, name="drift")


def check(
    settings_file: SettingsFile,
    page: Page = None,
    metrics_file: MetricsFile = None,
    push_gateway: PushGateway = None,
    as_json: Json = False,
) -> None:
    """Compare what was embedded since the reference was taken with it; exit status 6 where drift persists.

    The first check takes the reference and calibrates the thresholds on it, which takes minutes.
    """
    _check(settings_file, page, metrics_file, push_gateway, as_json, new_reference=False)


def calibrate(settings_file: SettingsFile, page: Page = None, as_json: Json = False) -> None:
    """Take what the index holds now as the reference, in place of the one before, and calibrate on it."""
    _check(settings_file, page, None, None, as_json, new_reference=True)


def _check(
    settings_file: Path,
    page: Path | None,
    metrics_file: Path | None,
    push_gateway: str | None,
    as_json: bool,
    *,
    new_reference: bool,
) -> None:
    from workloads.archive import open_archive  # noqa: PLC0415 - as above
    from workloads.embedding.drift.check import check_drift, kept_checks  # noqa: PLC0415 - `--help` should not wait
    from workloads.embedding.drift.metrics import drift_registry, push_drift, write_drift  # noqa: PLC0415 - as above
    from workloads.embedding.drift.progress import shown_progress  # noqa: PLC0415 - as above
    from workloads.embedding.drift.report import drift_page  # noqa: PLC0415 - as above
    from workloads.embedding.drift.summary import told  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - as above
    from workloads.faults import InputError  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    archive = open_archive(settings.manifests)
    store = open_store(settings.store)
    try:
        with shown_progress() as progress:
            found, reference = check_drift(
                store, archive, settings.index, settings.drift, new_reference=new_reference, progress=progress
            )
    finally:
        store.close()
    if page is not None:
        history = kept_checks(archive, found.collection, _HISTORY)
        try:
            page.write_text(drift_page(found, reference, history), encoding="utf-8")
        except OSError as error:
            raise InputError(f"--page {page}: {error.strerror or error}") from error
    registry = drift_registry(found, reference)
    if metrics_file is not None:
        write_drift(registry, metrics_file)
    if push_gateway is not None:
        push_drift(registry, push_gateway, settings.index)
    typer.echo(found.model_dump_json(indent=2, exclude={"counted_runs"}) if as_json else told(found, reference))
    if found.persists:
        raise typer.Exit(PERSISTS)
