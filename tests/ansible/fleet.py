"""A fleet of light hosts whose driver is a file, under the real playbook and role; and how it stood at every moment.

What stands in: the roles that touch a host (fleet_roles/), its kubelet and device plugin, which report a boot a moment
after it. The playbook, its tasks and role node_maintenance are copies of the real files.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from rehearsal.cluster.connection import ApiError
from rehearsal.drills.watching import Watch
from tests.ansible.control_plane import Cluster
from tests.ansible.lab.play import Played, read_record
from tests.ansible.lab.playing import PROGRAMS, environment
from tests.ansible.light_hosts import PATIENCE, LightHosts
from tests.ansible.roles import ANSIBLE

OLD: Final = "580.126.09"
NEW: Final = "580.178.04"
STAND_INS: Final = Path(__file__).with_name("fleet_roles")
# A slow host is in the middle of it until the play is interrupted, which ends its programs.
UPGRADE: Final = """\
echo "$2" >> "$1/calls"
echo "$2" > "$1/installed"
if [ -e "$1/slow" ]; then sleep 60; else sleep 1; fi
echo "$2" > "$1/loaded"
cat /proc/sys/kernel/random/uuid > "$1/boot_id"
"""
REPORTS_AFTER: Final = 0.5


class Fleet:
    """Hosts named alike, each a node of the cluster."""

    def __init__(self, folder: Path, cluster: Cluster, names: Sequence[str]) -> None:
        self.names = list(names)
        self.cluster = cluster
        self._hosts = LightHosts(folder, cluster)
        self._state = folder / "hosts"
        self.playbooks = folder / "ansible"
        _copy_playbooks(self.playbooks)
        self._state.mkdir()
        (self._state / "upgrade.sh").write_text(UPGRADE)
        for name in names:
            (self._state / name).mkdir()
            for file, content in {"installed": OLD, "loaded": OLD, "boot_id": str(uuid.uuid4()), "calls": ""}.items():
                (self._state / name / file).write_text(content)

    def loaded(self, name: str) -> str:
        """Return the driver that a host runs."""
        return (self._state / name / "loaded").read_text().strip()

    def calls(self, name: str) -> list[str]:
        """Return which drivers were installed on a host, in order."""
        return (self._state / name / "calls").read_text().split()

    def sicken(self, name: str, *, sick: bool = True) -> None:
        """Have a host's GPUs fail their check, or pass it again."""
        (self._state / name / "sick").touch() if sick else (self._state / name / "sick").unlink()

    def slow(self, name: str, *, slow: bool = True) -> None:
        """Have a host's driver take its time, or no longer."""
        (self._state / name / "slow").touch() if slow else (self._state / name / "slow").unlink()

    def unplug(self, name: str) -> None:
        """Have a host out of reach as soon as its driver is to be changed."""
        (self._state / name / "unplugged").touch()

    def inventory(self, names: Sequence[str] | None = None, **more: Any) -> Path:
        """Write the inventory of the fleet or of some hosts."""
        per_host: dict[str, Mapping[str, Any]] = more.pop("per_host", {})
        return self._hosts.inventory(
            names or self.names,
            per_host,
            fleet_folder=str(self._state),
            fleet_wanted=NEW,
            nvidia_driver_version=NEW,
            node_maintenance_boot_id_path=f"{self._state}/{{{{ inventory_hostname }}}}/boot_id",
            **{"node_maintenance_return_timeout": 60, **more},
        )

    def play(self, inventory: Path, *arguments: str) -> Played:
        """Run the upgrade."""
        return self._hosts.play(self.playbooks / "upgrade_driver.yml", inventory, *arguments)

    def interrupted_play(self, inventory: Path, when: Callable[[], bool], *arguments: str) -> Played:
        """Run the upgrade and press Ctrl-C when something holds."""
        record = self._hosts.folder / "interrupted.jsonl"
        command = [str(PROGRAMS / "ansible-playbook"), "--inventory", str(inventory), "upgrade_driver.yml", *arguments]
        with subprocess.Popen(  # noqa: S603 - our own program
            command,
            cwd=self.playbooks,
            env=environment(self._hosts.folder, record),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            pressed = threading.Thread(target=_press, args=(process, when), daemon=True)
            pressed.start()
            output = process.communicate(timeout=PATIENCE)[0]
            pressed.join()
        tasks, stats = read_record(record)
        return Played(process.returncode, output, tasks, stats, 0)

    @contextmanager
    def kubelets(self) -> Generator[None]:
        """Let nodes report their hosts' boots: first without GPUs, then with what the device plugin counts."""
        stop = threading.Event()
        thread = threading.Thread(target=self._report, args=(stop,), name="kubelets", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _report(self, stop: threading.Event) -> None:
        reported: dict[str, str] = {}
        due: dict[str, float] = {}
        while not stop.wait(0.1):
            for name in self.names:
                # What is refused once is reported in the next round.
                with suppress(ApiError, OSError):
                    boot = (self._state / name / "boot_id").read_text().strip()
                    if boot and reported.get(name) != boot:
                        self._boot(name, boot, 0 if name in reported else 8)
                        if name in reported:
                            due[name] = time.monotonic() + REPORTS_AFTER
                        reported[name] = boot
                    elif name in due and time.monotonic() >= due[name]:
                        self._boot(name, reported[name], 8)
                        del due[name]

    def _boot(self, name: str, boot: str, gpus: int) -> None:
        status = {"nodeInfo": {"bootID": boot}, "allocatable": {"nvidia.com/gpu": str(gpus)}}
        self.cluster.api.patch("Node", "v1", name, None, {"status": status}, subresource="status")


def _press(process: subprocess.Popen[str], when: Callable[[], bool]) -> None:
    while process.poll() is None and not when():
        threading.Event().wait(0.05)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)


def _copy_playbooks(folder: Path) -> None:
    """Put the real playbook beside stand-ins of the roles that would touch a host."""
    folder.mkdir()
    (folder / "roles").mkdir()
    shutil.copytree(ANSIBLE / "tasks", folder / "tasks")
    shutil.copy(ANSIBLE / "upgrade_driver.yml", folder)
    shutil.copytree(ANSIBLE / "roles/node_maintenance", folder / "roles/node_maintenance")
    for stand_in in STAND_INS.iterdir():
        shutil.copytree(stand_in, folder / "roles" / stand_in.name)


def cordons(watch: Watch) -> list[tuple[str, bool]]:
    """Return in order which nodes stopped taking pods, and which took them again."""
    state: dict[str, bool] = {}
    found: list[tuple[str, bool]] = []
    for change in list(watch.changes):
        if change.kind == "Node":
            name, now = change.object["metadata"]["name"], bool(change.object["spec"].get("unschedulable"))
            if state.get(name, False) != now:
                found.append((name, now))
            state[name] = now
    return found


def standings(watch: Watch) -> Generator[tuple[set[str], dict[str, int]]]:
    """Yield after each change which nodes take no pods, and how many pods of each model are ready."""
    nodes: dict[str, bool] = {}
    pods: dict[str, tuple[str, bool]] = {}
    for change in list(watch.changes):
        metadata = change.object["metadata"]
        if change.kind == "Node":
            nodes[metadata["name"]] = bool(change.object["spec"].get("unschedulable"))
        elif (model := (metadata.get("labels") or {}).get("llm-platform/model")) is not None:
            conditions = (change.object.get("status") or {}).get("conditions") or []
            ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
            alive = change.type != "DELETED" and not metadata.get("deletionTimestamp")
            pods[metadata["uid"]] = (model, ready and alive)
        counts: dict[str, int] = {}
        for model, ready in pods.values():
            counts[model] = counts.get(model, 0) + ready
        yield {name for name, closed in nodes.items() if closed}, counts
