"""PDF, by its text; what is on pages as pictures alone is not read."""

from __future__ import annotations

import io
import logging
from typing import Any, Final

from pypdf import PasswordType, PdfReader

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.limits import too_large
from workloads.embedding.parsing.parsed import Parsed, clean

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it names every flaw of a file; what can't be read raises
_FIELDS: Final = {"/Title": "title", "/Author": "author", "/Subject": "subject", "/Keywords": "keywords"}


def parse_pdf(data: bytes, limit: int) -> Parsed:
    """Return the pages' text, an empty line between pages; title, author and the number of pages are metadata.

    A `DocumentFault` (failed) says that the file is broken, or encrypted with a password that is not empty.
    """
    try:
        return _parsed(data, limit)
    except DocumentFault:
        raise
    except Exception as error:  # pypdf raises whatever a broken file leads to: KeyError, RecursionError, its own
        raise DocumentFault("failed", f"is no readable PDF: {type(error).__name__}: {error}") from error


def _parsed(data: bytes, limit: int) -> Parsed:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise DocumentFault("failed", "is encrypted and needs a password")
    pages: list[str] = []
    characters = 0
    for page in reader.pages:
        pages.append(clean(page.extract_text()).strip())
        characters += len(pages[-1])
        if characters > limit:
            raise too_large(limit)
    if pages and not any(pages):
        raise DocumentFault("skipped", f"has {len(pages)} pages without text (pictures of pages are not read)")
    return Parsed("\n\n".join(page for page in pages if page), metadata={**_metadata(reader), "pages": len(pages)})


def _metadata(reader: PdfReader) -> dict[str, Any]:
    found = reader.metadata or {}
    return {name: str(found[key]) for key, name in _FIELDS.items() if found.get(key)}
