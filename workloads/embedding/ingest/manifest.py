"""The manifest of a run: one JSON line per document in parts, then a summary, whose presence says that the run ended.

Layout: `<index>/<run>/documents-00000.jsonl` and so on, and `<index>/<run>/summary.json`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from workloads.archive import Archive, ArchiveError

Fate = Literal["done", "unchanged", "removed", "skipped", "failed"]
Outcome = Literal["complete", "incomplete", "failed", "interrupted"]
FATES: Final = ("done", "unchanged", "removed", "skipped", "failed")

_LINES: Final = 5000
"""Of a part."""
_SECONDS: Final = 30
"""After which a part is written although it is not full: what a kill can lose."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one document, or of an object that no document could be read from."""

    document: str
    fate: Fate
    reason: str = ""
    """Why it was skipped or failed."""
    version: str = ""
    digest: str = ""
    """SHA-256 of what was read."""
    source_tag: str = ""
    chunks: int = 0
    tokens: int = 0


class Part(BaseModel):
    """A file of entries."""

    name: str
    entries: int
    sha256: str


class Summary(BaseModel):
    """The run as a whole."""

    model_config = ConfigDict(frozen=True)

    run: str
    index: str
    collection: str
    outcome: Outcome
    """complete: every document was taken; incomplete: some failed; failed: the run could not go on; interrupted."""
    exit_status: int
    error: str | None = None
    started: str
    """UTC, ISO 8601, by the machine's clock."""
    ended: str
    seconds: float
    """By a clock that only goes forward."""
    counts: Mapping[str, int]
    """Documents by fate."""
    chunks: int
    """Embedded in this run."""
    tokens: int
    swept: int
    """Points deleted that no reader saw: what an earlier run left when it was cut short."""
    visible_documents: int | None = None
    """In the index after the run; None where the run ended early."""
    visible_chunks: int | None = None
    dimension: int
    model: str
    revision: str
    chunker: str
    versions: Mapping[str, str]
    """Of the programs that made it."""
    settings: Mapping[str, Any]
    parts: tuple[Part, ...] = ()


@dataclass
class Manifest:
    """Writes the entries of a run as they come; memory holds one part."""

    archive: Archive
    index: str
    run: str
    counts: Counter[str] = field(default_factory=Counter[str])
    chunks: int = 0
    tokens: int = 0
    parts: list[Part] = field(default_factory=list[Part])
    _lines: list[str] = field(default_factory=list[str])
    _written: float = field(default_factory=time.monotonic)

    def add(self, entry: Entry) -> None:
        """Take an entry down."""
        self.counts[entry.fate] += 1
        if entry.fate == "done":
            self.chunks += entry.chunks
            self.tokens += entry.tokens
        told = {key: value for key, value in asdict(entry).items() if value not in ("", 0)}
        self._lines.append(json.dumps(told, ensure_ascii=False, sort_keys=True))
        if len(self._lines) >= _LINES or time.monotonic() - self._written > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what has come since the last part."""
        if self._lines:
            content = ("\n".join(self._lines) + "\n").encode()
            name = f"documents-{len(self.parts):05}.jsonl"
            self.archive.write(f"{self.index}/{self.run}/{name}", content)
            self.parts.append(
                Part(name=name, entries=len(self._lines), sha256=hashlib.sha256(content).hexdigest()),
            )
            self._lines = []
        self._written = time.monotonic()

    def close(self, summary: Summary) -> Summary:
        """Write the rest, then the summary, completed with the list of the parts."""
        self.flush()
        whole = summary.model_copy(update={"parts": tuple(self.parts)})
        self.archive.write(f"{self.index}/{self.run}/summary.json", whole.model_dump_json(indent=2).encode())
        return whole


def summaries(archive: Archive, index: str) -> Iterator[Summary]:
    """Give the summaries of an index's runs, in the order of their start."""
    for name in archive.names(f"{index}/"):
        if name.endswith("/summary.json"):
            content = archive.read(name)
            if content is not None:
                try:
                    yield Summary.model_validate_json(content)
                except ValidationError as error:
                    raise ArchiveError(f"{archive.uri}/{name}: is not a run's summary: {error}") from error


def entries(archive: Archive, index: str, run: str) -> Iterator[Entry]:
    """Give the entries of a run, in the order they were written, also of a run that did not end."""
    for name in archive.names(f"{index}/{run}/documents-"):
        for line in (archive.read(name) or b"").splitlines():
            yield Entry(**json.loads(line))
