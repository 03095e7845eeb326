"""HTML pages: what a reader sees of them, without navigation, scripts and styles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bs4.dammit import EncodingDetector
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.encodings import decode
from workloads.embedding.parsing.parsed import Parsed, TextBuilder

_LEFT_OUT: Final = frozenset(
    {"head", "script", "style", "template", "noscript", "svg", "nav", "iframe", "object", "select", "button", "canvas"}
)
_INLINE: Final = frozenset(
    {
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "br",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "label",
        "mark",
    }
    | {
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    }
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_NAMED: Final = frozenset({"author", "date", "description", "generator", "keywords"})
_LAYOUT: Final = ("table", *_HEADINGS)
"""A table that holds one of these arranges a page; it is no table of data."""


def parse_html(data: bytes, limit: int) -> Parsed:  # noqa: ARG001 - one signature for all parsers
    """Return a page's text with its blocks; its title, language and `meta` elements are metadata."""
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    text, encoding = decode(data, declared)
    # Encoded again, since lxml would follow a declaration inside the page; huge_tree: pages nest deeper than 256.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser) if text.strip() else None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise DocumentFault("failed", "nests elements deeper than libxml2 reads (2,048)")
    if root is None:
        return Parsed("")
    page = _Page()
    page.read(root)
    metadata = dict(_metadata(root))
    if encoding != "utf-8":
        metadata["encoding"] = encoding
    return page.text.parsed({"title": page.text.title, **metadata})


class _Page:
    """Gathers words until a block begins or ends, then adds them as a block."""

    def __init__(self) -> None:
        self.text = TextBuilder()
        self._words: list[str] = []
        self._open: list[str] = []
        """Elements that say what the words are: headings and items of lists"""
        self._item_begun = False

    def read(self, root: Any) -> None:
        """Take all that is below an element."""
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = str(element.tag)
            if event == "end":
                self._leave(tag)
                self._words.append(element.tail or "")
            elif tag in _LEFT_OUT or tag == "pre" or (tag == "table" and _holds_data(element)):
                walk.skip_subtree()
                self._flush()
                if tag == "pre":
                    self.text.add("code", "".join(_words(element, "\n")))
                elif tag == "table":
                    self.text.add("table", _table(element))
            else:
                self._enter(tag)
                self._words.append(" " if tag == "br" else _own_text(element))
        self._flush()

    def _enter(self, tag: str) -> None:
        if tag not in _INLINE:
            self._flush()
        if tag == "li" or tag in _HEADINGS:
            self._open.append(tag)
            self._item_begun = False

    def _leave(self, tag: str) -> None:
        if tag not in _INLINE:
            self._flush()
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def _flush(self) -> None:
        words = " ".join("".join(self._words).split())
        self._words.clear()
        if not words:
            return
        within = self._open[-1] if self._open else ""
        if within == "li":
            self.text.add("list", f"  {words}" if self._item_begun else f"- {words}")
            self._item_begun = True
        elif within:
            self.text.add("heading", words, _HEADINGS[within])
        else:
            self.text.add("paragraph", words)


def _holds_data(table: Any) -> bool:
    return not any(table.find(f".//{tag}") is not None for tag in _LAYOUT)


def _table(table: Any) -> str:
    """Return a line for each row, its cells parted by bars."""
    caption = ["".join(_words(part, " ")) for part in table.iter("caption")]
    rows = [
        " | ".join(" ".join("".join(_words(cell, " ")).split()) for cell in row.iterchildren("td", "th"))
        for row in table.iter("tr")
    ]
    return "\n".join([*(" ".join(text.split()) for text in caption), *rows])


def _words(root: Any, between: str) -> Iterator[str]:
    """Give an element's texts, and `between` where a block or a line ends."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if element.tag not in _LEFT_OUT:
                yield _own_text(element)
            continue
        if element.tag == "br" or (element is not root and element.tag not in _INLINE):
            yield between
        if element is not root:
            yield element.tail or ""


def _own_text(element: Any) -> str:
    return f" {element.get('alt', '')} " if element.tag == "img" else element.text or ""


def _metadata(root: Any) -> Iterator[tuple[str, Any]]:
    title = root.findtext(".//title")
    if title and title.strip():
        yield "title", " ".join(title.split())
    if root.get("lang"):
        yield "language", root.get("lang")
    for element in root.iter("meta"):
        name, content = element.get("name", "").lower(), element.get("content")
        if name in _NAMED and content:
            yield name, content
