"""Hosts without a machine: Ansible runs on this one as if it were each of them, so that a fleet costs nothing.

What a role would do to such a host happens to this machine: only for roles that touch nothing but their own files and
the cluster's API.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.ansible.control_plane import Cluster
from tests.ansible.lab.play import Played
from tests.ansible.lab.playing import play
from tests.ansible.roles import ANSIBLE

PATIENCE = 900
"""Seconds for one play, on a machine that is busy with others."""

IMPORTS: Mapping[str, str] = {"LAB_IMPORTS": "kubernetes"}
"""Of which every other task makes a lookup."""

QUICK: Mapping[str, Any] = {
    "node_maintenance_soak_seconds": 0,
    "node_maintenance_drain_timeout": 60,
    "node_maintenance_drain_retry_delay": 1,
    "node_maintenance_drain_poll": 1,
    "node_maintenance_return_timeout": 5,
    "node_maintenance_return_delay": 1,
    "node_maintenance_check_gpu_processes": False,
    "node_maintenance_resources": {"nvidia.com/gpu": 8},
}
"""How long things take where nothing is real but the API."""


class LightHosts:
    """Plays against hosts of one cluster, which are all this machine."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder = folder
        self._cluster = cluster
        self._numbers = itertools.count()

    def inventory(
        self, names: Sequence[str], per_host: Mapping[str, Mapping[str, Any]] | None = None, **more: Any
    ) -> Path:
        """Write an inventory of these hosts, whose nodes have their names."""
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "gpu_machine": "dgx-h100",
            "gpu_stack_owner": "host",
            **self._cluster.variables,
            **QUICK,
            **more,
        }
        hosts = {name: {**variables, "kubernetes_node_name": name, **(per_host or {}).get(name, {})} for name in names}
        folder = self.folder / f"inventory-{next(self._numbers)}"
        folder.mkdir()
        (folder / "group_vars").symlink_to(ANSIBLE / "group_vars")
        file = folder / "hosts.yml"
        file.write_text(yaml.safe_dump({"gpu_hosts": {"children": {"dgx": {"hosts": hosts}}}}))
        return file

    def play(
        self, playbook: str | Path, inventory: Path, *arguments: str, settings: Mapping[str, str] | None = None
    ) -> Played:
        """Run a playbook of ansible/, or a file."""
        told = {**IMPORTS, **(settings or {})}
        return play(self.folder, next(self._numbers), playbook, inventory, arguments, {}, PATIENCE, told)

    def enter_role(
        self, entry: str, inventory: Path, *arguments: str, times: int = 1, settings: Mapping[str, str] | None = None
    ) -> Played:
        """Play one entry point of node_maintenance alone, and perhaps again."""
        task = {"name": "Enter", "ansible.builtin.include_role": {"name": "node_maintenance", "tasks_from": entry}}
        content = {"name": entry, "hosts": "all", "gather_facts": False, "tasks": [task] * times}
        playbook = self.folder / f"{entry}.yml"
        playbook.write_text(yaml.safe_dump([content]))
        return self.play(playbook, inventory, *arguments, settings=settings)
