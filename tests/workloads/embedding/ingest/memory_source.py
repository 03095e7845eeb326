"""A source in memory: what stands in `files` is listed; a test changes it between runs, or during one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO

from workloads.embedding.sources.source import Item


class MemorySource:
    """Paths to bytes. The tag is the content's digest; `opened` lists what was read."""

    uri = "memory"

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.opened: list[str] = []

    def listing(self) -> Iterator[Item]:
        for path, content in sorted(self.files.items()):
            yield Item(path, path, hashlib.sha256(content).hexdigest()[:16], len(content))

    def open(self, item: Item) -> BinaryIO:
        self.opened.append(item.key)
        return io.BytesIO(self.files[item.path])
