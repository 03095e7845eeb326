"""`embedding fetch-model`: a model's files from a bucket into a folder, before the program that reads them starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("fetch-model")
    def fetch_model_command(
        uri: Annotated[str, typer.Argument(help="s3://bucket/prefix with the model's files.")],
        folder: Annotated[Path, typer.Argument(help="Folder that they go into; what is complete there stays.")],
    ) -> None:
        """Fetch a model's files from S3 into a folder."""
        from workloads.embedding.model_files import fetch_model  # noqa: PLC0415 - boto3 takes its time

        fetched = fetch_model(uri, folder)
        typer.echo(f"{uri}: {fetched.files} files, {fetched.bytes / 2**20:.1f} MiB; {fetched.kept} were there already")
