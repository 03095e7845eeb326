"""Measures site.yml over the lab's hosts and writes docs/benchmarks/ansible.md: `make bench`.

The peer is the same playbook with the habits of most: all facts, no pipelining, five forks, a task for each package.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from rehearsal.cluster.control_plane import control_plane
from rehearsal.cluster.toolchain import ready_toolchain
from tests.ansible.lab.inventory import ANSIBLE
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.probes import missing_for_hosts
from tests.ansible.naive_playbooks import write_naive_playbooks

REPORT: Final = ANSIBLE.parent / "docs" / "benchmarks" / "ansible.md"
SYSTEM: Final = "Ubuntu-24.04"
SIZES: Final = {"base_os,node_health": (1, 10), "node_health": (1, 10, 50)}
"""By the tags that are played, how many hosts: two cores, which are controller and all hosts at once, bear no more."""
INOTIFY_INSTANCES: Final = Path("/proc/sys/fs/inotify/max_user_instances")
VARIABLES: Final = {
    "base_os_minimum_free_gib": {},
    "node_health_journal_matches": ["SYSLOG_IDENTIFIER=kernel"],
}

TEXT = """# Ansible's speed

Measured by `python -m tests.bench_ansible` (`make bench`) on {date}: {machine}. Hosts are
the lab's, booted with systemd and reached by SSH, all on the machine that also runs Ansible: what hosts do, and on real
ones would do by themselves, is in the seconds. Of site.yml what the tags name is played, after its check of the
inventory and role host_facts.

{table}

*first* is the run that changes bare hosts, *second* the one after it; *control node*, *tasks* and *changed* are of the
second. *Naive* is how many times as long the same playbook takes with all facts gathered, without pipelining, with five
forks and with a task for each package, in the same run of this program. *Control node* is the processor time of
ansible-playbook and its workers; much of it is spent once, on reading twenty roles, however many the hosts are.

Second run of `{flat_tags}`, seconds per host: {flat}. Goal: no more per host with more hosts.

Playing all of site.yml to 50 booted hosts takes more than two cores can give in an hour, and is not measured.
"""


@dataclass(frozen=True)
class Run:
    """One run of the playbook."""

    seconds: float
    control_node: float
    tasks: int
    changed: int


def measure(tags: str, hosts: int, kubeconfig: Path, *, naive: bool) -> tuple[Run, Run]:
    """Return the first and the second run over new hosts, of which the cluster knows nothing."""
    lab = Lab()
    try:
        _allow_for(hosts)
        made = [lab.host(SYSTEM, name=f"dgx-{number:02}") for number in range(1, hosts + 1)]
        playbooks = write_naive_playbooks(lab.folder / "naive") if naive else ANSIBLE
        inventory = lab.inventory(made, {**VARIABLES, "kubernetes_kubeconfig": str(kubeconfig)})
        first, second = (_play(lab, playbooks, inventory, tags) for _ in range(2))
    finally:
        lab.close()
    return first, second


def _allow_for(hosts: int) -> None:
    """Raise the kernel's limit where it is lower than these hosts need: each systemd holds six inotify instances."""
    needed = 10 * hosts
    if int(INOTIFY_INSTANCES.read_text()) < needed:
        INOTIFY_INSTANCES.write_text(f"{needed}\n")


def _play(lab: Lab, playbooks: Path, inventory: Path, tags: str) -> Run:
    before = _processor_seconds()
    # As for a user: each run builds its modules.
    settings = {"ANSIBLE_CONFIG": str(playbooks / "ansible.cfg"), "ANSIBLE_CALLBACKS_ENABLED": "lab_record"}
    played = lab.play(playbooks / "site.yml", inventory, "--tags", tags, settings=settings, timeout=3600)
    if played.rc:
        raise SystemExit(played.output)
    used = _processor_seconds() - before
    return Run(played.seconds, used, len(played.tasks), sum(stats["changed"] for stats in played.stats.values()))


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def row(tags: str, hosts: int, ours: tuple[Run, Run], naive: tuple[Run, Run]) -> str:
    """Return a line of the table."""
    cells: list[str] = [f"`{tags}`", str(hosts)]
    for run in ours:
        cells += [f"{run.seconds:.0f}", f"{run.seconds / hosts:.1f}"]
    cells += [f"{ours[1].control_node / hosts:.1f}", str(ours[1].tasks // hosts), str(ours[1].changed)]
    cells += [f"{theirs.seconds / run.seconds:.1f}" for run, theirs in zip(ours, naive, strict=True)]
    cells.append(f"{naive[1].control_node / ours[1].control_node:.1f}")
    return f"| {' | '.join(cells)} |"


COLUMNS: Final = (
    *("tags", "hosts", "first s", "per host", "second s", "per host", "control node s per host", "tasks", "changed"),
    *("naive first", "naive second", "naive control node"),
)
HEAD: Final = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def main() -> None:
    """Measure, and write the report; sizes as JSON in place of the program's own print it."""
    if missing := missing_for_hosts():
        raise SystemExit(f"simulated hosts can't boot here, for want of {'; '.join(missing)}")
    sizes: Mapping[str, Any] = json.loads(sys.argv[1]) if len(sys.argv) > 1 else SIZES
    console = Console()
    lines: list[str] = []
    per_host: dict[str, list[str]] = {}
    with control_plane(ready_toolchain(), name="bench") as plane:
        for tags, counts in sizes.items():
            for hosts in counts:
                with console.status(f"{tags}: {hosts} hosts, twice, and twice naively"):
                    ours, naive = (measure(tags, hosts, plane.kubeconfig, naive=naive) for naive in (False, True))
                lines.append(row(tags, hosts, ours, naive))
                per_host.setdefault(tags, []).append(f"{ours[1].seconds / hosts:.1f} ({hosts})")
                console.print(lines[-1], highlight=False, markup=False, soft_wrap=True)
    tags = list(sizes)[-1]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = TEXT.format(
        date=datetime.now(UTC).date(),
        machine=machine,
        table="\n".join([HEAD, *lines]),
        flat_tags=tags,
        flat=", ".join(per_host[tags]),
    )
    if len(sys.argv) > 1:
        console.print(text, highlight=False, markup=False, soft_wrap=True)
    else:
        REPORT.write_text(text)


if __name__ == "__main__":
    main()
