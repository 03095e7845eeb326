"""Plays of role nvidia_driver against a host of the lab, and what the host says of its driver afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played

OLD = "580.126.09"
NEW = "580.178.04"
OTHER_BRANCH = "590.48.01"


def variables(version: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the role's variables for a version; settings are named without the role's prefix."""
    chosen = {"version": version, "branch": version[:3], "previous_version": OLD, "reboot_allowed": True}
    return {f"nvidia_driver_{name}": value for name, value in (chosen | settings).items()}


def play_driver(lab: Lab, host: Host, version: str, *, check: bool = False, **settings: Any) -> Played:
    """Bring a host to a version of the driver."""
    return lab.role("nvidia_driver", host, variables=variables(version, settings), check=check)


def play_entries(lab: Lab, host: Host, version: str, *entries: str, **settings: Any) -> Played:
    """Play other ways into the role, one after the other."""
    tasks = [{"ansible.builtin.include_role": {"name": "nvidia_driver", "tasks_from": entry}} for entry in entries]
    inventory = lab.inventory([host], variables(version, settings))
    playbook = Path(inventory).with_name("play.yml")
    playbook.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "become": True, "tasks": tasks}]))
    return lab.play(playbook, inventory)


def packages(host: Host) -> dict[str, str]:
    """Return the versions of the driver's installed packages by name."""
    command = (
        "rpm -qa --queryformat '%{NAME} %{VERSION}\\n'"
        if host.description.system == "RedHat-9"
        else "dpkg-query --show --showformat '${Package} ${Version} ${db:Status-Status}\\n'"
    )
    rows = [line.split() for line in host.run(command).stdout.splitlines()]
    return {row[0]: row[1] for row in rows if "nvidia" in row[0] and row[2:] in ([], ["installed"])}


def gpus(host: Host) -> list[str]:
    """Return what nvidia-smi says of each GPU's driver: version and persistence mode."""
    said = host.run("nvidia-smi --query-gpu=driver_version,persistence_mode --format=csv,noheader")
    return said.stdout.splitlines() if said.returncode == 0 else [f"rc {said.returncode}"]
