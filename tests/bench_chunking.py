"""How fast documents are chunked, and what holds of the windows, beside other libraries on the same text.

Each gets the same Markdown, the same tokenizer, the same size and overlap, and one thread; ours parses
the Markdown within its time. What holds of the windows is counted on what each gave: windows that are too long when
their text is encoded, code blocks and rows of tables that would fit and were cut, characters that are in no window.
Needs the dependency group `peers`; a library that is not installed is left out.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer

from tests.workloads.embedding.chunking.tokenizers_at_hand import minilm
from workloads.embedding.chunking.chunker import Chunker
from workloads.embedding.parsing.markdown import parse_markdown
from workloads.embedding.records import Document
from workloads.embedding.settings import ChunkingSettings

TOKENS: Final = 512
OVERLAP: Final = 64
ROOT: Final = Path(__file__).resolve().parents[1]
_LONG: Final = 60_000
"""Characters; descriptions shorter than this are left out."""
Split = Callable[[str], list[str]]
"""From a text to the texts of its windows."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One chunker's figures."""

    name: str
    """Library, its version, and which of its chunkers; ours is `workloads.embedding`"""
    tokens_per_second: float
    """Tokens of the corpus, each counted once, by the median processor time"""
    windows: int
    too_long: int
    """Windows of more than 512 tokens"""
    cut_blocks: int
    """Code blocks and tables of at most 512 tokens that no window holds as a whole"""
    cut_rows: int
    """Lines of tables that no window holds as a whole"""
    lost: int
    """Characters, white space left aside, that are in no window"""

    @property
    def keeps_all(self) -> bool:
        """Whether everything that is promised of our windows holds of these too."""
        return not (self.too_long or self.cut_blocks or self.cut_rows or self.lost)


def measure(runs: int = 3) -> list[Measured]:
    """Return the figures of ours, first, and of every peer that is installed; the runs of all take turns.

    Each run has chunkers of its own, since one of the peers remembers what it has counted.
    """
    texts = corpus()
    tokenizer = whole_tokenizer()
    names = [name for name in CHUNKERS if _installed(name)]
    times: dict[str, list[float]] = {name: [] for name in names}
    windows: dict[str, list[list[str]]] = {}
    for _ in range(runs):
        for name in names:
            split = CHUNKERS[name](tokenizer)
            split("# A first text\n\nloads what is loaded late.")
            began = time.process_time()
            windows[name] = [split(text) for text in texts]
            times[name].append(time.process_time() - began)
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
    return [_judged(name, tokens / statistics.median(times[name]), texts, windows[name], tokenizer) for name in names]


def corpus() -> list[str]:
    """Return the repository's documentation, and the descriptions of the packages that are installed beside it."""
    own = [path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]
    installed = sorted(importlib.metadata.distributions(), key=lambda found: found.name)
    return own + [text for found in installed if len(text := _described(found)) > _LONG]


def _described(package: importlib.metadata.Distribution) -> str:
    message: Any = package.metadata
    return str(message.get_payload() or message.get("Description", ""))


