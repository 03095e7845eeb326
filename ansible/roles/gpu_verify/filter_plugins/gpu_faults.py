"""What is wrong with a host's GPUs: its inventory held against what the catalogue and the version set say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def gpu_faults(inventory: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Return every fault as a sentence; `expected` has the keys that `inventory.yml` of the role gives."""
    versions = version_faults(
        expected.get("installed", ""), expected.get("loaded", ""), expected.get("driver_version", "")
    )
    if inventory["refusal"]:
        return [*versions, inventory["refusal"]]
    faults = [*versions, *_counted(inventory["gpus"], expected)]
    for gpu in inventory["gpus"]:
        faults += [f"GPU {gpu['index']} ({gpu['bus_id']}): {fault}" for fault in _faults_of(gpu, expected)]
    return faults


def version_faults(installed: str, loaded: str, wanted: str) -> list[str]:
    """Compare the driver's three versions; where none is wanted, the two others with each other."""
    faults: list[str] = []
    if wanted and installed and installed != wanted:
        faults.append(f"driver {installed} is installed, {wanted} is wanted")
    if wanted and loaded and loaded != wanted:
        faults.append(f"driver {loaded} is loaded, {wanted} is wanted")
    if installed and loaded and installed != loaded:
        faults.append(f"driver {installed} is installed, and {loaded} is still loaded: a reboot is due")
    if installed and not loaded:
        faults.append(f"driver {installed} is installed, and no kernel module is loaded")
    if not installed and not loaded:
        faults.append("no driver is installed")
    return faults


def driver_version(packages: Mapping[str, Sequence[Mapping[str, Any]]], pattern: str) -> str:
    """Return the version of the package that the pattern names, without epoch and the distribution's suffix."""
    for name, installed in packages.items():
        if re.fullmatch(pattern, name):
            return re.split(r"[-+~]", str(installed[0]["version"]).rpartition(":")[2])[0]
    return ""


def _counted(gpus: Sequence[Mapping[str, Any]], expected: Mapping[str, Any]) -> list[str]:
    wanted, names = expected.get("gpus", 0), expected.get("product_names", [])
    faults: list[str] = []
    if wanted and len(gpus) != wanted:
        faults.append(f"{len(gpus)} GPUs answer, the machine has {wanted}")
    if others := sorted({gpu["name"] for gpu in gpus} - set(names)) if names else []:
        faults.append(f"the GPUs are {', '.join(others)}, the inventory says {' or '.join(names)}")
    return faults


def _faults_of(gpu: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    links: Mapping[str, Sequence[int]] = expected.get("inactive_links", {})
    down = links.get(gpu["uuid"])
    fabric = gpu["fabric_state"] or "not known"
    judged = {
        "ECC is off": expected.get("ecc", False) and gpu["ecc"] is False,
        f"{gpu['uncorrectable']} uncorrectable memory errors since the driver was loaded": gpu["uncorrectable"] > 0,
        "a memory row waits to be remapped: the GPU has to be reset": gpu["remap_pending"],
        "a memory row could not be remapped: the GPU has to be replaced": gpu["remap_failure"],
        f"the driver asks for a recovery: {gpu['recovery_action']}": gpu["recovery_action"] not in ("", "None"),
        "persistence mode is off": expected.get("persistence", False) and gpu["persistence"] is False,
        f"MIG mode {gpu['mig_pending']} waits for a reset, {gpu['mig']} holds": gpu["mig_pending"] != gpu["mig"],
        # The generation of an idle GPU's link falls to save power, and rises under load; lanes don't come back.
        f"{gpu['link_width']} of {gpu['link_width_max']} PCIe lanes": gpu["link_width"] < gpu["link_width_max"],
        f"fabric is {fabric} {gpu['fabric_status']}".rstrip(): expected.get("fabric", False)
        and (gpu["fabric_state"], gpu["fabric_status"]) != ("Completed", "Success"),
        "no NVLinks are told": expected.get("nvlinks", False) and down is None,
        f"NVLinks {', '.join(map(str, down or []))} are down": expected.get("nvlinks", False) and bool(down),
    }
    return [fault for fault, holds in judged.items() if holds]


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"gpu_faults": gpu_faults, "driver_version": driver_version}
