"""MIG layouts: whether a GPU can hold them, in nvidia-mig-parted's form, and in words."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ansible.errors import AnsibleFilterError

DISABLED = "all-disabled"
Profiles = Mapping[str, Mapping[str, int]]
Entry = Mapping[str, Any]
Layouts = Mapping[str, Sequence[Entry]]


def known_layouts(declared: Layouts, profiles: Profiles) -> dict[str, list[Entry]]:
    """Return the layouts that go by a name: those that the GPU has by itself, and the declared ones."""
    own: dict[str, list[Entry]] = {DISABLED: [{"devices": "all", "mig_devices": {}}]}
    for profile, facts in profiles.items():
        own[f"all-{profile.replace('+', '.')}"] = [{"devices": "all", "mig_devices": {profile: facts["instances"]}}]
    return own | {name: list(entries) for name, entries in declared.items()}


def layout_faults(name: str, declared: Layouts, profiles: Profiles, gpus: int, gpu: str) -> list[str]:
    """Return why GPUs of this kind can't hold the layout, each with what is allowed."""
    layouts = known_layouts(declared, profiles)
    if not profiles and name != DISABLED:
        return [f"layout '{name}': {gpu} has no MIG; leave mig_layout out, or say {DISABLED}"]
    if name not in layouts:
        return [f"layout '{name}' is not known for {gpu}; there are: {', '.join(layouts)}"]
    faults: list[str] = []
    covered: list[int] = []
    for entry in layouts[name]:
        devices = entry.get("devices")
        if devices != "all" and not _numbers(devices):
            allowed = f"it is 'all' or a list of numbers from 0 to {gpus - 1}"
            faults.append(f"layout '{name}': devices is {devices!r}; {allowed}")
            continue
        covered += range(gpus) if devices == "all" else cast(list[int], devices)
        faults += [f"layout '{name}': {fault}" for fault in _held_faults(entry.get("mig_devices") or {}, profiles, gpu)]
    return faults + [f"layout '{name}': {fault}" for fault in _coverage_faults(covered, gpus)]


def _numbers(devices: Any) -> bool:
    return isinstance(devices, list) and all(isinstance(number, int) for number in cast(list[Any], devices))


def _held_faults(held: Mapping[str, Any], profiles: Profiles, gpu: str) -> list[str]:
    unknown = [profile for profile in held if profile not in profiles]
    if unknown:
        return [f"profile '{profile}' is none of {gpu}, which has {', '.join(profiles)}" for profile in unknown]
    faults: list[str] = []
    for profile, count in held.items():
        most = profiles[profile]["instances"]
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= most:
            faults.append(f"{count} of profile '{profile}'; one {gpu} holds 1 to {most} of it")
    if faults:
        return faults
    memory = sum(count * profiles[profile]["memory_slices"] for profile, count in held.items())
    compute = sum(count * _compute(profile) for profile, count in held.items())
    most_memory = max((facts["memory_slices"] for facts in profiles.values()), default=0)
    most_compute = max((_compute(profile) for profile in profiles), default=0)
    words = ", ".join(f"{count} x {profile}" for profile, count in held.items())
    if memory > most_memory:
        faults.append(f"{words} take {memory} memory slices; one {gpu} has {most_memory}")
    if compute > most_compute:
        faults.append(f"{words} take {compute} compute slices; one {gpu} has {most_compute}")
    return faults


def _coverage_faults(covered: Sequence[int], gpus: int) -> list[str]:
    beyond = sorted({number for number in covered if not 0 <= number < gpus})
    twice = sorted({number for number in covered if covered.count(number) > 1})
    missing = sorted(set(range(gpus)) - set(covered))
    said = (
        (beyond, f"isn't there; the machine has GPU 0 to {gpus - 1}"),
        (twice, "stands in more than one entry"),
        (missing, "stands in no entry; give it an empty mig_devices to keep it whole"),
    )
    return [f"GPU {_ranges(numbers)} {text}" for numbers, text in said if numbers]


def _compute(profile: str) -> int:
    return int(profile.partition("g.")[0])