def whole_tokenizer() -> Tokenizer:
    """Return the packaged MiniLM's tokenizer, without its cutting and padding."""
    tokenizer = Tokenizer.from_str(minilm().to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _ours(tokenizer: Tokenizer) -> Split:
    chunker = Chunker(tokenizer, ChunkingSettings(tokens=TOKENS, overlap=OVERLAP), TOKENS)

    def split(text: str) -> list[str]:
        parsed = parse_markdown(text.encode(), 1 << 30)
        return [chunk.text for chunk in chunker.chunks(Document("", parsed.text, "", blocks=parsed.blocks))]

    return split


def _langchain(tokenizer: Tokenizer) -> Split:
    library = import_module("langchain_text_splitters")

    def length(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    splitter: Any = library.RecursiveCharacterTextSplitter.from_language(
        library.Language.MARKDOWN,
        chunk_size=TOKENS,
        chunk_overlap=OVERLAP,
        length_function=length,
    )
    return splitter.split_text


def _llama_index(tokenizer: Tokenizer) -> Split:
    library = import_module("llama_index.core.node_parser")

    def ids(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    splitter: Any = library.SentenceSplitter(
        chunk_size=TOKENS,
        chunk_overlap=OVERLAP,
        tokenizer=ids,
    )
    return splitter.split_text


def _chonkie(kind: str) -> Callable[[Tokenizer], Split]:
    def make(tokenizer: Tokenizer) -> Split:
        library = import_module("chonkie")

        overlap = {} if kind == "RecursiveChunker" else {"chunk_overlap": OVERLAP}
        chunker: Any = getattr(library, kind)(tokenizer, chunk_size=TOKENS, **overlap)
        return lambda text: [chunk.text for chunk in chunker(text)]

    return make


def _semantic(tokenizer: Tokenizer) -> Split:
    library = import_module("semantic_text_splitter")

    splitter: Any = library.MarkdownSplitter.from_huggingface_tokenizer(tokenizer, TOKENS, overlap=OVERLAP)
    return splitter.chunks


OURS: Final = "workloads.embedding"
CHUNKERS: Final[dict[str, Callable[[Tokenizer], Split]]] = {
    OURS: _ours,
    "semantic-text-splitter MarkdownSplitter": _semantic,
    "chonkie TokenChunker": _chonkie("TokenChunker"),
    "chonkie SentenceChunker": _chonkie("SentenceChunker"),
    "chonkie RecursiveChunker": _chonkie("RecursiveChunker"),
    "langchain-text-splitters RecursiveCharacterTextSplitter": _langchain,
    "llama-index-core SentenceSplitter": _llama_index,
}


def _installed(name: str) -> bool:
    try:
        return name == OURS or bool(importlib.metadata.version(name.split(maxsplit=1)[0]))
    except importlib.metadata.PackageNotFoundError:
        return False


def _judged(
    name: str, speed: float, texts: Sequence[str], windows: Sequence[Sequence[str]], tokenizer: Tokenizer
) -> Measured:
    blocks = rows = lost = 0
    for text, own in zip(texts, windows, strict=True):
        squeezed = [_squeezed(window) for window in own]
        parsed = parse_markdown(text.encode(), 1 << 30)
        for block in parsed.blocks:
            words = parsed.text[block.start : block.end]
            fits = len(tokenizer.encode(words, add_special_tokens=False).ids) <= TOKENS
            blocks += block.kind in ("code", "table") and fits and not _within(words, squeezed)
            if block.kind == "table":
                rows += sum(not _within(row, squeezed) for row in words.splitlines())
        lost += _lost(text, own)
    library = name.split(maxsplit=1)[0]
    shown = name if name == OURS else name.replace(library, f"{library} {importlib.metadata.version(library)}")
    every = [window for own in windows for window in own]
    long = sum(len(encoding.ids) > TOKENS for encoding in tokenizer.encode_batch(every, add_special_tokens=False))
    return Measured(shown, speed, len(every), long, blocks, rows, lost)


def _within(words: str, squeezed: Iterable[str]) -> bool:
    wanted = _squeezed(words)
    return any(wanted in window for window in squeezed)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _lost(text: str, windows: Iterable[str]) -> int:
    """Count what is not covered; a window is looked for from where the one before began."""
    whole = _squeezed(text)
    covered = bytearray(len(whole))
    begin = 0
    for window in map(_squeezed, windows):
        found = whole.find(window, begin)
        if found >= 0:
            begin = found
            covered[found : found + len(window)] = b"\1" * len(window)
    return covered.count(0)


def main() -> None:
    """Print the figures as a table."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    print("| chunker | tokens/s | windows | too long | cut blocks | cut rows | lost characters |")  # noqa: T201 - its job
    print("|---|--:|--:|--:|--:|--:|--:|")  # noqa: T201 - its job
    for one in measure():
        figures = (one.windows, one.too_long, one.cut_blocks, one.cut_rows, one.lost)
        row = [one.name, f"{one.tokens_per_second:,.0f}", *map(str, figures)]
        print(f"| {' | '.join(row)} |")  # noqa: T201 - its job


if __name__ == "__main__":
    main()
