"""`migrate`: bring the pipeline's schema in PostgreSQL to the newest version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AdminUrl = Annotated[
    str | None,
    typer.Option(
        "--admin-url",
        metavar="URL",
        help="Sign in here (postgresql://user@host:5432/database), past any proxy; the settings' own user is then "
        "made, where it is missing, and given what it needs.",
    ),
]
PasswordVariable = Annotated[
    str | None, typer.Option("--admin-password-env", metavar="NAME", help="Environment variable with its password.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)


def migrate(
    settings_file: Annotated[Path, typer.Argument(metavar="SETTINGS", help="Settings of the pipeline, a YAML file.")],
    admin_url: AdminUrl = None,
    admin_password_env: PasswordVariable = None,
) -> None:
    """Make or upgrade the extension, the schema and its tables; again and again is fine, and two at once."""
    from workloads.embedding.migrations.admin import signed_in_as, user_of  # noqa: PLC0415 - `--help` should not wait
    from workloads.embedding.migrations.upgrade import upgrade  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above

    store = load_settings(settings_file).store
    if store.engine != "pgvector":
        typer.echo(f"{store.engine} needs no migration: its collections are made by the first run")
        return
    if admin_url is None:
        revision = upgrade(store)
    else:
        revision = upgrade(signed_in_as(store, admin_url, admin_password_env), grant_to=user_of(store))
    typer.echo(f"schema {store.namespace}: at revision {revision}")
