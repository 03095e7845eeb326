"""An answer as a person reads it in a terminal."""

from __future__ import annotations

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workloads.embedding.search.question import Answer

_EXCERPT: Final = 280


def print_answer(answer: Answer, console: Console) -> None:
    """Print an answer's hits as a table, and which collection they come from."""
    if answer.hits:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, leading=1)
        table.add_column("score", justify="right", no_wrap=True)
        table.add_column("found")
        for hit in answer.hits:
            found = Text(f"{hit.document} [{hit.ordinal}]", style="bold", overflow="fold")
            if hit.heading:
                found.append(f"  {hit.heading}", style="not bold dim")
            found.append(f"\n{excerpt(hit.text)}", style="not bold")
            table.add_row(f"{hit.score:.3f}", found)
        console.print(table)
    else:
        console.print("nothing matches")
    spec = answer.target.spec
    behind = "" if answer.target.live else "; the index has moved on to another model: update the settings"
    milliseconds = 1000 * (answer.embedding_seconds + answer.store_seconds)
    console.print(
        f"{len(answer.hits)} of {spec.name} in {milliseconds:.0f} ms{behind}",
        style="dim",
        markup=False,
        highlight=False,
    )


def excerpt(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"
