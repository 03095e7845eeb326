"""A single program out of a pinned Go module of its own: built into the cache folder, once."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import cache_folder, locked
from rehearsal.cluster.go_build import Go, find_go
from rehearsal.cluster.toolchain_build import remove_unused

INSTEAD: Final = "install Go (https://go.dev/doc/install)"
FORMAT: Final = "1"
"""Goes up when what lies in the cache is laid out or built differently."""


@dataclass(frozen=True, kw_only=True)
class GoProgram:
    """What is built, and from which of a module's packages."""

    name: str
    """The program's file."""
    title: str
    """Its name in messages."""
    purpose: str
    """What it is for, where Go is missing."""
    folder: Path
    """Where its go.mod lies, in which the version stands; go.sum pins the content."""
    cache: str
    """Which part of the cache folder it is kept in."""
    module: str
    """Whose version is the program's."""
    package: str
    """Folder of the main package within the module; empty where it is our own, beside go.mod."""
    duration: str
    """How long a first build takes, for who waits."""
    version_variable: str = ""
    """The variable that the program reads its version from, where the linker has to set one."""
    needs_c: bool = False
    """Whether it does not build without a C compiler."""

    @property
    def version(self) -> str:
        """The version that go.mod requires."""
        return self._line(rf"^(?:require)?\s+{re.escape(self.module)} (v\S+)$")

    @property
    def go_version(self) -> str:
        """The lowest Go that the module accepts."""
        return self._line(r"^go (\S+)$")

    @property
    def built_package(self) -> str:
        """The main package as Go is asked for it."""
        return f"{self.module}/{self.package}" if self.package else "."

    @property
    def linker_flags(self) -> str:
        """What the linker is told."""
        stamp = f" -X {self.version_variable}={self.version.removeprefix('v')}" if self.version_variable else ""
        return f"-s -w{stamp}"

    def ready(self, told: Callable[[str], None] = lambda _: None) -> Path:
        """Return the program, after building it where it is missing; what happens is told as lines.

        Raises `GoError` and `CacheError`.
        """
        cache = cache_folder()
        folder = cache / self.cache / self.fingerprint
        program = folder / self.name
        if not os.access(program, os.X_OK):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder.parent / ".lock", lambda: told("waiting for another process that builds")):
                if not os.access(program, os.X_OK):
                    told(f"building {self.title} {self.version} into {folder}: once, {self.duration}")
                    start = time.monotonic()
                    go = find_go(self.go_version, cache, self.purpose, INSTEAD)
                    if self.needs_c:
                        go = replace(go, environment={**go.environment, "CGO_ENABLED": "1"})
                    self._build(go, program)
                    told(f"built in {time.monotonic() - start:.0f} s, {program.stat().st_size / 2**20:.0f} MiB")
                    remove_unused(folder)
        os.utime(folder)
        return program

    def _build(self, go: Go, program: Path) -> None:
        # Go may write beside go.mod, and the repository is not its to write to.
        module = program.parent / "module"
        module.mkdir(exist_ok=True)
        for file in self.folder.iterdir():
            (module / file.name).write_bytes(file.read_bytes())
        unfinished = program.with_name(f".{self.name}.{os.getpid()}")
        try:
            go.build(module, self.built_package, unfinished, self.linker_flags)
            unfinished.replace(program)
        finally:
            unfinished.unlink(missing_ok=True)

    def _line(self, pattern: str) -> str:
        match = re.search(pattern, (self.folder / "go.mod").read_text(), re.MULTILINE)
        if match is None:
            raise LookupError(f"{self.folder / 'go.mod'}: has no line {pattern}")
        return match[1]

    @property
    def fingerprint(self) -> str:
        """A name for exactly this module and these flags on this kind of machine."""
        machine = f"{platform.system()} {platform.machine()}"
        c = " with C" if self.needs_c else ""
        digest = hashlib.sha256(f"{FORMAT} {machine} {self.module}/{self.package} {self.linker_flags}{c}\n".encode())
        for file in sorted(self.folder.iterdir()):
            digest.update(f"{file.name}\n".encode() + file.read_bytes())
        return digest.hexdigest()[:16]
