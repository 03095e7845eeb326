"""What a play complained of, and what a role says to each of several wrong inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played


def complaints(played: Played, host: str | None = None) -> str:
    """Return the messages of everything that failed, one a line; of looped tasks each item's own too."""
    said: list[str] = []
    for task in played.tasks:
        if task.status in {"failed", "unreachable"} and host in {None, task.host}:
            said.append(task.message)
            said += [str(item.get("msg", "")) for item in task.result.get("results", []) if item.get("failed")]
    return "\n".join(said)


def refused(lab: Lab, role: str, host: Host, cases: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the role's complaint in each case, all in one play: the host stands in the inventory once a case.

    A case that is not refused, or that changed something, says so instead.
    """
    inventory = lab.inventory([host])
    content = yaml.safe_load(inventory.read_text())
    groups = content["all"]["children"]["gpu_hosts"]["children"]
    name = next(group for group, found in groups.items() if host.name in found["hosts"])
    facts = groups[name]["hosts"][host.name]
    groups[name]["hosts"] = {case: {**facts, **variables} for case, variables in cases.items()}
    inventory.write_text(yaml.safe_dump(content))
    play = {"name": "Wrong inputs", "hosts": "all", "gather_facts": False, "become": True, "roles": [role]}
    playbook = inventory.with_name("play.yml")
    playbook.write_text(yaml.safe_dump([play]))
    played = lab.play(playbook, inventory)
    said = {case: complaints(played, case) or f"not refused: {played.output}" for case in cases}
    return {case: f"changed {played.changed(case)}" if played.changed(case) else said[case] for case in cases}
