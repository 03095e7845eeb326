"""The lock of a roll: a Kubernetes Lease, who holds it, and whether it may be taken."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Object = Mapping[str, Any]

SECONDS_HELD = 7200


def lease_holder(operation: str) -> str:
    """Return who this play is: operation, user, machine, process and when that process began.

    The same for all tasks of one run of ansible-playbook, different for any other.
    """
    parent = multiprocessing.parent_process()
    pid = parent.pid if parent is not None and parent.pid else os.getpid()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = str(os.getuid())
    return f"{operation} {user}@{platform.node()} {pid} {_began(pid)}"


def lease_answer(lease: Object | None, holder: str, now: datetime | str) -> dict[str, Any]:
    """Say whether a holder may take a lease: `free`, `why`, and `message` with who holds it and until when."""
    spec: Object = (lease or {}).get("spec") or {}
    other = str(spec.get("holderIdentity") or "")
    seconds = int(spec.get("leaseDurationSeconds") or SECONDS_HELD)
    renewed = _moment(spec.get("renewTime") or spec.get("acquireTime") or "1970-01-01T00:00:00Z")
    expires = renewed + timedelta(seconds=seconds)
    if not other:
        why = "nobody holds it"
    elif other == holder:
        why = "it is ours"
    elif expires <= _moment(now):
        why = f"{other} held it and has not renewed it since {renewed.isoformat(' ', 'seconds')}"
    elif _ended_here(other):
        why = f"{other} held it and has ended"
    else:
        return {
            "free": False,
            "why": "",
            "message": f"another roll is under way: {other}; its lock lasts until {expires.isoformat(' ', 'seconds')}",
        }
    return {"free": True, "why": why, "message": f"the lock may be taken: {why}"}


def lease_spec(lease: Object | None, holder: str, now: datetime | str, seconds: int) -> dict[str, Any]:
    """Return the spec of a lease that a holder takes or renews."""
    spec: Object = (lease or {}).get("spec") or {}
    ours = spec.get("holderIdentity") == holder
    moment = _moment(now).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "holderIdentity": holder,
        "leaseDurationSeconds": int(seconds),
        "acquireTime": spec.get("acquireTime", moment) if ours else moment,
        "renewTime": moment,
        "leaseTransitions": int(spec.get("leaseTransitions") or 0) + (0 if ours or not spec else 1),
    }


def _ended_here(holder: str) -> bool:
    """Say whether the holder was a process of this machine that runs no more."""
    try:
        _, place, pid, began = holder.rsplit(" ", 3)
        return place.rpartition("@")[2] == platform.node() and _began(int(pid)) != began
    except ValueError:
        return False  # another program's way of naming itself


def _began(pid: int) -> str:
    """Return when a process began, as the kernel counts; `running` where it does not say, `ended` for none."""
    try:
        # The name of the command, which may have spaces, ends with the last bracket; the twentieth field after it.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "ended"
    except OSError:
        pass  # somebody else's
    return "running"


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"lease_holder": lease_holder, "lease_answer": lease_answer, "lease_spec": lease_spec}
