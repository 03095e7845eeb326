"""What embedding costs: our throughput against the bare model's, and the memory of a run against its corpus.

Run with `python -m tests.bench_embedding`; the figures of one run are compared with each other only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.embedding.embedders.embedder import Window
from workloads.embedding.records import Chunk, Point, Vector
from workloads.embedding.stores.port import Where

ROOT: Final = Path(__file__).parents[1]
BATCH_SIZES: Final = (8, 16, 32)
"""Of the bare model; the best of them is what we are compared with."""
BUDGETS: Final = (1024, 4096)
"""Tokens of a batch, ours."""


def throughput(chunks: int = 64, rounds: int = 3) -> dict[str, float]:
    """Return tokens per second of ours and of `SentenceTransformer.encode`, each at its best, and the ratio.

    Both embed the same chunks of the repository's documents, of many lengths, on the CPU. Rounds alternate between
    the two; the median of each counts.
    """
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds of import

    from tests.workloads.embedding.numpy_minilm import MODEL  # noqa: PLC0415 - as above
    from workloads.embedding.embedders.opening import open_embedder  # noqa: PLC0415 - as above
    from workloads.embedding.settings import ChunkingSettings, EmbedderSettings  # noqa: PLC0415 - as above

    settings = EmbedderSettings(model="minilm", revision="1", path=str(MODEL), device="cpu")
    ours = {
        budget: open_embedder(settings.model_copy(update={"batch_tokens": budget}), ChunkingSettings())
        for budget in BUDGETS
    }
    bare = SentenceTransformer(str(MODEL), device="cpu")
    windows = list(_windows(chunks))
    texts = [window.text for window in windows]
    tokens = sum(len(window.token_ids) for window in windows)

    def bare_at(size: int) -> Callable[[], object]:
        return lambda: bare.encode(texts, batch_size=size, normalize_embeddings=True, show_progress_bar=False)

    def ours_at(budget: int) -> Callable[[], object]:
        return lambda: ours[budget].embed(windows)

    ways = {f"bare {size}": bare_at(size) for size in BATCH_SIZES} | {f"ours {size}": ours_at(size) for size in BUDGETS}
    best = {
        name: min((way for way in ways if way.startswith(name)), key=lambda way: _seconds(ways[way]))
        for name in ("bare", "ours")
    }
    taken = {name: [_seconds(ways[way]) for _ in range(rounds)] for name, way in best.items()}
    found = {name: tokens / median(seconds) for name, seconds in taken.items()}
    return {
        "tokens": tokens,
        "bare_tokens_per_second": round(found["bare"]),
        "bare_batch_size": int(best["bare"].split()[1]),
        "ours_tokens_per_second": round(found["ours"]),
        "ours_batch_tokens": int(best["ours"].split()[1]),
        "ratio": round(found["ours"] / found["bare"], 3),
    }


def memory(mebibytes: Sequence[int] = (4, 16, 64)) -> dict[int, float]:
    """Return the peak memory of a whole run (MiB) by the size of its corpus (MiB), each in a process of its own.

    Half of the corpus is one JSONL file, half are documents of 1 MiB. The store counts points and drops them, and the
    embedder costs little, so that what is measured is the pipeline: reading, chunking, lots, manifest.
    """
    found: dict[int, float] = {}
    for size in mebibytes:
        with tempfile.TemporaryDirectory() as folder:
            corpus = Path(folder, "corpus")
            _write_corpus(corpus, size)
            done = subprocess.run(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "tests.bench_embedding", "--memory-of", str(corpus)],
                cwd=ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                check=True,
                capture_output=True,
                text=True,
            )
            found[size] = json.loads(done.stdout.splitlines()[-1])["peak_mib"]
    return found


class CountingStore(MemoryStore):
    """Keeps heads, counts points: what a store on another machine costs this one."""

    points = 0

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        """Count them."""
        self.points += len(points) if self.spec(name) else 0

    def count(self, name: str, where: Where | None = None) -> int:
        """Return how many came."""
        return super().count(name, where) + self.points


class CheapEmbedder(HashEmbedder):
    """One vector for all: embedding is not what is measured."""

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, 384)."""
        return np.full((len(windows), 384), 1 / np.sqrt(384), dtype=np.float32)


def _peak_of(corpus: Path) -> float:
    from tests.workloads.embedding.ingest.runs import run, settings  # noqa: PLC0415 - in the measured process only
    from workloads.embedding.sources.opening import open_source  # noqa: PLC0415 - as above

    changes = {"source": {"uri": str(corpus)}, "chunking": {"tokens": 512, "overlap": 64}}
    used = settings(corpus.parent / "manifests", changes)
    source = open_source(used.source)
    embedder = CheapEmbedder(dimension=384)
    pipeline = run(corpus.parent / "manifests", CountingStore(), source, embedder=embedder, changes=changes)
    summary = pipeline.carry_out()
    if summary.outcome != "complete":
        raise AssertionError(summary)
    # Not getrusage: its maximum is also that of the process which started this one.
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise AssertionError("/proc/self/status has no VmHWM")
    return int(found[1]) / 1024


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _windows(number: int) -> Iterator[Chunk]:
    """Give chunks of 16 to 250 tokens of the repository's own documents: what the bare model reads uncut."""
    tokenizer = HashEmbedder().tokenizer
    words = " ".join(file.read_text() for file in sorted(ROOT.glob("docs/*.md"))).split()
    lengths = np.random.default_rng(7).integers(10, 130, number)
    for ordinal, (end, length) in enumerate(zip(np.cumsum(lengths), lengths, strict=True)):
        text = " ".join(words[(int(end - length) + at) % len(words)] for at in range(int(length)))
        ids = tokenizer.encode(text, add_special_tokens=False).ids[:250]
        shown = tokenizer.decode(ids)
        ids = tokenizer.encode(shown, add_special_tokens=False).ids[:250]
        yield Chunk("bench", ordinal, 0, len(shown), shown, tuple(ids))


def _write_corpus(folder: Path, mebibytes: int) -> None:
    folder.mkdir()
    words = " ".join(file.read_text() for file in sorted(ROOT.glob("docs/*.md"))).split()
    rng = np.random.default_rng(3)

    def text(size: int) -> str:
        start = int(rng.integers(len(words)))
        return " ".join(words[(start + at) % len(words)] for at in range(size // 7))

    for number in range(mebibytes // 2):
        (folder / f"{number}.txt").write_text(text(1 << 20))
    with (folder / "rows.jsonl").open("w") as rows:
        for number in range(mebibytes // 2 * 128):
            rows.write(json.dumps({"id": number, "text": text(8192)}) + "\n")


def main() -> None:
    """Print the figures as JSON."""
    if sys.argv[1:2] == ["--memory-of"]:
        print(json.dumps({"peak_mib": round(_peak_of(Path(sys.argv[2])), 1)}))  # noqa: T201 - what this program is for
        return
    print(json.dumps({"throughput": throughput(), "peak_mib_by_corpus_mib": memory()}, indent=2))  # noqa: T201 - as above


if __name__ == "__main__":
    main()
