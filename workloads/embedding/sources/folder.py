"""Documents in a folder of this machine."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from workloads.embedding.faults import DocumentFault, SourceUnavailableError
from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.patterns import Patterns
from workloads.embedding.sources.source import Item, item_key
from workloads.faults import AccessError, InputError, ProgramError


class FolderSource:
    """Regular files below a folder, in the order of their names.

    A link to a file inside the folder is taken, as Kubernetes mounts config maps; one that leads out of it is not, and
    no link to a folder is followed.
    """

    def __init__(self, settings: SourceSettings) -> None:
        """Take the folder; `InputError` where it is none."""
        self.uri = settings.uri
        self._folder = Path(settings.uri).resolve()
        self._patterns = Patterns(settings)
        if not self._folder.is_dir():
            raise InputError(f"source.uri: {settings.uri}: is no folder that can be read")

    def listing(self) -> Iterator[Item]:
        """Give the files; whatever can't be listed raises, since its files would seem to be gone."""
        for folder, folders, files in os.walk(self._folder, onerror=_refuse):
            folders.sort()
            for name in sorted(files):
                file = Path(folder, name)
                path = file.relative_to(self._folder).as_posix()
                if self._patterns.take(path):
                    yield from self._item(file, path)

    def open(self, item: Item) -> BinaryIO:
        """Open a file; a `DocumentFault` where it is gone, or may not be read."""
        try:
            return (self._folder / item.path).open("rb")
        except FileNotFoundError as error:
            raise DocumentFault("skipped", "is gone since it was listed") from error
        except OSError as error:
            raise DocumentFault("failed", f"can't be read: {error.strerror or error}") from error

    def _item(self, file: Path, path: str) -> Iterator[Item]:
        try:
            if file.is_symlink() and not file.resolve().is_relative_to(self._folder):
                return
            found = file.stat()
        except FileNotFoundError:  # gone since its folder was read, or a link to nothing
            return
        except OSError as error:
            _refuse(error)
            return
        if stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
            # Both times: a file can get an older modification time, and a clock can be set back; ctime follows every
            # write and can't be chosen.
            tag = f"{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_size}"
            yield Item(item_key(path), path, tag, found.st_size)


def _refuse(error: OSError) -> None:
    raise _fault(error) from error


def _fault(error: OSError) -> ProgramError:
    message = f"source.uri: {error.filename}: {error.strerror or error}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessError(message)
    return SourceUnavailableError(message)
