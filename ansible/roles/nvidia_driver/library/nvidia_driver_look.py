#!/usr/bin/python
"""Everything that role nvidia_driver has to know of a host, in one visit and without changing anything."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DAEMONS = (
    *("nvidia-persistenced", "nv-fabricmanager", "nv-hostengine", "nvidia-imex"),
    *("dcgm-exporter", "nvsm_core", "nvsm_api_gateway"),
)
"""Services of the host, which end with it; none of them computes."""

COMM_LENGTH = 15
"""Characters of a process's name that the kernel keeps."""

JOURNAL = Path("/var/lib/dpkg/updates")
"""Holds files only while dpkg works, or after it was killed; apt then refuses to go on."""

DOCUMENTATION = """
module: nvidia_driver_look
short_description: What is installed, loaded and in the way of an NVIDIA driver
description:
  - Reads files and asks dpkg or rpm, nvidia-smi and mokutil. Changes nothing.
options:
  files:
    description: Text files by name, of which C(kernel) is the running kernel's release; an absent one is an empty text.
    type: dict
    required: true
  package_query:
    description: Command that prints a package a line, as name, version and status.
    type: list
    elements: str
    required: true
  about:
    description: Regular expression of the packages that matter; the others are left out.
    type: str
    required: true
  hold_query:
    description: Command that prints the held packages, one a line.
    type: list
    elements: str
    default: []
  source_lists:
    description: Folder with the package manager's sources.
    type: path
    required: true
  foreign_sources:
    description: Regular expression of package sources that are in the way.
    type: str
    required: true
  run_installer:
    description: Program that a .run installation leaves behind.
    type: path
    required: true
  room:
    description: Folders whose free space is measured.
    type: list
    elements: path
    default: []
  key:
    description: Public key whose enrolment in the firmware is asked for; empty asks nothing.
    type: str
    default: ""
  agents:
    description: Programs that hold GPUs and don't use them, beside the host's own services.
    type: list
    elements: str
    default: []
  initramfs:
    description: Initial RAM disk, with C({kernel}) in place of the running kernel's release.
    type: str
    required: true
  newer:
    description: File that has to be older than the initial RAM disk.
    type: path
    required: true
author:
  - llm-platform
"""

EXAMPLES = """
- name: Look at the host
  nvidia_driver_look:
    files: {loaded: /sys/module/nvidia/version, kernel: /proc/sys/kernel/osrelease}
    package_query: [dpkg-query, --show]
    about: nvidia
    source_lists: /etc/apt/sources.list.d
    foreign_sources: graphics-drivers
    run_installer: /usr/bin/nvidia-uninstall
    initramfs: /boot/initrd.img-{kernel}
    newer: /etc/modprobe.d/nvidia-driver.conf
"""

RETURN = """
files:
  description: The texts by name.
  type: dict
  returned: always
packages:
  description: Version and status of the installed packages by name.
  type: dict
  returned: always
held:
  description: Names of the held packages.
  type: list
  returned: always
sources:
  description: Files of package sources that are in the way.
  type: list
  returned: always
run_installer:
  description: Whether a .run installation is there.
  type: bool
  returned: always
clients:
  description: Processes that use the GPUs; none where nvidia-smi can't tell.
  type: list
  returned: always
free_mib:
  description: Free MiB by folder.
  type: dict
  returned: always
enrolled:
  description: Whether the firmware knows the key.
  type: bool
  returned: always
interrupted:
  description: Whether dpkg was ended in the middle of its work.
  type: bool
  returned: always
initramfs:
  description: C(absent), C(outdated), that is older than the file that has to be in it, or C(current).
  type: str
  returned: always
"""


