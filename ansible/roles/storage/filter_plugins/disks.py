"""Which disks of a host may become scratch space, from what lsblk and wipefs say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

REMOTE_MODELS = ("Amazon Elastic Block Store",)
"""Volumes of a network that show as NVMe; they are somebody's, and slower."""


def nvme_disks(devices: Mapping[str, Any]) -> list[str]:
    """Return the local NVMe disks, by path."""
    return [disk["name"] for disk in _local(devices)]


def scratch_plan(
    devices: Mapping[str, Any],
    label: str,
    signatures: Mapping[str, Sequence[str]],
    serials: Sequence[str] = (),
    wipe_serials: Sequence[str] = (),
    begun: str = "",
) -> dict[str, Any]:
    """Choose: `existing` carries the label already; else `disks` are to be joined, of which `wiped` carry something.

    `begun` is an array of ours without a file system, which a run that was cut off left. `left` says of each disk that
    is not taken why; `faults` are disks that were named and can't be taken.
    """
    every = list(_walk(devices["blockdevices"]))
    existing = next((each["name"] for each in every if each.get("label") == label), "")
    unfinished = next((each["name"] for each in every if each["name"] == begun and not each.get("fstype")), "")
    plan: dict[str, Any] = {"existing": existing, "begun": unfinished}
    plan |= {"disks": [], "wiped": [], "left": [], "faults": []}
    if existing or unfinished:
        plan["disks"] = [existing or unfinished]
        return plan
    wanted = {*serials, *wipe_serials}
    for disk in _local(devices):
        serial = str(disk.get("serial") or "").strip()
        said = f"{disk['name']} (serial {serial or 'unknown'})"
        if serials and serial not in wanted:
            plan["left"].append(f"{said} is not in storage_serials")
        elif reason := _in_use(disk):
            plan["faults" if serial in wanted else "left"].append(f"{said} {reason}")
        elif not (reason := _carries(disk, signatures)):
            plan["disks"].append(disk["name"])
        elif serial in wipe_serials:
            plan["disks"].append(disk["name"])
            plan["wiped"].append(disk["name"])
        else:
            plan["faults" if serial in wanted else "left"].append(f"{said} {reason}")
    seen = {str(disk.get("serial") or "").strip() for disk in _local(devices)}
    plan["faults"] += [f"no local NVMe disk has the serial {serial}" for serial in sorted(wanted - seen)]
    return plan


def _local(devices: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        each
        for each in devices["blockdevices"]
        if each["type"] == "disk"
        and each.get("tran") == "nvme"
        and not str(each.get("model") or "").startswith(REMOTE_MODELS)
    ]


def _walk(devices: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in devices:
        yield each
        yield from _walk(each.get("children", ()))


def _in_use(disk: Mapping[str, Any]) -> str:
    """Why not even a declared disk may be wiped."""
    for each in _walk([disk]):
        if mounts := [path for path in each.get("mountpoints") or () if path]:
            return f"is in use: {each['name']} is mounted at {', '.join(mounts)}"
        if each is not disk and each["type"] != "part":
            return f"is in use: it is part of {each['name']} ({each['type']})"
    return ""


def _carries(disk: Mapping[str, Any], signatures: Mapping[str, Sequence[str]]) -> str:
    """What a disk carries; empty where it carries nothing."""
    if children := [each["name"] for each in disk.get("children", ())]:
        return f"has partitions ({', '.join(children)})"
    found = [disk.get("fstype"), disk.get("pttype"), *signatures.get(disk["name"], ())]
    if named := sorted({str(each) for each in found if each}):
        return f"has a signature ({', '.join(named)})"
    return ""


class FilterModule:
    """The filters of role storage."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return them by name."""
        return {"nvme_disks": nvme_disks, "scratch_plan": scratch_plan}
