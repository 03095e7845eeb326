"""From bytes to text: by a byte order mark, by declaration, as UTF-8, else by what the bytes look like."""

from __future__ import annotations

import codecs
from typing import Final

from charset_normalizer import from_bytes

from workloads.embedding.faults import DocumentFault

_SAMPLE: Final = 1 << 17
"""Bytes that are looked at where the encoding has to be guessed."""
_MARKS: Final = (  # UTF-32's little-endian mark begins as UTF-16's does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_AS_BROWSERS: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    # Whoever could read the declaration was reading bytes.
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"), "utf-8"),
}
"""https://encoding.spec.whatwg.org/#names-and-labels, https://html.spec.whatwg.org/#prescan-a-byte-stream"""
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""Python's own codecs for other things; and UTF-7, which browsers refuse because it hides what it means."""
_COMMONEST: Final = "cp1252"
_TEXT_SHARE_OF_NULS: Final = 0.3
"""Latin text in UTF-16 has close to a half."""


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """Return the text and its encoding; a `DocumentFault` (failed) where no encoding fits.

    `declared` is what the document itself says, as an HTML page does.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _decoded(data[len(mark) :], encoding)
            if text is None:
                raise DocumentFault("failed", f"begins as {encoding.upper()} but is not: convert it to UTF-8")
            return text, encoding
    for encoding in (_known(declared), "utf-8"):
        if encoding and (text := _decoded(data, encoding)) is not None:
            return (text, encoding) if "\0" not in text else _with_nuls(data)
    guess = _guess(data)
    if guess and (text := _decoded(data, guess)) is not None and "\0" not in text:
        return text, guess
    return _with_nuls(data)


def _guess(data: bytes) -> str | None:
    """Return what the bytes look like; of encodings that fit equally well Windows' western one, the commonest."""
    matches = list(from_bytes(data[:_SAMPLE]))
    if not matches:
        return None
    best = matches[0]
    equal = [match.encoding for match in matches if match.coherence >= best.coherence]
    return _COMMONEST if _COMMONEST in equal else best.encoding


def _with_nuls(data: bytes) -> tuple[str, str]:
    """Return the text of UTF-16 without its mark; nothing else that is text holds zeros."""
    sample = data[:_SAMPLE]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros.count(0) > _TEXT_SHARE_OF_NULS * len(sample):
            text = _decoded(data, encoding)
            if text is not None and "\0" not in text:
                return text, encoding
    raise DocumentFault("failed", "is in no encoding that could be recognised, or is not text: convert it to UTF-8")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _known(declared: str | None) -> str | None:
    """Return the codec of a declared encoding; None for what is no encoding of text, such as `zlib`."""
    if not declared:
        return None
    try:
        found = codecs.lookup(declared).name
        name = _AS_BROWSERS.get(found, found)
        b" ".decode(name)  # `lookup` finds codecs from bytes to bytes as well
    except (LookupError, ValueError):  # ValueError: a name with a NUL
        return None
    return None if found in _NO_CHARSETS else name
