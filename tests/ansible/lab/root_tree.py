"""Root trees: folders with an installed operating system, which hosts get an overlay of."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import cache_folder, locked
from tests.ansible.lab.command import LabError, attempt

FORMAT: Final = "3"
"""Goes up when a tree is built differently."""
USER: Final = "deploy"
"""Whom Ansible logs in as: may use sudo without a password, as the users of cloud images do."""

EVERYWHERE: Final = (
    *("systemd", "systemd-sysv", "dbus", "udev", "openssh-server", "sudo", "python3", "python3-yaml"),
    "ca-certificates",
    *("iproute2", "iputils-ping", "procps", "kmod", "pciutils", "jq", "curl", "rsync", "logrotate", "dmidecode"),
    *("chrony", "auditd", "nftables", "mdadm", "e2fsprogs", "xfsprogs", "parted", "nvme-cli", "ethtool", "numactl"),
)
APT: Final = (
    *EVERYWHERE,
    *("python3-apt", "python3-debian", "gpgv", "lsb-release", "unattended-upgrades", "needrestart", "initramfs-tools"),
    *("cron", "grub-common", "grub2-common", "ufw"),
)
DNF: Final = (*EVERYWHERE, "dnf", "rpm", "python3-dnf", "python3-rpm", "dnf-plugins-core", "firewalld")


@dataclass(frozen=True)
class RootTree:
    """What lies in a tree; the same content gives the same folder of the cache."""

    name: str
    packages: tuple[str, ...]
    suite: str = "bookworm"
    archive: str = "http://deb.debian.org/debian"
    components: str = "main"
    keyring: Callable[[], Path] | None = None
    """Where the keys lie that the archive is checked with; None for those that this machine trusts."""

    def ready(self, told: Callable[[str], None] = lambda _: None) -> Path:
        """Return the tree, after building it where it is missing; what happens is told as lines.

        Raises `LabError` and `CacheError`.
        """
        trees = cache_folder() / "ansible-lab"
        tree = trees / f"{self.name}-{self.fingerprint}"
        if not tree.is_dir():
            trees.mkdir(parents=True, exist_ok=True)
            with locked(trees / ".lock", lambda: told("waiting for another process that builds")):
                if not tree.is_dir():
                    told(f"building the {self.name} tree from {self.archive} into {tree}: once, a minute or two")
                    start = time.monotonic()
                    self._build(tree)
                    told(f"built in {time.monotonic() - start:.0f} s")
                    self._remove_others(tree)
        return tree

    def _build(self, tree: Path) -> None:
        unfinished = tree.with_name(f".{tree.name}.{os.getpid()}")
        options = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale", "info")]
        try:
            done = attempt(
                *("mmdebstrap", "--variant=apt", "--mode=root", "--quiet", '--aptopt=Acquire::Languages "none"'),
                *options,
                *("--aptopt=Acquire::Retries 5", f"--include={','.join(self.packages)}"),
                *(f'--customize-hook=chroot "$1" {command}' for command in CUSTOMIZED),
                *([f"--keyring={self.keyring()}"] if self.keyring else []),
                *(f"--components={self.components}", self.suite, unfinished, self.archive),
                timeout=1200,
            )
            if done.returncode:
                raise LabError(f"mmdebstrap could not build the {self.name} tree: {done.stderr.strip()[-3000:]}")
            unfinished.replace(tree)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _remove_others(self, tree: Path) -> None:
        """Trees of earlier contents go, but for one that hosts may still stand on: those of the last day stay."""
        for other in tree.parent.glob(f"{self.name}-*"):
            if other != tree and time.time() - other.stat().st_mtime > 24 * 3600:
                shutil.rmtree(other, ignore_errors=True)

    @property
    def fingerprint(self) -> str:
        """A name for exactly these packages and steps."""
        said = [FORMAT, self.suite, *sorted(self.packages), *CUSTOMIZED]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


CUSTOMIZED: Final = (
    f"useradd --create-home --shell /bin/bash {USER}",
    f"install -d -m 700 -o {USER} -g {USER} /home/{USER}/.ssh",
    f'sh -c \'echo "{USER} ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/90-cloud-users; '
    "chmod 440 /etc/sudoers.d/90-cloud-users'",
    # Each host gets its own.
    "sh -c 'rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id'",
    # No terminal, no leap seconds; nothing to wait for at boot.
    "systemctl mask getty.target console-getty.service e2scrub_reap.service "
    "systemd-random-seed.service nvmf-autoconnect.service",
)

TREES: Final = (RootTree("apt", APT), RootTree("dnf", DNF))


def tree_named(name: str) -> RootTree:
    """Return the tree of this name."""
    return next(tree for tree in TREES if tree.name == name)
