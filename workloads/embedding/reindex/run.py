"""Builds the shadow index, compares it with the live one, and serves readers from it.

Nothing is remembered between the steps but what stands in the store: a run that was cut short is run again. The build
continues where it was (documents that are in the shadow are not embedded again), the comparison is made anew, and the
switch is one atomic write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from workloads.archive import Archive
from workloads.embedding.chunking.chunker import chunker_name
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.ingest.manifest import Summary, entries
from workloads.embedding.records import CollectionSpec, collection_name
from workloads.embedding.reindex.comparison import Comparison, Requirements, Side, compare_indexes
from workloads.embedding.reindex.questions import Question, passages
from workloads.embedding.reindex.record import Records
from workloads.embedding.reindex.switch import cut_over
from workloads.embedding.settings import EmbeddingSettings
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError, ProgramError

BUILDS: Final = 2
"""The second takes in what the source changed during the first; it embeds nothing else."""
DEFAULTS: Final = Requirements()
QUESTIONS: Final = 100
"""Passages that are asked for where no file of questions is given."""
DOCUMENTS_PER_K: Final = 10
"""With fewer than this for each that is looked at, blind search would find too many of the right ones."""

Build = Callable[[], Summary]
"""A run of the ingest into the shadow: `Run(..., shadow=True).carry_out`."""


class NotGoodEnoughError(ProgramError):
    """The shadow index is worse than the live one; readers are served from the live one as before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; faults are raised instead."""

    live: str
    """What readers are served from now"""
    before: str | None
    """What they were served from; None where the shadow was live already"""
    comparison: Comparison | None


@dataclass(frozen=True)
class Reindex:
    """A change of an index to the collection that its settings name."""

    settings: EmbeddingSettings
    store: VectorStore
    embedder: Embedder
    archive: Archive
    build: Build
    required: Requirements = DEFAULTS
    questions: Sequence[Question] | None = None
    """None for passages of the live index's documents"""
    live_embedder: Embedder | None = None
    """The live index's model; may be left out where it is the settings' model"""
    watch: Callable[[str], None] = lambda step: None  # noqa: ARG005 - does nothing

    @property
    def target(self) -> str:
        """The collection that the settings name."""
        chunker = chunker_name(self.settings.chunking, self.embedder.reads)
        return collection_name(self.settings.index, self.embedder.model, self.embedder.revision, chunker)

    def carry_out(self) -> Outcome:
        """Do whatever of it is not done yet.

        Raises `InputError` where there is no live index, or the live embedder is another than the live index's, and
        `NotGoodEnoughError` with what was measured; the shadow then stays for another try, or for `clean`.
        """
        index, target, records = self.settings.index, self.target, Records(self.archive, self.settings.index)
        live = self.store.alias(index)
        spec = None if live is None else self.store.spec(live)
        if live is None or spec is None:
            raise InputError(f"index {index!r}: there is no live index to change; `ingest` makes the first one")
        known = records.read(target)
        if live == target:
            if known is None or known.state != "live":
                records.write(target, "live")
            return Outcome(target, None, None)
        live_embedder = self._live_embedder(spec)
        record = records.write(target, "building", instead_of=live)
        summary = self._built()
        self.watch("comparing with the live index")
        comparison = compare_indexes(
            self.store,
            live,
            live_embedder,
            Side(target, self.embedder),
            self._asked(live),
            self._required(live),
            frozenset(
                entry.document
                for entry in entries(self.archive, index, summary.run)
                if entry.fate in ("failed", "skipped")
            ),
        )
        if comparison.faults:
            records.write(target, "refused", instead_of=live, comparison=comparison)
            raise NotGoodEnoughError(f"{target}: {'; '.join(comparison.faults)}. Readers are served from {live} still")
        self.watch("switching readers")
        cut_over(self.store, records, index, target, record.model_copy(update={"comparison": comparison}))
        return Outcome(target, live, comparison)

    def _built(self) -> Summary:
        self.watch("building the shadow index")
        summary = self.build()
        for _ in range(BUILDS - 1):
            if not summary.counts.get("done", 0) and not summary.counts.get("removed", 0):
                break
            self.watch("taking in what changed meanwhile")
            summary = self.build()
        return summary

    def _asked(self, live: str) -> Sequence[Question]:
        asked = passages(self.store, live, self.target, QUESTIONS) if self.questions is None else self.questions
        if not asked:
            raise InputError(
                f"{live}: has no text in common with {self.target} to make questions of; give some with --questions"
            )
        return asked

    def _required(self, live: str) -> Requirements:
        """Return the requirements; of passages, whose number is ours, no more documents than prove something."""
        if self.questions is not None:
            return self.required
        documents = sum(1 for _ in self.store.heads(live))
        return replace(self.required, k=max(1, min(self.required.k, documents // DOCUMENTS_PER_K)))

    def _live_embedder(self, spec: CollectionSpec) -> Embedder | None:
        """Return the embedder for questions to the live index: the one given, or that of the settings if it fits."""
        given = self.live_embedder
        if given is not None and (given.model, given.revision) != (spec.model, spec.revision):
            raise InputError(
                f"--live-settings: the model is {given.model} at {given.revision}; "
                f"{spec.name} was made with {spec.model} at {spec.revision}"
            )
        same = (self.embedder.model, self.embedder.revision) == (spec.model, spec.revision)
        return given or (self.embedder if same else None)
