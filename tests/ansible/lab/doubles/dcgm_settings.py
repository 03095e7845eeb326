"""What DCGM's host engine keeps in memory: what it watches, of which events it tells. A restart forgets both.

The JSON is as dcgmi's source prints it: a line of text before it, and after a policy a line of text as well.
"""

from __future__ import annotations

import json
from typing import Any, Final

from tests.ansible.lab.doubles.state import State, ended, unanswered

WATCHES: Final = {
    "p": ("PCIe",),
    "n": ("NVLINK", "NvSwitch NF", "NvSwitch F"),
    "m": ("Memory",),
    "i": ("InfoROM",),
    "t": ("Thermal", "Power"),
    "d": ("Driver",),
    "x": ("ConnectX",),
}
SYSTEMS: Final = (
    "PCIe",
    "NVLINK",
    "Memory",
    "SM",
    "InfoROM",
    "Thermal",
    "Power",
    "Driver",
    "NvSwitch NF",
    "NvSwitch F",
    "ConnectX",
)
CONDITIONS: Final = {
    "-e": "Double-bit ECC errors",
    "-p": "PCI errors and replays",
    "-n": "NVLink Errors",
    "-x": "XID error detected.",
}
LIMITS: Final = {
    "-M": "Max retired pages threshold - {}",
    "-T": "Max temperature threshold - {}",
    "-P": "Max power threshold - {}",
}
MIXED: Final = "**** Non-homogenous settings across group. Use with -v flag to see details."


def kept(state: State) -> dict[str, Any]:
    """What this start of the host engine was told."""
    file = state.run / "dcgm.json"
    return json.loads(file.read_text()) if file.exists() else {"watches": "", "policy": []}


def health(state: State, arguments: list[str]) -> None:
    """Watch systems, or say which are watched."""
    match arguments:
        case ["--set", letters] if not set(letters) - {*WATCHES, "a"}:
            state.raise_flag("dcgm.json", json.dumps({**kept(state), "watches": letters}))
            ended(0, "Health monitor systems set successfully.")
        case ["-f" | "--fetch", "-j" | "--json"]:
            letters = kept(state)["watches"]
            on = {name for letter, names in WATCHES.items() if letter in letters or "a" in letters for name in names}
            body = {name: {"value": "On" if name in on else "Off"} for name in SYSTEMS}
            ended(0, "Health monitor systems report", json.dumps({"body": body}))
        case _:
            unanswered("dcgmi health", arguments)


def policy(state: State, arguments: list[str]) -> None:
    """Register conditions, or say which there are."""
    match arguments:
        case ["--get", "-j" | "--json"]:
            conditions = kept(state)["policy"] or ["None"]
            value: dict[str, Any] = {"value": conditions[0]}
            body = {
                "Violation conditions": value | ({"overflow": conditions[1:]} if conditions[1:] else {}),
                "Isolation mode": {"value": "Manual"},
                "Action on violation": {"value": "None"},
                "Validation after action": {"value": "None"},
                "Validation failure action": {"value": "None"},
            }
            document = {"body": body, "header": ["Policy Information", "DCGM_ALL_SUPPORTED_GPUS"]}
            ended(0, "Policy information", json.dumps(document), MIXED)
        case ["--set", "0,0", *rest]:
            state.raise_flag("dcgm.json", json.dumps({**kept(state), "policy": conditions_of(rest)}))
            ended(0, "Policy successfully set.")
        case ["--clear"]:
            state.raise_flag("dcgm.json", json.dumps({**kept(state), "policy": []}))
            ended(0, "Policy successfully set.")
        case _:
            unanswered("dcgmi policy", arguments)


def conditions_of(options: list[str]) -> list[str]:
    """The conditions' names for their letters and limits."""
    found, waiting = list[str](), ""
    for option in options:
        if waiting:
            found.append(LIMITS[waiting].format(option))
            waiting = ""
        elif option in LIMITS:
            waiting = option
        elif option in CONDITIONS:
            found.append(CONDITIONS[option])
        else:
            unanswered("dcgmi policy --set", options)
    return found
