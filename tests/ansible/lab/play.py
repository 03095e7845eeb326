"""What a play did: each task's result on each host, as Ansible reports it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Status = Literal["ok", "changed", "failed", "unreachable", "skipped"]


@dataclass(frozen=True)
class TaskResult:
    """One task on one host."""

    host: str
    name: str
    """As written, without the role's prefix."""
    role: str
    action: str
    status: Status
    result: dict[str, Any]
    """What the module answered; censored where the task says no_log."""

    @property
    def message(self) -> str:
        """Why it failed or what it says, else empty."""
        return str(self.result.get("msg", ""))


@dataclass(frozen=True)
class Played:
    """An ended run of ansible-playbook."""

    rc: int
    output: str
    """What a person would have seen."""
    tasks: list[TaskResult]
    stats: dict[str, dict[str, int]]
    """By host: ok, changed, failures, unreachable, skipped, rescued, ignored."""
    seconds: float

    def changed(self, host: str | None = None) -> list[str]:
        """Return the names of the tasks and handlers that changed something, on this host or on any."""
        return self._named("changed", host)

    def failed(self, host: str | None = None) -> list[str]:
        """Return the names of the tasks that failed or did not reach the host; those that were rescued too."""
        return [*self._named("failed", host), *self._named("unreachable", host)]

    def task(self, name: str, host: str | None = None) -> TaskResult:
        """Return the last result of the task of this name."""
        found = [task for task in self.tasks if task.name == name and host in {None, task.host}]
        if not found:
            raise LookupError(
                f"no task {name!r} ran on {host or 'any host'}; there were: {[task.name for task in self.tasks]}"
            )
        return found[-1]

    @property
    def messages(self) -> str:
        """The messages of everything that failed, one a line."""
        return "\n".join(task.message for task in self.tasks if task.status in {"failed", "unreachable"})

    def _named(self, status: Status, host: str | None) -> list[str]:
        return [task.name for task in self.tasks if task.status == status and host in {None, task.host}]


def read_record(file: Path) -> tuple[list[TaskResult], dict[str, dict[str, int]]]:
    """Return what callback_plugins/lab_record.py wrote; an interrupted play leaves results without statistics."""
    tasks: list[TaskResult] = []
    stats: dict[str, dict[str, int]] = {}
    for line in file.read_text().splitlines() if file.exists() else []:
        said: dict[str, Any] = json.loads(line)
        if "stats" in said:
            stats = said["stats"]
        else:
            tasks.append(TaskResult(**said))
    return tasks, stats
