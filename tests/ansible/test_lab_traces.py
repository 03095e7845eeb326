"""What the lab leaves behind when its process is killed, which is nothing, and what it says where hosts can't boot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ansible.lab import probes
from tests.ansible.lab.command import attempt, run
from tests.ansible.lab.control_groups import hierarchies

pytestmark = pytest.mark.xdist_group("hosts-lab")

OWNER = """
import sys, time
from tests.ansible.lab.lab import Lab
lab = Lab()
host = lab.host("Ubuntu-24.04", "lost")
print(lab.folder, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.usefixtures("lab")
def test_nothing_of_a_lab_outlives_its_process(number: int) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    assert owner.stdout is not None
    with owner, owner.stdout:
        folder = Path(owner.stdout.readline().strip())
        assert traces(owner.pid), "the host was not seen while it ran"
        owner.send_signal(number)
    end = time.monotonic() + 120
    while ((left := traces(owner.pid)) or folder.exists()) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left
    assert not folder.exists()


def traces(process: int) -> list[str]:
    """What this machine still has of a lab's hosts: mounts, links, namespaces, groups."""
    mark = f"gpu-lab-{process}"
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if mark in line]
    links = [
        str(link["ifname"])
        for link in json.loads(run("ip", "-json", "link", "show"))
        if link["ifname"] in {f"gl{process}", f"gv{process}.1"}
    ]
    spaces = [file.name for file in Path("/run/netns").glob(f"{mark}-*")]
    groups = [group.name for hierarchy in hierarchies() for group in hierarchy.glob(f"{mark}-*")]
    return [*mounts, *links, *spaces, *groups]


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("_root", "root: simulated hosts"),
        ("_packages", "Debian's packages"),
        ("_overlay", "an overlay"),
        ("_network", "a bridge"),
    ],
)
def test_what_is_missing_is_named(probe: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if missing := probes.missing_for_hosts():
        pytest.skip(f"this machine lacks it already: {missing}")
    (tmp_path / "debian-packages.txt").write_text("no-such-package-of-debian  # why\n")
    monkeypatch.setattr(os, "geteuid", lambda: 1000 if probe == "_root" else 0)
    monkeypatch.setattr(probes, "NEEDED", tmp_path / "debian-packages.txt" if probe == "_packages" else probes.NEEDED)
    refused = {"_overlay": "mount", "_network": "bridge"}.get(probe)

    def refusing(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return attempt("false") if refused in command else attempt(*command)

    monkeypatch.setattr(probes, "attempt", refusing)
    probes.missing_for_hosts.cache_clear()
    try:
        (missing,) = probes.missing_for_hosts()
    finally:
        probes.missing_for_hosts.cache_clear()
    assert said in missing
