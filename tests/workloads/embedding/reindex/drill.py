"""A re-index as tests meet it: documents that stand in a live index, and a run to another model or chunker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.ingest.memory_source import MemorySource
from tests.workloads.embedding.ingest.runs import run, seen, settings
from workloads.archive import open_archive
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.records import collection_name
from workloads.embedding.reindex.comparison import Requirements
from workloads.embedding.reindex.questions import Question
from workloads.embedding.reindex.record import Records
from workloads.embedding.reindex.run import DEFAULTS, Reindex
from workloads.embedding.reindex.switch import previous_alias
from workloads.embedding.stores.port import VectorStore

TOPICS = ("storage", "network", "billing", "identity")


def document(topic: str, sentences: int = 12) -> bytes:
    """Some chunks of text whose words are those of one topic."""
    return " ".join(
        f"{topic} matter {topic}{number} explained by {topic} team." for number in range(sentences)
    ).encode()


def word_tokenizer() -> Tokenizer:
    """A token for each word of the topics: a chunker is made in no time, of which a drill makes hundreds."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator([document(topic, 20).decode() for topic in TOPICS], trainer)
    return tokenizer


def embedder(revision: str, dimension: int) -> HashEmbedder:
    made = HashEmbedder("hash", revision, dimension)
    made.tokenizer = word_tokenizer()
    return made


OLD = embedder("1", 32)
NEW = embedder("2", 24)
"""Another revision, with vectors of another length."""


class Drill:
    """A live index of the old model with a document for each topic."""

    def __init__(self, folder: Path, store: VectorStore) -> None:
        self.folder = folder
        self.store = store
        self.source = MemorySource({f"{topic}.md": document(topic) for topic in TOPICS})
        self.archive = open_archive(str(folder))
        self.records = Records(self.archive, "docs")
        run(folder, store, self.source, embedder=OLD).carry_out()
        self.live = store.alias("docs") or ""
        self.old = seen(store)

    def reindex(
        self,
        store: VectorStore | None = None,
        *,
        embedder: Embedder = NEW,
        required: Requirements = DEFAULTS,
        questions: Sequence[Question] | None = None,
        live_embedder: Embedder | None = OLD,
        **changes: Any,
    ) -> Reindex:
        """A run, over the store or what stands in for it."""
        used = self.store if store is None else store
        return Reindex(
            settings(self.folder, changes),
            used,
            embedder,
            self.archive,
            lambda: run(self.folder, used, self.source, embedder=embedder, shadow=True, changes=changes).carry_out(),
            required,
            questions,
            live_embedder,
        )

    def reset(self, target: str) -> None:
        """Put the store and the records back to how they were before any run."""
        self.store.point_alias("docs", self.live)
        self.store.drop_alias(previous_alias("docs"))
        self.store.drop(target)
        for name in list(self.archive.names("reindex/")):
            self.archive.delete(name)


def name_of(embedder: Embedder, chunker: str) -> str:
    return collection_name("docs", embedder.model, embedder.revision, chunker)
