"""The Weaviate server that tests talk to: built from its pinned Go module into the cache folder, once.

It uses the code that builds the simulated cluster's programs, and is not one of them: who rehearses needs no Weaviate.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import cache_folder, locked
from rehearsal.cluster.go_build import Go, find_go
from rehearsal.cluster.toolchain_build import remove_unused

GO_MODULE: Final = Path(__file__).with_name("go_modules") / "weaviate"
"""Its go.mod is where the version stands; go.sum pins the content."""
MODULE: Final = "github.com/weaviate/weaviate"
PACKAGE: Final = f"{MODULE}/cmd/weaviate-server"
LINKER_FLAGS: Final = "-s -w"
FORMAT: Final = "1"
"""Goes up when what lies in the cache is laid out or built differently."""


def ready_weaviate(told: Callable[[str], None] = lambda _: None) -> Path:
    """Return the server's program, after building it where it is missing; what happens is told as lines.

    Raises `GoError` and `CacheError`.
    """
    cache = cache_folder()
    folder = cache / "test-servers" / fingerprint()
    program = folder / "weaviate"
    if not os.access(program, os.X_OK):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder.parent / ".lock", lambda: told("waiting for another process that builds")):
            if not os.access(program, os.X_OK):
                told(f"building Weaviate {version()} into {folder}: once, 2 to 10 minutes on two cores")
                start = time.monotonic()
                _build(find_go(go_version(), cache, "the Weaviate of the tests", INSTEAD), program)
                told(f"built in {time.monotonic() - start:.0f} s, {program.stat().st_size / 2**20:.0f} MiB")
                remove_unused(folder)
    os.utime(folder)
    return program


INSTEAD: Final = "install Go (https://go.dev/doc/install)"


def _build(go: Go, program: Path) -> None:
    # Go may write beside go.mod, and the repository is not its to write to.
    module = program.parent / "module"
    module.mkdir(exist_ok=True)
    for file in GO_MODULE.iterdir():
        (module / file.name).write_bytes(file.read_bytes())
    unfinished = program.with_name(f".weaviate.{os.getpid()}")
    try:
        go.build(module, PACKAGE, unfinished, LINKER_FLAGS)
        unfinished.replace(program)
    finally:
        unfinished.unlink(missing_ok=True)


def version() -> str:
    """Return the version of Weaviate that go.mod requires."""
    return _line(rf"^require {re.escape(MODULE)} (v\S+)$")


def go_version() -> str:
    """Return the lowest Go that the module accepts."""
    return _line(r"^go (\S+)$")


def _line(pattern: str) -> str:
    match = re.search(pattern, (GO_MODULE / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise LookupError(f"{GO_MODULE / 'go.mod'}: has no line {pattern}")
    return match[1]


def fingerprint() -> str:
    """Return a name for exactly this module and these flags on this kind of machine."""
    digest = hashlib.sha256(f"{FORMAT} {platform.system()} {platform.machine()} {PACKAGE} {LINKER_FLAGS}\n".encode())
    for file in sorted(GO_MODULE.iterdir()):
        digest.update(f"{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]