def mig_parted_config(name: str, declared: Layouts, profiles: Profiles) -> dict[str, Any]:
    """Return the file with this one layout for nvidia-mig-parted."""
    entries = known_layouts(declared, profiles)[name]
    written: list[dict[str, Any]] = []
    for entry in entries:
        held = dict(entry.get("mig_devices") or {})
        partitions = {"mig-devices": held} if held else {}
        written.append({"devices": entry["devices"], "mig-enabled": bool(held)} | partitions)
    return {"version": "v1", "mig-configs": {name: written}}


def layout_per_gpu(name: str, declared: Layouts, profiles: Profiles, gpus: int) -> list[dict[str, int]]:
    """Return what each GPU is to hold, in the order of their numbers."""
    held: list[dict[str, int]] = [{} for _ in range(gpus)]
    for entry in known_layouts(declared, profiles)[name]:
        for number in range(gpus) if entry["devices"] == "all" else entry["devices"]:
            held[number] = dict(entry.get("mig_devices") or {})
    return held


def exported_per_gpu(export: str) -> list[dict[str, int]]:
    """Return what each GPU holds now, from `nvidia-mig-parted export -o json`."""
    try:
        entries = cast(list[Mapping[str, Any]], json.loads(export)["mig-configs"]["current"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        said = f"nvidia-mig-parted export answered something else than a layout ({error!r}): {export}"
        raise AnsibleFilterError(said) from error
    held: dict[int, dict[str, int]] = {}
    for entry in entries:
        devices = entry["devices"]
        for number in range(len(held), len(held) + 1) if devices == "all" else cast(list[int], devices):
            held[number] = dict(entry.get("mig-devices") or {})
    return [held[number] for number in sorted(held)]


def layout_words(held: Sequence[Mapping[str, int]]) -> str:
    """Return a layout in one line: `GPU 0-3: 7 x 1g.10gb; GPU 4-7: whole`."""
    groups: dict[str, list[int]] = {}
    for number, own in enumerate(held):
        groups.setdefault(_held_words(own), []).append(number)
    return "; ".join(f"GPU {_ranges(numbers)}: {words}" for words, numbers in groups.items()) or "no GPUs"


def _held_words(held: Mapping[str, int]) -> str:
    return " + ".join(f"{count} x {profile}" for profile, count in sorted(held.items())) or "whole"


def _ranges(numbers: Sequence[int]) -> str:
    parts: list[str] = []
    for _, group in itertools.groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        parts.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(parts)


def pending_modes(queried: str) -> list[str]:
    """Return the GPUs whose MIG mode waits for a reset, from nvidia-smi's index, current and pending mode."""
    pending: list[str] = []
    for line in queried.strip().splitlines():
        index, current, wanted = (part.strip() for part in line.split(","))
        if current != wanted:
            pending.append(f"GPU {index} ({current}, pending {wanted})")
    return pending


def plan_of(name: str, declared: Layouts, profiles: Profiles, gpus: int, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return what would be done to a host, from its programs' answers; an empty one is a program that isn't there."""
    if not name or not profiles:
        return _plan("whole GPUs" if not profiles else "left alone", name or "none declared", [])
    wanted = layout_per_gpu(name, declared, profiles, gpus)
    if not answers["export"]:
        needed = [] if name == DISABLED else [f"apply layout {name} once the driver is loaded"]
        unknown = "unknown: the driver or nvidia-mig-parted doesn't answer"
        return _plan(unknown, f"{name} ({layout_words(wanted)})", needed)
    held = exported_per_gpu(answers["export"])
    pending = pending_modes(answers["modes"])
    actions = [f"reset or reboot for the MIG mode of {', '.join(pending)}"] if pending else []
    if held != wanted:
        actions.append(f"apply layout {name}: {layout_words(held)} -> {layout_words(wanted)}")
    return _plan(layout_words(held), f"{name} ({layout_words(wanted)})", actions, reboot=bool(pending))


def _plan(present: str, wanted: str, actions: list[str], reboot: bool = False) -> dict[str, Any]:
    return {
        "installed": present,
        "loaded": present,
        "wanted": wanted,
        "actions": actions,
        "reboot": reboot,
        "needed": bool(actions),
    }


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by the name that tasks use."""
        return {
            "mig_layout_faults": layout_faults,
            "mig_parted_config": mig_parted_config,
            "mig_pending_modes": pending_modes,
            "mig_plan_of": plan_of,
        }