def main() -> None:
    """Answer."""
    spec = {
        "files": {"type": "dict", "required": True},
        "package_query": {"type": "list", "elements": "str", "required": True},
        "about": {"type": "str", "required": True},
        "hold_query": {"type": "list", "elements": "str", "default": []},
        "source_lists": {"type": "path", "required": True},
        "foreign_sources": {"type": "str", "required": True},
        "run_installer": {"type": "path", "required": True},
        "room": {"type": "list", "elements": "path", "default": []},
        "key": {"type": "str", "default": ""},
        "agents": {"type": "list", "elements": "str", "default": []},
        "initramfs": {"type": "str", "required": True},
        "newer": {"type": "path", "required": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    wanted: Mapping[str, Any] = module.params
    files = {name: text_of(path) for name, path in wanted["files"].items()}
    module.exit_json(
        changed=False,
        files=files,
        packages=packages(module.run_command(wanted["package_query"], check_rc=True)[1], wanted["about"]),
        held=module.run_command(wanted["hold_query"], check_rc=True)[1].split() if wanted["hold_query"] else [],
        sources=sources(Path(wanted["source_lists"]), wanted["foreign_sources"]),
        run_installer=Path(wanted["run_installer"]).exists(),
        clients=clients(module, wanted["agents"]),
        free_mib={path: shutil.disk_usage(path).free // 2**20 for path in wanted["room"] if Path(path).is_dir()},
        interrupted=JOURNAL.is_dir() and any(JOURNAL.iterdir()),
        enrolled=bool(wanted["key"]) and enrolled(module, wanted["key"]),
        initramfs=age(Path(wanted["initramfs"].replace("{kernel}", files["kernel"])), Path(wanted["newer"])),
    )


def text_of(path: str) -> str:
    """Return a file's text; absent files are answers too: no module is loaded, no stream was chosen."""
    return Path(path).read_text(encoding="utf-8").strip() if Path(path).is_file() else ""


def packages(listed: str, about: str) -> dict[str, dict[str, str]]:
    """Return the lines of a package query that matter by name, but for removed packages of which settings are left."""
    found: dict[str, dict[str, str]] = {}
    for line in listed.splitlines():
        name, version, status = line.split()
        if status in ("config-files", "not-installed") or not re.search(about, name):
            continue
        package = {"version": re.sub("^0:", "", version), "status": status}
        found[name] = package
        # Several kernels lie beside each other; RPM names them alike, and one is asked for by its version.
        if name.startswith("kernel-"):
            found[f"{name}-{package['version']}"] = package
    return found


def sources(folder: Path, foreign: str) -> list[str]:
    """Return the files of package sources that say something foreign outside comments."""
    files = [file for file in sorted(folder.glob("*")) if file.suffix in (".list", ".sources", ".repo")]
    pattern = re.compile(rf"^[^#\n]*(?:{foreign})", re.MULTILINE)
    return [str(file) for file in files if pattern.search(file.read_text(encoding="utf-8", errors="replace"))]


def clients(module: AnsibleModule, agents: Sequence[str]) -> list[str]:
    """Return who uses the GPUs: as nvidia-smi says, or by who holds them open where the driver can't answer it.

    It does not answer with packages of another version than what is loaded (18), a lost GPU (15) or a hang (124).
    Without a program (127) or a loaded driver (9) there is nothing to hold.
    """
    query = ["nvidia-smi", "--query-compute-apps=pid,process_name,gpu_uuid", "--format=csv,noheader"]
    code, said, _ = module.run_command(["timeout", "120", *query])
    if code in (9, 127):
        return []
    return [line.strip() for line in said.splitlines() if line.strip()] if code == 0 else holders(agents)


def holders(agents: Sequence[str], processes: Path = Path("/proc")) -> list[str]:
    """Return the processes that hold a GPU open, apart from those that nvidia-smi would not list either."""
    known = {name[:COMM_LENGTH] for name in (*DAEMONS, *agents)}
    found: list[str] = []
    for process in processes.glob("[0-9]*"):
        try:
            name = (process / "comm").read_text(encoding="utf-8").strip()
            links = [os.readlink(link) for link in (process / "fd").iterdir()]  # noqa: PTH115 - a link's text
        except OSError:
            continue  # it ended meanwhile
        if name not in known and any(re.match(r"/dev/nvidia\d+$", link) for link in links):
            found.append(f"{process.name}, {name}")
    return sorted(found)


def enrolled(module: AnsibleModule, key: str) -> bool:
    """Whether the firmware knows a key; without mokutil nobody told it."""
    command: Sequence[str] = ["timeout", "120", "mokutil", "--test-key", key]
    return "already enrolled" in module.run_command(command)[1]


def age(initramfs: Path, newer: Path) -> str:
    """Return how an initial RAM disk stands to a file that has to be in it."""
    if not initramfs.exists():
        return "absent"
    return "outdated" if newer.exists() and initramfs.stat().st_mtime < newer.stat().st_mtime else "current"


if __name__ == "__main__":
    main()
