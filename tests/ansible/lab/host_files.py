"""The files that make a host its own: operating system, name, keys, firmware, package sources, the doubles."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.ansible.lab.command import run
from tests.ansible.lab.doubles import put_into
from tests.ansible.lab.operating_systems import OPERATING_SYSTEMS, OperatingSystem
from tests.ansible.lab.overlay import write_within
from tests.ansible.lab.root_tree import USER

DMI_PATH: Final = "/var/lib/gpu-double/dmi"
LOADED_VERSION_PATH: Final = "/run/gpu-double/nvidia-version"
KERNEL_RELEASE_PATH: Final = "/run/gpu-double/kernel-release"
KERNEL_ARGUMENTS_PATH: Final = "/run/gpu-double/kernel-arguments"


@dataclass(frozen=True)
class HostDescription:
    """What a host is to be."""

    name: str
    system: str
    """Key of `OPERATING_SYSTEMS`."""
    machine: str
    """Key of machines in catalogue/gpu-machines.yaml."""
    address: str
    mirror: str
    """Address of the package repository."""
    public_key: str
    vendor: str = ""
    """What the firmware says; by default it follows from the machine."""
    product: str = ""
    files: dict[str, str] = field(default_factory=dict[str, str])
    """More files, path to content."""

    @property
    def firmware(self) -> dict[str, str]:
        """The firmware's names, as /sys/class/dmi/id has them."""
        if self.machine.startswith("dgx-"):
            vendor, product = "NVIDIA", f"DGX{self.machine.removeprefix('dgx-').upper()}"
        else:
            vendor, product = "Amazon EC2", self.machine
        return {
            "sys_vendor": self.vendor or vendor,
            "board_vendor": self.vendor or vendor,
            "product_name": self.product or product,
            "product_uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, self.name)),
        }


def put_files(root: Path, description: HostDescription, sources: dict[str, str]) -> None:
    """Make the tree under `root` the host that is described; `sources` are its package sources' files."""
    _pose(root, OPERATING_SYSTEMS[description.system])
    files = {
        "etc/hostname": f"{description.name}\n",
        "etc/machine-id": f"{uuid.uuid4().hex}\n",
        "etc/resolv.conf": "",
        "etc/ssh/sshd_config.d/10-lab.conf": "HostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\n",
        # The kernel has one audit daemon at most: whichever host came first would have it.
        "etc/systemd/system/auditd.service.d/lab.conf": "[Unit]\nConditionVirtualization=!container\n",
        **sources,
        **{f"{DMI_PATH}/{name}": f"{value}\n" for name, value in description.firmware.items()},
        **description.files,
    }
    for path, content in files.items():
        write_within(root, path, content.encode())
    put_names(root, {description.address: description.name, description.mirror: "mirror"})
    key = root / "etc/ssh/ssh_host_ed25519_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", description.name, "-f", key)
    write_within(root, f"home/{USER}/.ssh/authorized_keys", description.public_key.encode(), 0o600)
    authorized = root / f"home/{USER}/.ssh/authorized_keys"
    owner = authorized.parent.stat()
    shutil.chown(authorized, owner.st_uid, owner.st_gid)
    put_into(root, description)


def put_names(root: Path, names: dict[str, str]) -> None:
    """Write whom the host knows by name: address to name."""
    lines = [
        "127.0.0.1 localhost",
        "::1 localhost ip6-localhost",
        *(f"{address} {name}" for address, name in names.items()),
    ]
    write_within(root, "etc/hosts", "".join(f"{line}\n" for line in lines).encode())


def _pose(root: Path, system: OperatingSystem) -> None:
    for path in system.absent:
        (root / path).unlink(missing_ok=True)
    for source in (root / "etc/apt/sources.list.d").glob("*"):
        source.unlink()
    for path, content in system.files.items():
        write_within(root, path, content.encode())
