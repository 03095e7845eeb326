"""A report on all hosts of a play: what each said, and the fleet's sums. A host that said nothing is in it as such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

LOST = {"status": "lost", "problems": ["the host stopped answering during the play"]}
FEW = 4
WRONG = ("failed", "unreachable", "lost", "no-result")


def fleet_report(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return `hosts` by name and `fleet`: how many, which are wrong, which versions and firmware there are on whom."""
    entries: dict[str, dict[str, Any]] = {}
    for host in sorted(hosts):
        entry = hostvars[host].get("fleet_entry") or LOST
        no_result = (
            {"problems": ["the play ended before the host was judged"]} if entry["status"] == "no-result" else {}
        )
        entries[host] = {**entry, **no_result}
    versions: dict[str, dict[str, list[str]]] = {}
    for host, entry in entries.items():
        for name, version in _versions(entry):
            versions.setdefault(name, {}).setdefault(version, []).append(host)
    fleet = {
        "hosts": len(entries),
        "failed": [host for host, entry in entries.items() if entry["status"] in WRONG],
        "unreachable": [host for host, entry in entries.items() if entry["status"] in ("unreachable", "lost")],
        "warned": [host for host, entry in entries.items() if entry.get("warnings")],
        "gpus": sum(len(entry.get("gpus", [])) for entry in entries.values()),
        "versions": versions,
    }
    return {"format": 1, "fleet": fleet, "hosts": entries}


def fleet_lines(report: Mapping[str, Any]) -> list[str]:
    """Return the report for people: hosts with their problems first, then what the fleet runs."""
    fleet = report["fleet"]
    lines = [f"{fleet['hosts']} hosts, {fleet['gpus']} GPUs, {len(fleet['failed'])} not as they should be"]
    for host, entry in report["hosts"].items():
        lines.append(f"{host}: {entry['status']}")
        lines += [f"  ! {problem}" for problem in entry.get("problems", [])]
        lines += [f"  ~ {warning}" for warning in entry.get("warnings", [])]
    for name, found in fleet["versions"].items():
        told = "; ".join(f"{version or 'none'} on {_few(hosts)}" for version, hosts in sorted(found.items()))
        lines.append(f"{name}: {told}")
    return lines


def examined(report: Mapping[str, Any], examination: Mapping[str, Any]) -> dict[str, Any]:
    """Return a host's verdict together with what was found installed and running on it."""
    problems = [*report["problems"], *examination["problems"]]
    status = {"status": "failed" if problems else "passed", "problems": problems}
    return {**report, **examination, **status, "verdict": status["status"]}


def _versions(entry: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    driver = entry.get("driver")
    if driver:
        yield "loaded driver", str(driver["loaded"])
    for software in entry.get("software", []):
        yield software["name"], str(software["installed"])
    firmware: Mapping[str, Any] = entry.get("firmware", {})
    for name in ("bios_version", "bios_date"):
        if name in firmware:
            yield f"firmware {name}", str(firmware[name])
    for version in sorted({str(gpu["vbios"]) for gpu in entry.get("gpus", [])}):
        yield "firmware of the GPUs", version


def _few(hosts: list[str]) -> str:
    return ", ".join(hosts) if len(hosts) <= FEW else f"{', '.join(hosts[:3])} and {len(hosts) - 3} more"


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"fleet_report": fleet_report, "fleet_lines": fleet_lines, "examined": examined}
