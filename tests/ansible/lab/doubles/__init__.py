"""Doubles of the programs that need a GPU; each is a file here and becomes one executable of a stand-in package."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from tests.ansible.lab.doubles.bundle import bundle
from tests.ansible.lab.doubles.machine import machine_state
from tests.ansible.lab.doubles.state import STATE, State

BOOT: Final = "usr/lib/gpu-double/boot"
PROGRAMS: Final = {BOOT: "boot", "usr/local/sbin/update-grub": "update_grub", "usr/sbin/grubby": "grubby"}
"""Programs that no stand-in package brings: they belong to the operating system."""
UNIT: Final = "usr/lib/systemd/system/gpu-double-boot.service"
WANTED: Final = "usr/lib/systemd/system/sysinit.target.wants/gpu-double-boot.service"
TEXT: Final = f"""\
[Unit]
Description=Stand-in for the choice of a kernel and the loading of the driver at boot
DefaultDependencies=no
After=local-fs.target
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/{BOOT}
"""
CLOCK: Final = "etc/systemd/system/chrony.service.d/50-lab.conf"
NO_CLOCK: Final = """\
[Unit]
# A host of the lab may not set the clock; chronyd runs without.
ConditionCapability=
[Service]
Environment="DAEMON_OPTS=-x"
EnvironmentFile=
"""


class Described(Protocol):
    """What of a host's description decides its hardware."""

    @property
    def name(self) -> str: ...

    @property
    def machine(self) -> str: ...


def put_into(root: Path, description: Described) -> None:
    """Give a host its hardware and what a boot does with it; the programs come with its packages."""
    State(root / STATE).write(machine_state(description.machine, name=description.name))
    programs = ((path, bundle(name), 0o755) for path, name in PROGRAMS.items())
    for path, data, mode in (*programs, (UNIT, TEXT.encode(), 0o644), (CLOCK, NO_CLOCK.encode(), 0o644)):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(mode)
    wanted = root / WANTED
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.unlink(missing_ok=True)
    wanted.symlink_to("../gpu-double-boot.service")
