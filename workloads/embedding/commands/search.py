"""`search`: ask the index in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_NO_CONDITIONS: list[str] = []


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(search)


def search(
    settings_file: Annotated[Path, typer.Argument(metavar="SETTINGS", help="Settings of the pipeline, a YAML file.")],
    query: Annotated[str, typer.Argument(help="What to look for, in words.")],
    k: Annotated[int | None, typer.Option("--k", "-k", help="Hits at most.", min=1)] = None,
    where: Annotated[
        list[str],
        typer.Option("--where", metavar="KEY=VALUE", help="Only chunks with this; the same key again: one of them."),
    ] = _NO_CONDITIONS,
    hybrid: Annotated[bool, typer.Option("--hybrid", help="With the engine's keyword search beside.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Look at every chunk instead of the index.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Print the chunks of the live collection that are nearest to a question."""
    from rich.console import Console  # noqa: PLC0415 - `--help` should not wait for these

    from workloads.embedding.search.messages import SearchResponse  # noqa: PLC0415 - as above
    from workloads.embedding.search.opening import open_reader  # noqa: PLC0415 - as above
    from workloads.embedding.search.question import Question, parse_where  # noqa: PLC0415 - as above
    from workloads.embedding.search.table import print_answer  # noqa: PLC0415 - as above
    from workloads.embedding.settings import load_settings  # noqa: PLC0415 - as above

    settings = load_settings(settings_file)
    conditions = parse_where(where)
    question = Question(query, k or settings.search.default_k, conditions, "hybrid" if hybrid else "vector", exact)
    reader = open_reader(settings)
    try:
        answer = reader.search(question)
    finally:
        reader.close()
    if as_json:
        typer.echo(SearchResponse.of(answer).model_dump_json(indent=2))
    else:
        print_answer(answer, Console())
