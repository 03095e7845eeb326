"""Markdown is kept as written, and its blocks are where they are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.embedding.parsing.markdown import parse_markdown

GUIDE = """---
title: The guide
tags: [a, b]
---
# Guide #

Some words
over two lines.

Install
-------

- one
  and more
- two

  ```sh
  make install
  ```
- three

1. other

| a | b |
|---|---|
| 1 | 2 |

> # Quoted
> words

    indented code

<div>html</div>
"""
PIECES = st.sampled_from(
    [
        "# H",
        "word",
        "- item",
        "  ",
        "\n",
        "\n\n",
        "```",
        "> ",
        "| a | b |",
        "|---|---|",
        "1. ",
        "    ",
        "===",
        "---",
        "\t",
        "é\u2028x",
    ]
)


def found(text: str) -> list[tuple[str, str, int]]:
    parsed = parse_markdown(text.encode(), 1 << 20)
    return [(block.kind, parsed.text[block.start : block.end], block.level) for block in parsed.blocks]


def test_blocks_are_whole_lines_and_headings_their_words() -> None:
    assert found(GUIDE) == [
        ("heading", "Guide", 1),
        ("paragraph", "Some words\nover two lines.", 0),
        ("heading", "Install", 2),
        ("list", "- one\n  and more\n- two", 0),
        ("code", "  ```sh\n  make install\n  ```", 0),
        ("list", "- three", 0),
        ("list", "1. other", 0),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |", 0),
        ("heading", "Quoted", 1),
        ("paragraph", "> words", 0),
        ("code", "    indented code", 0),
        ("paragraph", "<div>html</div>", 0),
    ]


def test_front_matter_is_metadata_and_no_text() -> None:
    parsed = parse_markdown(GUIDE.encode(), 1 << 20)
    assert parsed.text.startswith("# Guide #")
    assert parsed.metadata == {"title": "The guide", "tags": ["a", "b"]}


def test_front_matter_that_is_no_yaml_is_text() -> None:
    for text in (
        "---\n: : :\n- x\n---\nwords",
        "---\nday: 2026-02-30\n---\nwords",
        "---\nwords\n---\nmore",
        "---\nopen",
    ):
        assert parse_markdown(text.encode(), 1 << 20).text == text


def test_the_first_heading_is_the_title_where_nothing_else_says_it() -> None:
    assert parse_markdown(b"words\n\n## A `guide`", 100).metadata == {"title": "A `guide`"}


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=200, deadline=None)
def test_blocks_never_overlap_and_lie_in_the_text(text: str) -> None:
    parsed = parse_markdown(text.encode(), 1 << 20)
    end = 0
    for block in parsed.blocks:
        assert end <= block.start <= block.end <= len(parsed.text)
        end = block.end


def test_front_matter_that_grows_without_end_is_text() -> None:
    """Two kilobytes of aliases stand for 13 million entries, by repetition and by merging alike."""
    for repeated in ("k{}: {}", "<<: [{1}]"):
        levels = ["a: &a {x: }"]
        for name, below in ("ba", "cb", "dc", "ed"):
            if repeated.startswith("<<"):
                inner = repeated.format(0, ", ".join([f"*{below}"] * 60))
            else:
                inner = ", ".join(repeated.format(number, f"*{below}") for number in range(60))
            levels.append(f"{name}: &{name} {{{inner}}}")
        text = "\n".join(["---", *levels, "---", "words", ""])
        parsed = parse_markdown(text.encode(), 1 << 20)
        assert "a" not in parsed.metadata
        assert parsed.text == text
