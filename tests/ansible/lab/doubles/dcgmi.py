"""Double of dcgmi 4: discovery, health and the diagnostics' JSON, as its host engine answers.

Exit statuses are DCGM's negative numbers modulo 256: 235 without a host engine (DCGM_ST_CONNECTION_NOT_VALID), 226 for
diagnostics that found something (DCGM_ST_NVVS_ERROR).
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from tests.ansible.lab.doubles.dcgm_settings import health, policy
from tests.ansible.lab.doubles.state import State, ended, here, installed_library, unanswered

TESTS: Final = (
    (1, "Deployment", "software"),
    (2, "Integration", "pcie"),
    (2, "Hardware", "memory"),
    (3, "Hardware", "diagnostic"),
    (3, "Integration", "nvbandwidth"),
    (3, "Stress", "targeted_stress"),
    (3, "Stress", "targeted_power"),
    (4, "Hardware", "memtest"),
    (4, "Hardware", "pulse_test"),
)
NO_ENGINE: Final = (
    "Error: unable to establish a connection to the specified host: localhost\n"
    "Error: Unable to connect to host engine. Host engine connection invalid/disconnected."
)


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("dcgmi", *arguments)
    if arguments == ["--version"]:
        ended(0, f"dcgmi  version: {installed_library('dcgm')}")
    if not state.flag("clients/nv-hostengine"):
        ended(235, NO_ENGINE)
    match arguments:
        case ["discovery", "-l"]:
            discovery(state)
        case ["diag", ("-r" | "--run"), ("1" | "2" | "3" | "4") as level, ("-j" | "--json")]:
            diagnose(state, int(level))
        case ["health", *rest]:
            health(state, rest)
        case ["policy", *rest]:
            policy(state, rest)
        case _:
            unanswered("dcgmi", arguments)


def discovery(state: State) -> None:
    """The GPUs that the host engine sees."""
    gpus = state.get("gpus")
    lines = [f"{len(gpus)} GPUs found."]
    lines += [f"| {index}      | Name: {gpu['name']} |" for index, gpu in enumerate(gpus)]
    ended(0, *lines)


def diagnose(state: State, level: int) -> None:
    """Run every test of the level: all pass unless a failure was asked for, which the level's last test has."""
    tests = [test for test in TESTS if test[0] <= level]
    last = tests[-1][2]
    categories: dict[str, list[dict[str, Any]]] = {}
    for _, category, name in tests:
        categories.setdefault(category, []).append(outcome(state, name, last))
    document = {
        "DCGM Diagnostic": {
            "test_categories": [{"category": name, "tests": done} for name, done in categories.items()],
        },
        "entity_groups": [
            {
                "entity_group": "GPU",
                "entity_group_id": 1,
                "entities": [
                    {"entity_id": index, "serial_num": gpu["serial"]} for index, gpu in enumerate(state.get("gpus"))
                ],
            }
        ],
        "metadata": metadata(state),
    }
    print(json.dumps(document, indent=4))  # noqa: T201 - a program's answer
    sys.exit(226 if state.failure("dcgmi") == "test-fails" else 0)


def outcome(state: State, name: str, last: str) -> dict[str, Any]:
    """One test over all GPUs; the second GPU is the one with the trouble."""
    way = state.failure("dcgmi") if name == last else ""
    results: list[dict[str, Any]] = []
    for index in range(len(state.get("gpus"))):
        result: dict[str, Any] = {"entity_group": "GPU", "entity_group_id": 1, "entity_id": index, "status": "Pass"}
        if way == "test-fails" and index == 1:
            warning = f"Detected 3 uncorrectable errors for GPU {index}. Run a field diagnostic on the GPU."
            fault = {"error_category": 7, "error_id": 95, "error_severity": 3, "warning": warning}
            result |= {"status": "Fail", "warnings": [fault]}
        if way == "test-skipped":
            result |= {"status": "Skip"}
        results.append(result)
    statuses = {result["status"] for result in results}
    summary = next(status for status in ("Fail", "Pass", "Skip") if status in statuses)
    return {"name": name, "results": results, "test_summary": {"status": summary}}


def metadata(state: State) -> dict[str, Any]:
    """Who measured, and with which driver."""
    return {"Driver Version Detected": state.loaded_version(), "version": installed_library("dcgm")}


if __name__ == "__main__":
    main()
