"""Texts of every shape for property tests, as blocks whose places are known."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from workloads.embedding.records import Block, BlockKind, Document

_WORDS: Final = """the a fox jumps over lazy dogs. Was it? No! e.g. 12.5 café 東京 naïve x=1 foo(bar) [SEP] don't
\U0001f600\U0001f680 \u200b e\u0301 averyveryverylongwordwithoutanyblankinit"""
WORDS = st.sampled_from(_WORDS.split()) | st.just("longer" * 30)
LINES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(["heading", "paragraph", "list", "code", "table"])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a document of blocks, with any white space and stray text between them."""
    text = draw(st.sampled_from(["", "\n", "  stray words first\n\n"]))
    blocks: list[Block] = []
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(KINDS)
        lines = draw(st.lists(LINES, min_size=1, max_size=1 if kind == "heading" else 8))
        start = len(text)
        text += "\n".join(lines)
        blocks.append(Block(kind, start, len(text), draw(st.integers(1, 6)) if kind == "heading" else 0))
        text += draw(st.sampled_from(["\n", "\n\n", "\n \t\n", "\n\nstray. Text\n\n", " " * 50 + "\n"]))
    return Document("doc", text, "digest", blocks=tuple(blocks))


ANY_TEXT = st.text(max_size=400).map(lambda text: Document("any", text, "digest"))
