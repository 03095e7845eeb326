"""The package repositories that hosts of the lab install from, and the files that vendors offer beside packages.

Everything in them stands in for the vendors': names, versions, epochs and relations are theirs, contents are doubles,
but for containerd, ctr and nvidia-ctk, which are built from their published sources.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import cache_folder, locked
from tests.ansible.lab.packages import debian_archive, package_table, rpm_archive
from tests.ansible.lab.packages.contents import real_program
from tests.ansible.lab.packages.package_table import Package
from tests.ansible.lab.packages.plain_files import write_plain_files
from tests.ansible.lab.packages.signing import Signer
from tests.programs.go_program import CONTAINERD, CTR, NVIDIA_CTK

FORMAT: Final = "1"
"""Goes up when something outside the hashed folders changes what is built."""
INPUTS: Final = (Path(__file__).parent, Path(__file__).parents[1] / "doubles")
NEWEST: Final = "-newest"
"""Repositories of this ending keep one point release of each name, as the distributions' archives do."""


@cache
def prepared_packages() -> Path:
    """Return a folder with apt/<system>, rpm/<system> and files, after building it where it is missing."""
    parent = cache_folder() / "ansible-lab-packages"
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / fingerprint()
    with locked(parent / ".lock", lambda: None):
        if not folder.is_dir():
            unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
            try:
                build_packages(unfinished)
                unfinished.replace(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
            _remove_others(folder)
    return folder


def build_packages(folder: Path) -> None:
    """Fill a folder with the repositories and files, from nothing."""
    files = folder / "files"
    files.mkdir(parents=True)
    signer = Signer(folder / ".key")
    try:
        signer.export(files)
        for system in package_table.systems("ubuntu"):
            listed = package_table.packages("ubuntu", system)
            for name, offered in ((system, listed), (f"{system}{NEWEST}", newest(listed))):
                debian_archive.write_repository(folder / "apt" / name, offered, folder / ".pool", signer)
        for system in package_table.systems("redhat"):
            listed = package_table.packages("redhat", system)
            streams = package_table.streams("redhat", system)
            rpm_archive.write_repository(folder / "rpm" / system, listed, streams, signer)
        write_plain_files(files)
    finally:
        signer.close()
        for rest in (".key", ".pool"):
            shutil.rmtree(folder / rest, ignore_errors=True)


def newest(packages: Iterable[Package]) -> list[Package]:
    """Of each name the newest version, as an archive keeps it."""
    ordered = sorted(packages, key=lambda package: (package.name, _numbers(package.version)))
    return [list(versions)[-1] for _, versions in groupby(ordered, key=lambda package: package.name)]


def fingerprint() -> str:
    """A name for exactly these tables, doubles and programs."""
    digest = hashlib.sha256(FORMAT.encode())
    for folder in INPUTS:
        for file in sorted(path for path in folder.iterdir() if path.suffix in (".py", ".yaml", ".sh")):
            digest.update(file.name.encode() + file.read_bytes())
    for program in (CONTAINERD, CTR, NVIDIA_CTK):
        digest.update(str(real_program(program.name)).encode())
    return digest.hexdigest()[:16]


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _remove_others(folder: Path) -> None:
    """Keep the last two: somebody's hosts may still install from the one before."""
    others = sorted(
        (path for path in folder.parent.iterdir() if path.is_dir() and path != folder), key=os.path.getmtime
    )
    for path in others[:-2]:
        shutil.rmtree(path, ignore_errors=True)
