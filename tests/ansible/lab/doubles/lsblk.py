"""Double of lsblk: the disks that a test describes; what they carry is probed for real."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.ansible.lab.doubles.state import State, ended, here, unanswered

ASKED: Final = [
    *("--json", "--bytes", "--paths"),
    "--output=NAME,TYPE,TRAN,SERIAL,MODEL,SIZE,FSTYPE,LABEL,PTTYPE,MOUNTPOINTS",
]


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    if arguments != ASKED:
        unanswered("lsblk", arguments)
    ended(0, json.dumps({"blockdevices": [described(disk, state) for disk in state.get("disks", [])]}, indent=1))


def described(disk: dict[str, Any], state: State) -> dict[str, Any]:
    """Return one disk as lsblk shows it, with the array below it."""
    shown = {"type": "disk", "tran": None, "model": None, **disk, **probed(disk["name"])}
    array = state.get("array")
    if array and disk["name"] in array["members"]:
        shown["fstype"] = "linux_raid_member"
        shown["children"] = [{"name": array["device"], "type": "raid0", "tran": None, **probed(array["device"])}]
    return shown


def probed(device: str) -> dict[str, Any]:
    """What the device carries and where it is mounted."""
    told = subprocess.run(["blkid", "-p", "-o", "export", device], capture_output=True, text=True, check=False)  # noqa: S603, S607 - the real one
    found = dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if line.split()[0] == device]
    return {
        "fstype": found.get("TYPE"),
        "label": found.get("LABEL"),
        "pttype": found.get("PTTYPE"),
        "mountpoints": mounts or [None],
    }


if __name__ == "__main__":
    main()
