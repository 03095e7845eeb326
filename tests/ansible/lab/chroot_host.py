"""A host that is not booted: a root tree that Ansible enters by chroot, for machines on which none can boot.

No systemd, no SSH, no reboot: `state: started` says ok and nothing starts. What it can show is packages and files.
"""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Final

from tests.ansible.lab.command import attempt, run
from tests.ansible.lab.doubles.state import STATE, State
from tests.ansible.lab.host_files import HostDescription, put_files
from tests.ansible.lab.overlay import mount, unmount_below, within, write_within

CLEAN: Final = (
    "env",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
)
DEVICES: Final = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


class ChrootHost:
    """One root tree; `root` is where it lies on this machine."""

    booted = False

    def __init__(self, description: HostDescription, folder: Path, tree: Path, sources: dict[str, str]) -> None:
        self.description = description
        self.name = description.name
        self.address = description.address
        self.folder = folder
        self.root = mount(tree, folder)
        put_files(self.root, description, sources)
        self.double = State(self.root / STATE)
        """The state of the doubles: what the GPUs are like, which program fails how."""
        self._mount_kernel()
        # What the boot unit does in a host that boots.
        self.run("/usr/lib/gpu-double/boot")

    def run(self, command: str, timeout: float = 240, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a shell command as root in the tree."""
        return attempt("chroot", self.root, *CLEAN, "sh", "-c", f"cd /root\n{command}", stdin=stdin, timeout=timeout)

    def read(self, path: str) -> str:
        """Return a file of the tree. Raises `FileNotFoundError`."""
        return within(self.root, path).read_text()

    def write(self, path: str, content: str, mode: int = 0o644) -> None:
        """Write a file of the tree, with its folders."""
        write_within(self.root, path, content.encode(), mode)

    def stop(self) -> None:
        """Remove the tree; nothing of it stays."""
        unmount_below(self.folder)

    def _mount_kernel(self) -> None:
        run("mount", "-t", "proc", "proc", self.root / "proc")
        run("mount", "-t", "sysfs", "-o", "ro", "sysfs", self.root / "sys")
        # This machine's own devices stay out of reach.
        for name in ("dev", "run", "tmp"):
            run("mount", "-t", "tmpfs", "-o", "mode=0755" if name == "dev" else "mode=1777", name, self.root / name)
        for name, numbers in DEVICES.items():
            device = self.root / "dev" / name
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(*numbers))
            device.chmod(0o666)
        (self.root / "dev/fd").symlink_to("/proc/self/fd")
