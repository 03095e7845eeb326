"""DOCX: paragraphs, headings, lists and tables by their styles."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any, Final

from docx import Document as open_docx
from docx.document import Document as Docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.limits import check_expansion
from workloads.embedding.parsing.parsed import Parsed, TextBuilder

_HEADING: Final = re.compile(r"Heading ([1-9])")
_CODE: Final = re.compile(r"code|preformatted|macro", re.IGNORECASE)
_OLD_OR_ENCRYPTED: Final = bytes.fromhex("d0cf11e0a1b11ae1")
"""Compound file: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb"""


def parse_docx(data: bytes, limit: int) -> Parsed:
    """Return a document's text with its blocks; its properties are metadata.

    A `DocumentFault` says that it is broken or encrypted (failed), or expands to more than the limit (skipped).
    """
    if data.startswith(_OLD_OR_ENCRYPTED):
        raise DocumentFault("failed", "is encrypted, or of Word's format before 2007")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_expansion(archive, limit)
        document = open_docx(io.BytesIO(data))
        text = TextBuilder()
        code: list[str] = []
        for content in document.iter_inner_content():
            if isinstance(content, Paragraph) and _CODE.search(_style(content)):
                code.append(content.text)
                continue
            text.add("code", "\n".join(code))
            code.clear()
            if isinstance(content, Table):
                text.add("table", _table(content))
            else:
                _add(text, content)
        text.add("code", "\n".join(code))
        metadata = _properties(document)
    except DocumentFault:
        raise
    except Exception as error:  # python-docx raises whatever a broken file leads to: KeyError, ValueError, lxml's
        raise DocumentFault("failed", f"is no readable DOCX: {type(error).__name__}: {error}") from error
    return text.parsed({"title": text.title, **metadata})


def _add(text: TextBuilder, paragraph: Paragraph) -> None:
    style, words = _style(paragraph), paragraph.text.strip()
    found = _HEADING.match(style)
    if found or style == "Title":
        text.add("heading", " ".join(words.split()), min(int(found.group(1)), 6) if found else 1)
    elif words and style.startswith("List"):
        text.add("list", f"- {words}")
    else:
        text.add("paragraph", words)


def _style(paragraph: Paragraph) -> str:
    return (paragraph.style.name if paragraph.style is not None else None) or ""


def _table(table: Table) -> str:
    """Return a line for each row, its cells parted by bars; a cell over several columns stands once."""
    lines: list[str] = []
    for row in table.rows:
        cells = list({id(cell._tc): cell for cell in row.cells}.values())  # pyright: ignore[reportPrivateUsage] - its identity
        lines.append(" | ".join(" ".join(cell.text.split()) for cell in cells))
    return "\n".join(lines)


def _properties(document: Docx) -> dict[str, Any]:
    found = document.core_properties
    names = ("title", "author", "subject", "keywords", "category", "language")
    return {name: getattr(found, name) for name in names if getattr(found, name)}
