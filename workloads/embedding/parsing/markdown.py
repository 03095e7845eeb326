"""Markdown (CommonMark with tables), kept as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from workloads.embedding.parsing.encodings import decode
from workloads.embedding.parsing.parsed import Parsed, clean
from workloads.embedding.records import Block, BlockKind

_FENCE: Final = "---"
_LONGEST_FRONT_MATTER: Final = 1 << 16
_ATX: Final = re.compile(r"[\s>]*#{1,6}(?!#)[ \t]*(.*?)(?:[ \t]+#+)?[ \t]*$")
_LISTS: Final = {"bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"}
_KINDS: Final[Mapping[str, BlockKind]] = {
    "paragraph_open": "paragraph",
    "html_block": "paragraph",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
    "heading_open": "heading",
}


def parse_markdown(data: bytes, limit: int) -> Parsed:  # noqa: ARG001 - one signature for all parsers
    """Return the text as it is written, with its blocks; front matter in YAML is metadata and no text."""
    text, encoding = decode(data)
    metadata, text = _front_matter(clean(text))
    blocks = tuple(_blocks(text))
    title = next((text[block.start : block.end] for block in blocks if block.kind == "heading"), None)
    found: dict[str, Any] = {"title": title} if title else {}
    if encoding != "utf-8":
        found["encoding"] = encoding
    return Parsed(text, blocks, {**found, **metadata})


class _WithoutAliases(yaml.SafeLoader):
    """Reads YAML in which nothing stands for something else: some lines of aliases would fill any memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("holds aliases")
        return super().compose_node(parent, index)


def _front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    if not text.startswith(f"{_FENCE}\n"):
        return {}, text
    end = text.find(f"\n{_FENCE}\n", len(_FENCE), _LONGEST_FRONT_MATTER)
    if end < 0:
        return {}, text
    try:
        metadata: object = yaml.load(text[len(_FENCE) : end], _WithoutAliases)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date such as 2026-02-30
        return {}, text
    if not isinstance(metadata, Mapping):
        return {}, text
    return metadata, text[end + len(_FENCE) + 2 :]


def _blocks(text: str) -> Iterator[Block]:
    """Give the innermost blocks, each whole lines; a list is one block up to code or a table in it."""
    reader = MarkdownIt("commonmark").enable("table")
    reader.core.ruler.enableOnly(["normalize", "block"])  # what is inside a line changes nothing here
    lines = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    pending, pending_list = None, 0
    for token, in_list in _leaves(reader.parse(text)):
        first, last = token.map or (0, 0)
        start = lines[first]
        end = start + len(text[start : lines[last]].rstrip())
        kind: BlockKind = "list" if in_list and _KINDS[token.type] == "paragraph" else _KINDS[token.type]
        if pending is not None and pending.kind == kind == "list" and in_list == pending_list:
            pending = Block("list", pending.start, end)
            continue
        if pending is not None:
            yield pending
        pending, pending_list = (
            _heading(text, start, end, token) if kind == "heading" else Block(kind, start, end),
            in_list,
        )
    if pending is not None:
        yield pending


def _leaves(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    """Give the tokens that are blocks, each with the number of the list that it is in, from 1, or 0."""
    number = depth = 0
    for token in tokens:
        if token.type in _LISTS:
            number += depth == 0 and token.nesting > 0
            depth += token.nesting
        elif token.type in _KINDS and token.map:
            yield token, number if depth else 0


def _heading(text: str, start: int, end: int, token: Token) -> Block:
    """Return the block of a heading's words alone, without its marks."""
    if token.markup.startswith("#"):
        words = _ATX.match(text, start, end)
        start, end = words.span(1) if words else (start, end)
    else:  # underlined
        end = max(start, text.rfind("\n", start, end))
    return Block("heading", start, end, int(token.tag[1:]))
