"""A CDI specification of GPUs against what the driver says: is it of this driver and of these devices?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import yaml
from ansible.errors import AnsibleFilterError

GPU = re.compile(r"^GPU \d+: .*\(UUID: (GPU-[0-9a-f-]+)\)", re.MULTILINE)
MIG = re.compile(r"^\s+MIG .*\(UUID: (MIG-[0-9a-f-]+)\)", re.MULTILINE)
LIBRARY = re.compile(r"\.so\.(\d+\.\d+(?:\.\d+)?)$")


def cdi_spec_faults(spec: str, driver: str, listed: str) -> list[str]:
    """Return why a specification has to be made anew; none means that it is current.

    `driver` is the loaded version, `listed` the output of `nvidia-smi -L`.
    """
    if not spec.strip():
        return ["there is no specification"]
    try:
        parsed = cast(Mapping[str, Any], yaml.safe_load(spec))
    except yaml.YAMLError as error:
        raise AnsibleFilterError(f"the CDI specification is not YAML: {error}") from error
    faults = []
    versions = _driver_versions(parsed)
    if versions and versions != {driver}:
        faults.append(f"it mounts libraries of driver {', '.join(sorted(versions))}, loaded is {driver}")
    names = {str(device["name"]) for device in cast(list[Mapping[str, Any]], parsed.get("devices", []))}
    # Devices go by index and by UUID; a new layout gives partitions new UUIDs. A GPU with MIG on and no partition is
    # listed by nvidia-smi and rightly missing here.
    gpus, partitions = _devices(listed)
    in_spec = {name for name in names if name.startswith("MIG-")}
    if in_spec != partitions or not {name for name in names if name.startswith("GPU-")} <= gpus:
        faults.append(f"its devices are {_words(names)}; nvidia-smi lists {_words(gpus | partitions)}")
    elif not names and gpus:
        faults.append(f"it has no devices; nvidia-smi lists {_words(gpus)}")
    return faults


def _devices(listed: str) -> tuple[set[str], set[str]]:
    """Return the UUIDs of the GPUs that have no partition, and of the partitions."""
    gpus: set[str] = set()
    partitions: set[str] = set()
    for block in re.split(r"(?=^GPU )", listed, flags=re.MULTILINE):
        own = set(MIG.findall(block))
        partitions |= own
        gpus |= set() if own else set(GPU.findall(block))
    return gpus, partitions


def _driver_versions(spec: Mapping[str, Any]) -> set[str]:
    edits = cast(Mapping[str, Any], spec.get("containerEdits", {}))
    paths = [str(mount.get("hostPath", "")) for mount in cast(list[Mapping[str, Any]], edits.get("mounts", []))]
    found = (LIBRARY.search(path) for path in paths if "nvidia" in path or "libcuda" in path)
    return {match[1] for match in found if match}


def _words(devices: set[str]) -> str:
    known = sorted(device[:12] for device in devices if device.startswith(("GPU-", "MIG-")))
    return ", ".join(known) or "none"


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by the name that tasks use."""
        return {"nvidia_container_toolkit_cdi_faults": cdi_spec_faults}
