"""A program that tests run: built from its pinned Go module into the cache folder, once.

It uses the code that builds the simulated cluster's programs, and is not one of them: a rehearsal needs none of these.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import cache_folder, locked
from rehearsal.cluster.go_build import Go, find_go
from rehearsal.cluster.toolchain_build import remove_unused

GO_MODULES: Final = Path(__file__).with_name("go_modules")
INSTEAD: Final = "install Go (https://go.dev/doc/install)"
FORMAT: Final = "1"
"""Goes up when what lies in the cache is laid out or built differently."""


@dataclass(frozen=True)
class GoProgram:
    """What is built, and from which of a module's packages."""

    name: str
    """The program's file."""
    title: str
    """Its name in messages."""
    module: str
    package: str
    """Folder of the main package within the module."""
    duration: str
    """How long a first build takes, for who waits."""
    version_variable: str = ""
    """The variable that the program reads its version from, where the linker has to set one."""

    @property
    def folder(self) -> Path:
        """Where its go.mod lies, in which the version stands; go.sum pins the content."""
        return GO_MODULES / self.name

    @property
    def version(self) -> str:
        """The version that go.mod requires."""
        return self._line(rf"^require {re.escape(self.module)} (v\S+)$")

    @property
    def go_version(self) -> str:
        """The lowest Go that the module accepts."""
        return self._line(r"^go (\S+)$")

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
        folder = cache / "test-programs" / self.fingerprint
        program = folder / self.name
        if not os.access(program, os.X_OK):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder.parent / ".lock", lambda: told("waiting for another process that builds")):
                if not os.access(program, os.X_OK):
                    told(f"building {self.title} {self.version} into {folder}: once, {self.duration}")
                    start = time.monotonic()
                    self._build(find_go(self.go_version, cache, f"the {self.title} of the tests", INSTEAD), program)
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
            go.build(module, f"{self.module}/{self.package}", unfinished, self.linker_flags)
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
        digest = hashlib.sha256(f"{FORMAT} {machine} {self.module}/{self.package} {self.linker_flags}\n".encode())
        for file in sorted(self.folder.iterdir()):
            digest.update(f"{file.name}\n".encode() + file.read_bytes())
        return digest.hexdigest()[:16]


WEAVIATE: Final = GoProgram(
    name="weaviate",
    title="Weaviate",
    module="github.com/weaviate/weaviate",
    package="cmd/weaviate-server",
    duration="2 to 10 minutes on two cores",
)
ACTIONLINT: Final = GoProgram(
    name="actionlint",
    title="actionlint",
    module="github.com/rhysd/actionlint",
    package="cmd/actionlint",
    duration="half a minute",
    version_variable="github.com/rhysd/actionlint.version",
)
PROGRAMS: Final = (ACTIONLINT, WEAVIATE)
