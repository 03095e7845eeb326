"""What DCGM's host engine watches and tells: in words of the role, as arguments of dcgmi, and as dcgmi prints it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ansible.errors import AnsibleFilterError

# dcgmi's letter of each watch, and the names that it prints for it.
WATCHES = {
    "pcie": ("p", ["PCIe"]),
    "memory": ("m", ["Memory"]),
    "inforom": ("i", ["InfoROM"]),
    "thermal": ("t", ["Thermal", "Power"]),
    "nvlink": ("n", ["NVLINK"]),
    "driver": ("d", ["Driver"]),
    "connectx": ("x", ["ConnectX"]),
}
# The letter `a` has these and the NVSwitches, which have no letter of their own.
SWITCHES = ["NvSwitch F", "NvSwitch NF"]
CONDITIONS = {
    "ecc": ("-e", "Double-bit ECC errors"),
    "pcie": ("-p", "PCI errors and replays"),
    "nvlink": ("-n", "NVLink Errors"),
    "xid": ("-x", "XID error detected."),
}
LIMITS = {
    "max_retired_pages": ("-M", "Max retired pages threshold"),
    "max_temperature": ("-T", "Max temperature threshold"),
    "max_power": ("-P", "Max power threshold"),
}


def watch_letters(watches: Sequence[str]) -> str:
    """Return the letters for `dcgmi health --set`, always in the same order."""
    if "all" in watches:
        return "a"
    return "".join(sorted(WATCHES[watch][0] for watch in set(watches)))


def watched_by_letters(letters: str) -> list[str]:
    """Return the names that dcgmi prints as on after these letters were set."""
    own = [name for letter, names in WATCHES.values() for name in names if letter in letters or letters == "a"]
    return sorted(own + (SWITCHES if letters == "a" else []))


def watched(printed: str) -> list[str]:
    """Return what `dcgmi health --fetch --json` prints as on; without an answer, nothing."""
    body = cast(Mapping[str, Mapping[str, str]], _document(printed).get("body", {}))
    return sorted(name for name, said in body.items() if said.get("value") == "On")


def policy_arguments(conditions: Sequence[str], limits: Mapping[str, int | None]) -> str:
    """Return the arguments of `dcgmi policy` that make these the conditions, with no action of DCGM's own."""
    flags = [flag for name, (flag, _) in CONDITIONS.items() if name in conditions]
    flags += [f"{flag} {limits[name]}" for name, (flag, _) in LIMITS.items() if limits.get(name)]
    return " ".join(["--set 0,0", *flags]) if flags else "--clear"


def condition_words(conditions: Sequence[str], limits: Mapping[str, int | None]) -> list[str]:
    """Return how dcgmi prints these conditions."""
    words = [text for name, (_, text) in CONDITIONS.items() if name in conditions]
    return sorted(words + [f"{text} - {limits[name]}" for name, (_, text) in LIMITS.items() if limits.get(name)])


def conditions_set(printed: str) -> list[str]:
    """Return the conditions that `dcgmi policy --get --json` prints; without an answer, none."""
    body = cast(Mapping[str, Any], _document(printed).get("body", {}))
    said = cast(Mapping[str, Any], body.get("Violation conditions", {}))
    words = [str(said.get("value", "None")), *cast(list[str], said.get("overflow", []))]
    return sorted(word for word in words if word != "None")


def _document(printed: str) -> Mapping[str, Any]:
    """Return the JSON of an answer: dcgmi prints a title before it, and `policy` a remark behind it."""
    start, end = printed.find("{"), printed.rfind("}")
    if start < 0:
        return {}
    try:
        return json.loads(printed[start : end + 1])
    except json.JSONDecodeError as error:
        raise AnsibleFilterError(f"dcgmi answered something that is not JSON ({error}): {printed}") from error


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by the name that tasks use."""
        return {
            "dcgm_watch_letters": watch_letters,
            "dcgm_watched_by_letters": watched_by_letters,
            "dcgm_watched": watched,
            "dcgm_policy_arguments": policy_arguments,
            "dcgm_condition_words": condition_words,
            "dcgm_conditions": conditions_set,
        }
