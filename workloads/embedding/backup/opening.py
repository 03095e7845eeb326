"""What the backup commands work on, opened from the settings file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from workloads.archive import Archive, open_archive
from workloads.embedding.settings import load_settings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore


@dataclass(frozen=True)
class Opened:
    """An index's store and archive."""

    index: str
    store: VectorStore
    archive: Archive
    progress: Callable[[int], None]
    """Is told of chunks as they pass."""


def open_archive_of(settings_file: Path) -> tuple[Archive, str]:
    """Return the archive of a settings file, and the index's name."""
    settings = load_settings(settings_file)
    return open_archive(settings.manifests), settings.index


@contextmanager
def opened(settings_file: Path) -> Generator[Opened]:
    """Give store and archive, with a counter in a terminal, and close them again."""
    settings = load_settings(settings_file)
    archive = open_archive(settings.manifests)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("chunks", total=None)
        store = open_store(settings.store)
        try:
            yield Opened(settings.index, store, archive, lambda count: bar.advance(task, count))
        finally:
            store.close()
