"""Double of nvidia-mig-parted: asserts, applies and exports layouts; a change of mode needs GPUs that nobody holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from tests.ansible.lab.doubles.state import State, ended, here, unanswered
from tests.ansible.lab.doubles.xml_log import current_mig, mig

APPLIED: Final = "Selected MIG configuration currently applied"
NOT_APPLIED: Final = 'level=fatal msg="Assertion failure: selected configuration not currently applied"'
BUSY: Final = "The following GPUs could not be reset:\n{}\n"


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("nvidia-mig-parted", *arguments)
    if not state.loaded_version():
        ended(1, 'level=fatal msg="Error initializing NVML: Driver Not Loaded"')
    match arguments:
        case ["assert", *rest]:
            wanted = layout(state, rest, "assert")
            fits = "--valid-config" in rest or applied(state, wanted)
            ended(0 if fits else 1, APPLIED if fits else NOT_APPLIED)
        case ["apply", *rest]:
            apply(state, layout(state, rest, "apply"))
        case ["export", "-o" | "--output-format", "json"]:
            export(state)
        case _:
            unanswered("nvidia-mig-parted", arguments)


def layout(state: State, arguments: list[str], verb: str) -> list[dict[str, Any]]:
    """What each GPU is to hold, from the configuration file and the name of its layout."""
    match [part for part in arguments if part != "--valid-config"]:
        case ["-f" | "--config-file", file, "-c" | "--selected-config", name]:
            document = yaml.safe_load(sys.stdin if file == "-" else Path(file).read_text())
        case _:
            unanswered("nvidia-mig-parted", [verb, *arguments])
    if document.get("version") != "v1":
        ended(1, f'level=fatal msg="Error parsing config file: unknown version: {document.get("version")}"')
    if name not in document.get("mig-configs", {}):
        ended(1, f'level=fatal msg="Error getting selected config: selected mig-config not present: {name}"')
    wanted = [{"mode": gpu["mig_mode"] and current_mig(state, gpu), "devices": {}} for gpu in state.get("gpus")]
    for part in document["mig-configs"][name]:
        numbers = range(len(wanted)) if part["devices"] == "all" else part["devices"]
        for number in numbers:
            devices = part.get("mig-devices") or {}
            check(state, devices)
            wanted[number] = {"mode": "Enabled" if part["mig-enabled"] else "Disabled", "devices": devices}
    return wanted


def check(state: State, devices: dict[str, int]) -> None:
    """Refuse profiles that the GPU lacks, and more of them than it holds."""
    profiles = state.get("mig_profiles")
    for profile, count in devices.items():
        if count > profiles.get(profile, 0):
            ended(
                1, f'level=fatal msg="Error applying MIG configuration: no MIG profile {profile} for {count} instances"'
            )


def applied(state: State, wanted: list[dict[str, Any]]) -> bool:
    """Whether the GPUs hold this now."""
    if state.failure("nvidia-mig-parted") == "apply-does-nothing" and any(gpu["mode"] == "Enabled" for gpu in wanted):
        return False
    held = mig(state)
    for gpu, want in zip(state.get("gpus"), wanted, strict=True):
        mode = current_mig(state, gpu)
        if mode != want["mode"] and not (mode == "N/A" and want["mode"] == "Disabled"):
            return False
        if held.get(gpu["uuid"], {}).get("devices", {}) != want["devices"]:
            return False
    return True


def apply(state: State, wanted: list[dict[str, Any]]) -> None:
    """Change modes where nobody holds the GPUs, then make the instances."""
    failure, gpus, held = state.failure("nvidia-mig-parted"), state.get("gpus"), mig(state)
    changes = [index for index, gpu in enumerate(gpus) if current_mig(state, gpu) != wanted[index]["mode"]]
    if any(gpus[index]["mig_mode"] == "N/A" and wanted[index]["mode"] == "Enabled" for index in changes):
        ended(1, 'level=fatal msg="Error setting MIG mode: Not Supported"')
    if failure == "busy" or state.clients():
        lines = "\n".join(f"  GPU {gpu['bus_id']}: In use by another client" for gpu in gpus)
        ended(
            1,
            BUSY.format(lines),
            'level=fatal msg="Error applying MIG configuration with hooks: error resetting all GPUs"',
        )
    for index in changes:
        if failure == "mode-pending":
            gpus[index]["mig_pending"] = wanted[index]["mode"]
        elif failure != "apply-does-nothing":
            gpus[index].pop("mig_pending", None)
            if state.get("mig_mode_survives_boot"):
                gpus[index]["mig_mode"] = wanted[index]["mode"]
            held.setdefault(gpus[index]["uuid"], {})["mode"] = wanted[index]["mode"]
    if failure not in ("mode-pending", "apply-does-nothing"):
        for gpu, want in zip(gpus, wanted, strict=True):
            held.setdefault(gpu["uuid"], {"mode": want["mode"]})["devices"] = want["devices"]
    state.set("gpus", gpus)
    state.raise_flag("mig.json", json.dumps(held))
    ended(0, "MIG configuration applied successfully")


def export(state: State) -> None:
    """What the GPUs hold, as a configuration named `current`."""
    held = mig(state)
    entries = [
        {
            "devices": [index],
            "mig-enabled": current_mig(state, gpu) == "Enabled",
            "mig-devices": held.get(gpu["uuid"], {}).get("devices", {}),
        }
        for index, gpu in enumerate(state.get("gpus"))
    ]
    document = {"version": "v1", "mig-configs": {"current": entries}}
    ended(0, json.dumps(document))


if __name__ == "__main__":
    main()
