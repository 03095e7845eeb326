"""Opens the reader of an index as the settings describe it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from workloads.embedding.chunking.chunker import chunker_name
from workloads.embedding.embedders.opening import open_embedder
from workloads.embedding.records import collection_name
from workloads.embedding.search.reader import Reader
from workloads.embedding.settings import EmbeddingSettings
from workloads.embedding.stores.opening import open_store


def open_reader(settings: EmbeddingSettings, environ: Mapping[str, str] = os.environ) -> Reader:
    """Return a reader; the model is loaded at once, the database is connected to at the first question."""
    embedder = open_embedder(settings.embedder, settings.chunking, environ)
    chunker = chunker_name(settings.chunking, embedder.reads)
    own = collection_name(settings.index, embedder.model, embedder.revision, chunker)
    return Reader(lambda: open_store(settings.store, environ), embedder, settings.index, own)
