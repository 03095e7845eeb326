"""Two hosts that containerd, Container Toolkit, MIG and DCGM are converged on once, for the tests of the four roles.

The driver is userspace of stand-in packages and a file that says which module is loaded; containerd, ctr and nvidia-ctk
are the real programs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played, TaskResult
from tests.ansible.roles import ANSIBLE, REPOSITORY

ROLES = ["container_runtime", "nvidia_container_toolkit", "mig", "dcgm"]
DRIVER = "580.178.04"
LOADED = "/run/gpu-double/nvidia-version"
USERSPACE = {
    "Ubuntu-24.04": f"apt-get update && apt-get install --yes nvidia-utils-580-server={DRIVER}-*",
    "RedHat-9": "dnf --assumeyes module enable nvidia-driver:580-open && dnf --assumeyes install nvidia-driver-cuda",
}
PREVIOUS = {"Ubuntu-24.04": "apt-get update && apt-get install --yes datacenter-gpu-manager"}
# The first test of a host waits for all four roles, three times.
MARKS = [pytest.mark.xdist_group("hosts-gpu-stack"), pytest.mark.timeout(900)]
# RHEL gets the four roles with all others in test_site.py.
STACKS = ["ubuntu_stack", pytest.param("redhat_stack", marks=pytest.mark.long)]
KUBELET = "systemd-run --unit=kubelet --property=Type=exec sleep infinity"


@dataclass
class Stack:
    """A host, and what the roles did to it when it was bare."""

    lab: Lab
    host: Host
    settings: dict[str, Any]
    first: Played = field(init=False)
    checked: Played | None = None
    second: Played | None = None

    def converge(self, *, more: bool) -> None:
        """Play the four roles; with more, in check mode before, while there is nothing, and again after."""
        if more:
            self.checked = self.play(*ROLES, check=True)
        if old := PREVIOUS.get(self.host.description.system):
            assert self.host.run(old).returncode == 0
        assert self.host.run(USERSPACE[self.host.description.system]).returncode == 0
        self.host.write(LOADED, f"{DRIVER}\n")
        self.first = self.play(*ROLES)
        assert self.first.rc == 0, self.first.output[-6000:]
        if more:
            self.second = self.play(*ROLES)

    def play(self, *roles: str, check: bool = False, entry: str = "main", **settings: Any) -> Played:
        """Play roles in this order, or another entry point of theirs."""
        tasks = [{"ansible.builtin.include_role": {"name": role, "tasks_from": entry}} for role in roles]
        play = {"hosts": "all", "gather_facts": False, "become": True, "roles": ["host_facts"], "tasks": tasks}
        inventory = self.lab.inventory([self.host], self.settings | settings)
        playbook = inventory.with_name("play.yml")
        playbook.write_text(yaml.safe_dump([play], sort_keys=False))
        return self.lab.play(playbook, inventory, *(["--check"] if check else []), timeout=900)

    def merged(self) -> dict[str, Any]:
        """Return the configuration that containerd makes of its files, whatever their versions."""
        dumped = self.host.run("containerd config dump")
        assert dumped.returncode == 0, dumped.stderr
        return tomllib.loads(dumped.stdout)

    def runtimes(self) -> dict[str, Any]:
        """Return the runtimes of the merged configuration."""
        return self.merged()["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]

    def pid(self, unit: str) -> str:
        """Return the unit's main process; 0 when it doesn't run."""
        return self.host.run(f"systemctl show --property=MainPID --value {unit}").stdout.strip()

    def lines(self, command: str) -> list[str]:
        """Return what a command of the host prints."""
        return self.host.run(command).stdout.splitlines()


def done_by(played: Played, role: str, status: str) -> list[str]:
    """Return the names of a role's tasks with this status."""
    return [task.name for task in played.tasks if task.role == role and task.status == status]


def said(played: Played, beginning: str) -> list[str]:
    """Return the messages of tasks that didn't fail and begin so."""
    return [task.message for task in played.tasks if task.status == "ok" and task.message.startswith(beginning)]


def failed(played: Played) -> TaskResult:
    """Return the first task that failed for good, with the play."""
    assert played.rc != 0, played.output[-2000:]
    return next(task for task in played.tasks if task.status == "failed")


def _settings() -> dict[str, Any]:
    return {
        "versions": yaml.safe_load((ANSIBLE / "versions" / "2026-11.yml").read_text()),
        "gpu_machines": yaml.safe_load((REPOSITORY / "catalogue" / "gpu-machines.yaml").read_text()),
        "gpu_stack_owner": "host",
        "mig_layout": "all-1g.10gb",
        "mig_kubernetes_node": "",
        "container_runtime_data_root": "/srv/containerd",
        "container_runtime_registries": [
            {
                "registry": "docker.io",
                "server": "https://mirror.example",
                "mirrors": [{"url": "https://mirror.example/v2/hub"}],
            }
        ],
    }


@pytest.fixture(scope="session")
def ubuntu_stack(lab: Lab) -> Generator[Stack]:
    """A DGX with Ubuntu, first looked at in check mode. DCGM 3 is on it, and a driver's old leftovers."""
    stack = Stack(lab, lab.host("Ubuntu-24.04", name="dgx-41", machine="dgx-h100"), _settings())
    stack.host.write("/etc/containerd/conf.d/99-nvidia.toml", "version = 2\n")
    stack.converge(more=True)
    yield stack
    lab.stop(stack.host)


@pytest.fixture(scope="session")
def redhat_stack(lab: Lab) -> Generator[Stack]:
    """The same with RHEL, and with the file that Docker's package leaves, which turns the CRI plugin off.

    That a second run changes nothing on RHEL is seen with all roles together, in test_site.py.
    """
    stack = Stack(lab, lab.host("RedHat-9", name="dgx-42", machine="dgx-a100"), _settings())
    stack.host.write("/etc/containerd/config.toml", 'disabled_plugins = ["cri"]\n')
    stack.converge(more=False)
    yield stack
    lab.stop(stack.host)
