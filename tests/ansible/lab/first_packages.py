"""What the package manager of a new host knows as installed.

The root trees are Debian's, so that dpkg knows many packages and rpm none. A machine whose rpm has none doesn't exist,
and Ansible's package_facts takes it for one without a package manager.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.ansible.lab.command import run

FIRST: Final = {"RedHat-9": "redhat-release"}


def install_first_packages(root: Path, system: str, repository: Path) -> None:
    """Install the system's own package into the tree under `root`. Raises `LabError`."""
    if system not in FIRST:
        return
    (package,) = (repository / "rpm" / system).glob(f"{FIRST[system]}-[0-9]*.rpm")
    inside = root / package.name
    shutil.copyfile(package, inside)
    run("chroot", root, "env", "-i", "PATH=/usr/bin:/bin", "HOME=/root", "rpm", "--install", f"/{package.name}")
    inside.unlink()
