"""What this machine lacks for simulated hosts: each probe tries the thing itself and says why it can't be had."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from tests.ansible.lab.command import LabError, attempt, run
from tests.ansible.lab.control_groups import hierarchies

NEEDED: Final = Path(__file__).with_name("debian-packages.txt")
"""The packages of this machine that the lab runs, one a line."""


@cache
def missing_for_trees() -> tuple[str, ...]:
    """Return what is missing to build root trees and to enter them; empty when nothing is."""
    return _missing(_root, _packages, _overlay)


@cache
def missing_for_hosts() -> tuple[str, ...]:
    """Return what is missing to boot hosts; empty when nothing is."""
    return _missing(_root, _packages, _overlay, _administration, _network, _control_groups)


def _missing(*probes: Callable[[], str]) -> tuple[str, ...]:
    missing: list[str] = []
    for probe in probes:
        try:
            missing += filter(None, [probe()])
        except (LabError, OSError) as error:
            missing.append(str(error))
        if missing:
            # What comes after needs this.
            break
    return tuple(missing)


def _root() -> str:
    return "" if os.geteuid() == 0 else "root: simulated hosts are mounted and booted, which only root may do"


def _packages() -> str:
    lines = (line.partition("#")[0].strip() for line in NEEDED.read_text().splitlines())
    names = [line for line in lines if line]
    if not shutil.which("dpkg-query"):
        return f"a Debian or Ubuntu: the lab runs the packages {', '.join(names)}"
    absent = [
        name
        for name in names
        if "installed" not in attempt("dpkg-query", "-Wf", "${db:Status-Status}", name).stdout.split()
    ]
    return f"Debian's packages {', '.join(absent)}: `make test-hosts` installs them" if absent else ""


def _overlay() -> str:
    """Mounting may be forbidden, the kernel lack overlayfs, or the temporary folder not be fit for an upper layer."""
    with tempfile.TemporaryDirectory(prefix="gpu-lab-probe-") as name:
        parts = {part: Path(name, part) for part in ("lower", "upper", "work", "root")}
        for part in parts.values():
            part.mkdir()
        options = f"lowerdir={parts['lower']},upperdir={parts['upper']},workdir={parts['work']}"
        done = attempt("mount", "-t", "overlay", "-o", options, "gpu-lab-probe", parts["root"])
        if done.returncode:
            return f"mounting an overlay (CAP_SYS_ADMIN, CONFIG_OVERLAY_FS): {done.stderr.strip()}"
        run("umount", parts["root"])
    return ""


def _administration() -> str:
    wanted = {"sys_admin": 21, "net_admin": 12, "sys_chroot": 18, "mknod": 27, "setfcap": 31}
    status = Path("/proc/self/status").read_text()
    effective = int(next(line for line in status.splitlines() if line.startswith("CapEff")).split()[1], 16)
    lacking = [f"CAP_{name.upper()}" for name, number in wanted.items() if not effective >> number & 1]
    return f"the capabilities {', '.join(lacking)}" if lacking else ""


def _network() -> str:
    name = f"gpu-probe-{os.getpid()}"
    bridge = f"gp{os.getpid()}"
    done = attempt("ip", "netns", "add", name)
    if done.returncode:
        return f"a network namespace (CONFIG_NET_NS): {done.stderr.strip()}"
    try:
        for kind, command in (
            ("a bridge (CONFIG_BRIDGE)", ("ip", "link", "add", bridge, "type", "bridge")),
            (
                "a veth pair (CONFIG_VETH)",
                ("ip", "link", "add", f"{bridge}v", "type", "veth", "peer", "name", "eth0", "netns", name),
            ),
        ):
            done = attempt(*command)
            if done.returncode:
                return f"{kind}: {done.stderr.strip()}"
    finally:
        attempt("ip", "link", "delete", bridge)
        attempt("ip", "netns", "delete", name)
    return ""


def _control_groups() -> str:
    found = hierarchies()
    if not found:
        return "control groups that systemd can use, in /sys/fs/cgroup"
    for hierarchy in found:
        group = hierarchy / f"gpu-lab-probe-{os.getpid()}"
        group.mkdir()
        group.rmdir()
    return ""
