"""Who holds a host's GPUs open, apart from those that may be stopped, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

COMM_LENGTH = 15
"""Characters of a process's name that the kernel keeps."""


def foreign_clients(
    holders: Sequence[Mapping[str, Any]], compute: str, services: Sequence[str], agents: Sequence[str]
) -> list[str]:
    """Return the processes that neither a service of ours nor an agent of the cluster is.

    `holders` is what the module gpu_clients found, `compute` nvidia-smi's list of pid, program and GPU. nvidia-smi sees
    processes of virtual machines that have no open file here, the module sees daemons that don't compute.
    """
    known = {agent[:COMM_LENGTH] for agent in agents}
    found = {
        str(holder["pid"]): f"{holder['name']} (process {holder['pid']}{_of(holder['unit'])})"
        for holder in holders
        if holder["unit"] not in services and holder["name"] not in known
    }
    ours = {str(holder["pid"]) for holder in holders} - set(found)
    for line in compute.strip().splitlines():
        pid, program, _ = (part.strip() for part in line.split(",", 2))
        if pid not in ours:
            found.setdefault(pid, f"{program} (process {pid})")
    return list(found.values())


def _of(unit: str) -> str:
    return f" of {unit}" if unit else ""


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by the name that tasks use."""
        return {"mig_clients_of": foreign_clients}
