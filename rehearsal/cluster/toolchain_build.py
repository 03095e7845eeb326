"""Builds the simulated cluster's programs out of their Go modules, and copies the files that the modules carry."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rehearsal.cluster.build_progress import BuildProgress
from rehearsal.cluster.go_build import Go, find_go
from rehearsal.cluster.toolchain_parts import (
    BINARIES,
    DEFINITIONS,
    GO_MODULES,
    STAGES,
    Binary,
    Files,
    go_version,
    linker_flags,
    versions,
)

COMPLETE: Final = "versions.json"
"""Written last: a folder that has it has everything."""

NEEDED_BYTES: Final = 8_000_000_000
"""Free space for a first build: Go's objects take 4.7 GB of it, its modules 1.9 GB, the result 0.6 GB."""

UNUSED_DAYS: Final = 30
"""After which the programs of other versions are removed."""

MEBIBYTE: Final = 2**20


class ToolchainError(Exception):
    """The programs cannot be built; the message is for users."""


def build(folder: Path, cache: Path, progress: BuildProgress) -> None:
    """Build what is missing in a folder. Raises `GoError` and `ToolchainError`."""
    go = find_go(go_version(), cache)
    missing = [binary for binary in BINARIES if not (folder / "bin" / binary.name).exists()]
    free = shutil.disk_usage(folder).free
    if len(missing) == len(BINARIES) and free < NEEDED_BYTES:
        needed = f"needs {NEEDED_BYTES / 1e9:.0f} GB free"
        raise ToolchainError(f"building the cluster's programs {needed}, and {folder} has {free / 1e9:.1f} GB")
    # Go may write beside go.mod, and the repository is not its to write to.
    modules = folder / "modules"
    shutil.copytree(GO_MODULES, modules, dirs_exist_ok=True)
    (folder / "bin").mkdir(exist_ok=True)
    progress.announced(len(missing), folder)
    for binary in missing:
        _build_one(go, binary, modules, folder / "bin", progress)
    _copy_files(go, (*DEFINITIONS, STAGES), modules, folder, progress)
    _write(folder / COMPLETE, json.dumps(versions(), indent=1))


def _build_one(go: Go, binary: Binary, modules: Path, into: Path, progress: BuildProgress) -> None:
    progress.started(binary.name)
    start = time.monotonic()
    unfinished = into / f".{binary.name}.{os.getpid()}"
    try:
        go.build(modules / binary.folder, binary.package, unfinished, linker_flags(binary))
        unfinished.replace(into / binary.name)
    finally:
        unfinished.unlink(missing_ok=True)
    size = (into / binary.name).stat().st_size / MEBIBYTE
    progress.finished(binary.name, f"{versions()[binary.module]}, {size:.0f} MiB", time.monotonic() - start)


def _copy_files(go: Go, parts: Sequence[Files], modules: Path, folder: Path, progress: BuildProgress) -> None:
    step = "custom resource definitions"
    progress.started(step)
    start, count = time.monotonic(), 0
    wanted: dict[str, list[str]] = {}
    for part in parts:
        wanted.setdefault(part.folder, []).append(part.module)
    sources = {name: go.download(modules / name, paths) for name, paths in wanted.items()}
    for part in parts:
        source, target = sources[part.folder][part.module], folder / part.name
        target.mkdir(parents=True, exist_ok=True)
        texts = {file.name: file.read_text() for pattern in part.patterns for file in sorted(source.glob(pattern))}
        wanted_kind = re.compile(rf"^kind: {part.kind}$", re.MULTILINE)
        files = {name: text for name, text in texts.items() if wanted_kind.search(text)}
        if not files:
            raise ToolchainError(f"{part.module} carries no {' or '.join(part.patterns)}")
        for name, text in files.items():
            _write(target / name, text)
        count += len(files)
    progress.finished(step, f"{count} files of {len(parts)} modules", time.monotonic() - start)


def _write(file: Path, text: str) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(file)


def remove_unused(folder: Path) -> None:
    """Remove other versions' programs that nobody has used for long; each takes 0.6 GB."""
    oldest = time.time() - UNUSED_DAYS * 86_400
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder and other.stat().st_mtime < oldest:
            shutil.rmtree(other, ignore_errors=True)
