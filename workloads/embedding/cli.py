"""The `embedding` command: one subcommand per module of `commands`."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import typer
from rich.console import Console

from workloads.faults import ProgramError

COMMANDS: Final = (
    "ingest",
    "search",
    "serve",
    "migrate",
    "drift",
    "reindex",
    "batch",
    "pinecone_index",
    "fetch_model",
    "backup",
)

app = typer.Typer(
    name="embedding",
    help="Embed documents into a vector database, and search them.",
    epilog="Exit status: 0 fine, 1 refused or broken, 2 bad input, 3 the database or model can't be reached, "
    "4 credentials refused, 5 some documents failed, 6 drift persists, 130 or 143 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """Make every command a subcommand, also while there is one only."""


def register_commands() -> None:
    """Add the commands to `app`; their modules import heavy libraries only when they run."""
    for command in COMMANDS:
        module = f"workloads.embedding.commands.{command}"
        if find_spec(module) is not None:
            import_module(module).register(app)


def run() -> None:
    """Parse the command line, run the command and exit; a fault is one message on stderr and its exit status."""
    register_commands()
    try:
        app()
    except ProgramError as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_status)
