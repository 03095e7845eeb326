"""Measures the embedding pipeline and writes docs/benchmarks/embedding.md: `make bench`.

Every figure stands beside a peer's of the same run; absolute ones are this machine's.
"""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests import bench_chunking, bench_embedding, bench_stores
from tests.workloads.embedding.stores.engines import ENGINES

REPORT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "embedding.md"

TEXT = """# The embedding pipeline's speed

Measured by `make bench` on {date}: {machine}, no GPU.

## Chunking

Windows of 512 tokens with 64 of overlap, of the model's own tokenizer, from the documents of this repository. Whole:
the windows lose no character, none is too long, no code block or table that fits is cut, no table row is cut.

{chunking}

Goal: at least as fast as the fastest that is whole. {chunking_verdict}

## Embedding

The packaged MiniLM on this machine's CPU, the same chunks, each way at its best batch size.

| | tokens/s |
|---|--:|
| `SentenceTransformer.encode`, batches of {bare_batch_size} | {bare_tokens_per_second:,} |
| ours, batches of {ours_batch_tokens} tokens | {ours_tokens_per_second:,} |

Ratio {ratio:.2f}; goal 0.95.

| corpus, MiB | peak memory of the run, MiB |
|--:|--:|
{memory}

Goal: flat, and at most 2,048 MiB for 1,024 MiB of text. The store drops what it is given and the vectors cost nothing,
so that what is measured is the pipeline.

## Vector stores

Points of 384 dimensions. Upsert: {written:,} points, ours as a share of the engine's own bulk path (goal 0.9). Recall:
of the {nearest} nearest of {searched:,} points that an exact search finds, what the index finds.

{stores}

Qdrant's client in local mode, Milvus Lite and the stand-in for Pinecone compare every vector: their recall says nothing
about an index. PostgreSQL with pgvector and Weaviate are real servers.
"""


def chunking_table() -> tuple[str, str]:
    """Return the table of chunkers, and what it says about the goal."""
    measured = bench_chunking.measure()
    rows = ["| chunker | tokens/s | whole | blocks cut | rows cut | characters lost | too long |"]
    rows.append("|---|--:|---|--:|--:|--:|--:|")
    rows += [
        f"| {each.name} | {each.tokens_per_second:,.0f} | {'yes' if each.keeps_all else 'no'} | {each.cut_blocks} |"
        f" {each.cut_rows} | {each.lost:,} | {each.too_long} |"
        for each in measured
    ]
    ours, *peers = measured
    whole = [each for each in peers if each.keeps_all]
    if not whole:
        return "\n".join(rows), "None of the others is."
    fastest = max(whole, key=lambda each: each.tokens_per_second)
    times = ours.tokens_per_second / fastest.tokens_per_second
    return "\n".join(rows), f"That is {fastest.name}; ours is {times:.1f} times as fast."


def stores_table(console: Console) -> str:
    """Return the table of stores."""
    rows = ["| engine | points/s, ours | its own bulk path | ratio | recall@10 | search, ms | exact search, ms |"]
    rows.append("|---|--:|--:|--:|--:|--:|--:|")
    for engine in ENGINES:
        console.print(f"  {engine}")
        written, found = bench_stores.upsert_ratio(engine), bench_stores.recall(engine)
        rows.append(
            f"| {engine} | {written.ours:,.0f} | {written.bulk:,.0f} | {written.ratio:.2f} | {found.recall:.3f} |"
            f" {found.index_milliseconds:.1f} | {found.exact_milliseconds:.1f} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure and write the report."""
    console = Console()
    console.print("chunking")
    chunking, verdict = chunking_table()
    console.print("embedding")
    embedding = bench_embedding.throughput()
    console.print("memory")
    memory = bench_embedding.memory((16, 128, 1024))
    console.print("vector stores")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    REPORT.write_text(
        TEXT.format(
            date=datetime.now(UTC).date(),
            machine=machine,
            chunking=chunking,
            chunking_verdict=verdict,
            memory="\n".join(f"| {size:,} | {peak:,.0f} |" for size, peak in memory.items()),
            stores=stores_table(console),
            written=bench_stores.WRITTEN,
            searched=bench_stores.SEARCHED,
            nearest=bench_stores.NEAREST,
            **embedding,
        )
    )
    console.print(f"written: {REPORT}")


if __name__ == "__main__":
    main()
