"""`pinecone-index`: make an index of Pinecone's as it is declared, or change what differs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Declaration = Annotated[
    Path, typer.Argument(metavar="DECLARATION", help="What the index is to be, a YAML or JSON file.")
]
KeyVariable = Annotated[
    str, typer.Option("--api-key-env", metavar="NAME", help="Environment variable with the API key.")
]
Control = Annotated[str | None, typer.Option(metavar="URL", help="Where Pinecone's control plane answers.")]
Patience = Annotated[int, typer.Option(min=1, max=3600, help="How long to wait for a new index to be ready.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="pinecone-index")(pinecone_index)


def pinecone_index(
    declaration: Declaration,
    api_key_env: KeyVariable = "PINECONE_API_KEY",
    control_url: Control = None,
    patience_seconds: Patience = 300,
) -> None:
    """Make the index, or change what differs, and print its host; again and again is fine."""
    from pinecone import Pinecone  # noqa: PLC0415 - `--help` should not wait

    from workloads.embedding.stores.pinecone_index import load_declaration, reconcile  # noqa: PLC0415 - as above
    from workloads.faults import AccessError  # noqa: PLC0415 - as above

    wanted = load_declaration(declaration)
    key = os.environ.get(api_key_env)
    if not key:
        raise AccessError(f"environment variable {api_key_env} (--api-key-env): is not set; it needs the API key")
    with Pinecone(api_key=key, host=control_url) as client:
        standing = reconcile(client, wanted, patience_seconds=patience_seconds)
    for change in standing.changes or ("stands as declared",):
        typer.echo(f"index {standing.name}: {change}")
    typer.echo(f"host: {standing.host}")
