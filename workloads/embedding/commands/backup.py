"""`backup`: take backups of an index, list and prune them, restore one, and drill the restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from workloads.embedding.backup.opening import Opened

SettingsFile = Annotated[Path, typer.Argument(metavar="SETTINGS", help="Settings of the pipeline, a YAML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
BackupId = Annotated[str | None, typer.Option("--backup", metavar="ID", help="Which backup; the newest when left out.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Take backups of an index, restore one, and drill the restore.", no_args_is_help=True)
    for command in (take, list_backups, restore, drill):
        group.command(command.__name__.partition("_")[0])(command)
    app.add_typer(group, name="backup")


def take(
    settings_file: SettingsFile,
    keep: Annotated[int, typer.Option("--keep", help="Backups that stay, with this one.", min=1)] = 14,
    as_json: AsJson = False,
) -> None:
    """Write every chunk of the live collection, with its vector, beside the manifests; remove the oldest backups."""
    from workloads.embedding.backup.take import prune_backups, take_backup  # noqa: PLC0415 - `--help` should not wait

    with _opened(settings_file) as opened:
        backup = take_backup(opened.store, opened.archive, opened.index, opened.progress)
        gone = prune_backups(opened.archive, opened.index, keep)
    if as_json:
        typer.echo(backup.model_dump_json(indent=2))
    else:
        removed = f"; removed {', '.join(gone)}" if gone else ""
        typer.echo(f"backup {backup.id}: {backup.documents} documents, {backup.chunks} chunks{removed}")


def list_backups(settings_file: SettingsFile, as_json: AsJson = False) -> None:
    """List the backups of the index, the oldest first."""
    from workloads.embedding.backup.opening import open_archive_of  # noqa: PLC0415 - as above
    from workloads.embedding.backup.record import backups  # noqa: PLC0415 - as above

    archive, index = open_archive_of(settings_file)
    there = backups(archive, index)
    if as_json:
        typer.echo("[" + ",\n".join(backup.model_dump_json(indent=2) for backup in there) + "]")
        return
    for backup in there:
        typer.echo(f"{backup.id}  {backup.documents} documents  {backup.chunks} chunks  of {backup.collection.name}")
    if not there:
        typer.echo(f"there is no backup of {index}")


def restore(
    settings_file: SettingsFile,
    backup: BackupId = None,
    into: Annotated[
        str | None, typer.Option("--into", metavar="NAME", help="Name of the collection; its own when left out.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Let readers see it when it is complete.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back into an empty collection."""
    from workloads.embedding.backup.record import find_backup  # noqa: PLC0415 - as above
    from workloads.embedding.backup.restore import restore_backup  # noqa: PLC0415 - as above

    with _opened(settings_file) as opened:
        found = find_backup(opened.archive, opened.index, backup)
        name = restore_backup(opened.store, opened.archive, found, into, opened.progress)
        if live:
            from workloads.embedding.reindex.record import Records  # noqa: PLC0415 - as above
            from workloads.embedding.reindex.switch import cut_over  # noqa: PLC0415 - as above

            # As a re-index does it, so that `reindex rollback` goes back, and `clean` knows when this was.
            records = Records(opened.archive, opened.index)
            before = opened.store.alias(opened.index)
            cut_over(opened.store, records, opened.index, name, records.write(name, "building", instead_of=before))
    if as_json:
        import json  # noqa: PLC0415 - as above

        typer.echo(json.dumps({"backup": found.id, "collection": name, "chunks": found.chunks, "live": live}))
    else:
        typer.echo(f"backup {found.id}: {found.chunks} chunks in {name}{', live' if live else ''}")


def drill(settings_file: SettingsFile, backup: BackupId = None, as_json: AsJson = False) -> None:
    """Restore a backup beside the live collection, ask it, and remove it again; status 1 when it answers wrongly."""
    import json  # noqa: PLC0415 - as above
    from dataclasses import asdict  # noqa: PLC0415 - as above

    from workloads.embedding.backup.record import find_backup  # noqa: PLC0415 - as above
    from workloads.embedding.backup.restore import drill_restore  # noqa: PLC0415 - as above

    with _opened(settings_file) as opened:
        found = find_backup(opened.archive, opened.index, backup)
        drilled = drill_restore(opened.store, opened.archive, found, opened.progress)
    if as_json:
        typer.echo(json.dumps(asdict(drilled) | {"passed": drilled.passed}))
    else:
        typer.echo(
            f"backup {drilled.backup}: {drilled.chunks} chunks restored; {drilled.found} of {drilled.asked} found"
        )
        if drilled.same_as_live is not None:
            typer.echo(f"{drilled.same_as_live} of {drilled.compared} answers are the live collection's")
    if not drilled.passed:
        raise typer.Exit(1)


def _opened(settings_file: Path) -> AbstractContextManager[Opened]:
    from workloads.embedding.backup.opening import opened  # noqa: PLC0415 - as above

    return opened(settings_file)
