"""No document takes more memory than the settings allow."""

from __future__ import annotations

import zipfile
from typing import BinaryIO, Final

from workloads.embedding.faults import DocumentFault

MIB: Final = 1 << 20
_STEP: Final = 1 << 20
_MOST_ZIP_ENTRIES: Final = 10_000


def read_whole(stream: BinaryIO, limit: int) -> bytes:
    """Return all that a stream holds; a `DocumentFault` (skipped) where that is more than `limit` bytes."""
    data = bytearray()
    while piece := stream.read(_STEP):
        data += piece
        if len(data) > limit:
            raise too_large(limit)
    return bytes(data)


def too_large(limit: int) -> DocumentFault:
    """Return the fault of a document of more than `limit` bytes."""
    return DocumentFault("skipped", f"is larger than source.max_document_mib allows ({limit // MIB} MiB)")


def check_expansion(archive: zipfile.ZipFile, limit: int) -> None:
    """Refuse an archive that expands to more than `limit` bytes, before any of it is expanded.

    What the directory declares can be trusted so far: `zipfile` reads no more than that of an entry.
    """
    entries = archive.infolist()
    if len(entries) > _MOST_ZIP_ENTRIES:
        raise DocumentFault("skipped", f"is an archive of {len(entries)} files; at most {_MOST_ZIP_ENTRIES} are read")
    expanded = sum(entry.file_size for entry in entries)
    if expanded > limit:
        raise DocumentFault(
            "skipped",
            f"expands to {-(-expanded // MIB)} MiB; source.max_document_mib allows {limit // MIB}",
        )
