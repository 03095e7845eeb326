#!/usr/bin/python
"""Lists the processes that hold GPUs open, and the systemd unit or the pod that each belongs to."""

from __future__ import annotations

import re
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: gpu_clients
short_description: List the processes that hold GPUs open
description:
  - Reads C(/proc/*/fd). Unlike nvidia-smi this also tells of daemons that do not compute, and any of them stands in
    the way of a reset.
options:
  prefix:
    description: Path that the GPUs' device files begin with.
    type: path
    default: /dev/nvidia
author:
  - llm-platform
"""

EXAMPLES = r"""
- name: See who holds the GPUs
  gpu_clients:
  register: held
"""

RETURN = r"""
clients:
  description: One entry per process, with pid, name and unit, which is empty where none is known; a pod's is its slice.
  type: list
  elements: dict
  returned: always
mig_manager:
  description: Processes of the GPU Operator's mig-manager.
  type: list
  elements: int
  returned: always
"""

UNIT = re.compile(r"/([^/]+\.(?:service|scope))(?:/|$)", re.MULTILINE)
POD = re.compile(r"/([^/]*pod[0-9a-f][0-9a-f_-]+(?:\.slice)?)(?:/|$)", re.MULTILINE)


def held_by(process: Path, prefix: str) -> bool:
    """Return whether the process has one of the device files open."""
    try:
        return any(target(file).startswith(prefix) for file in (process / "fd").iterdir())
    except OSError:
        return False


def target(link: Path) -> str:
    """Return what a link names, empty when it is gone."""
    try:
        return str(link.readlink())
    except OSError:
        return ""


def text_of(file: Path) -> str:
    """Return a file's text, empty when the process has ended meanwhile."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def unit_of(process: Path) -> str:
    """Return the pod's slice or the unit that the process belongs to."""
    groups = text_of(process / "cgroup")
    found = POD.search(groups) or UNIT.search(groups)
    return found[1] if found else ""


def main() -> None:
    """Answer; nothing is changed, in check mode or out of it."""
    module = AnsibleModule(
        argument_spec={"prefix": {"type": "path", "default": "/dev/nvidia"}}, supports_check_mode=True
    )
    clients = []
    operators = []
    numbers = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    for number in numbers:
        process = Path("/proc", str(number))
        name = text_of(process / "comm").strip()
        # The kernel keeps 15 characters of a name. The host's own service runs as bash.
        if name == "nvidia-mig-mana":
            operators.append(number)
        if held_by(process, module.params["prefix"]):
            clients.append({"pid": number, "name": name, "unit": unit_of(process)})
    module.exit_json(changed=False, clients=clients, mig_manager=operators)


if __name__ == "__main__":
    main()
