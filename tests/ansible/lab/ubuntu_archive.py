"""Real Ubuntu for hosts, where its archive answers: what Debian can't show of its releases' own programs."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import cache_folder
from tests.ansible.lab.command import LabError, run
from tests.ansible.lab.root_tree import APT, RootTree

ARCHIVE: Final = "http://archive.ubuntu.com/ubuntu"
SUITES: Final = {"Ubuntu-22.04": "jammy", "Ubuntu-24.04": "noble"}
KEYRING: Final = f"{ARCHIVE}/pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb"
KEY_FILE: Final = "./etc/apt/trusted.gpg.d/ubuntu-keyring-2018-archive.gpg"
FINGERPRINT: Final = "F6ECB3762474EDA9D21B7022871920D1991BC93C"
"""Ubuntu Archive Automatic Signing Key (2018); Debian has no package with it."""
ANSWERS_WITHIN_SECONDS: Final = 10


def ubuntu_tree(system: str) -> RootTree:
    """Return the tree of a release with the packages that the tree which poses as it has."""
    packages = ("apt", *APT)  # in Ubuntu apt is no part of the smallest system
    return RootTree(f"ubuntu-{SUITES[system]}", packages, SUITES[system], ARCHIVE, "main,universe", archive_keyring)


def archive_is_away() -> str:
    """Return why the archive can't be used; empty where it answers."""
    try:
        address = f"{ARCHIVE}/dists/noble/InRelease"
        with urllib.request.urlopen(address, timeout=ANSWERS_WITHIN_SECONDS) as answer:  # noqa: S310 - http, fixed above
            begins = answer.read(40)
    except OSError as error:
        return f"{ARCHIVE} does not answer: {error}"
    # A proxy may answer in the archive's place.
    return "" if begins.startswith(b"-----BEGIN PGP SIGNED") else f"{ARCHIVE} answers with something else"


def archive_keyring() -> Path:
    """Return the file with the archive's key, which is known by its fingerprint. Raises `LabError`."""
    file = cache_folder() / "ansible-lab" / "ubuntu-archive-keyring.gpg"
    if not file.exists():
        with urllib.request.urlopen(KEYRING, timeout=60) as answer:  # noqa: S310 - http, fixed above
            package = answer.read()
        archive = _output(["dpkg-deb", "--fsys-tarfile", "/dev/stdin"], package)
        unchecked = file.with_name(f".{file.name}")
        unchecked.write_bytes(_output(["tar", "--extract", "--to-stdout", KEY_FILE], archive))
        found = re.findall(r"^fpr:+(\w+):", run("gpg", "--show-keys", "--with-colons", unchecked), re.MULTILINE)
        if found != [FINGERPRINT]:
            raise LabError(f"{KEYRING}: holds the keys {found}, expected {FINGERPRINT}")
        unchecked.replace(file)
    return file


def _output(command: list[str], stdin: bytes) -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout  # noqa: S603 - fixed programs
