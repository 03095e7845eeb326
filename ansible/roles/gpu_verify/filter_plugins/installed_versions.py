"""What is installed and running on a host, held against the version set: packages, services, kernel, firmware."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any


def software_versions(
    packages: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return each wanted piece of software with its installed version, without epoch and distribution's suffix."""
    found: list[dict[str, Any]] = []
    for software in wanted:
        names = [name for name in packages if re.fullmatch(software["package"], name)]
        installed = _upstream(str(packages[sorted(names)[-1]][0]["version"])) if names else ""
        version = str(software.get("version") or "")
        wrong = bool(version) and installed != version and (bool(installed) or not software.get("optional", False))
        found.append({"name": software["name"], "wanted": version, "installed": installed, "wrong": wrong})
    return found


def service_states(services: Mapping[str, Mapping[str, Any]], wanted: Iterable[str]) -> list[dict[str, Any]]:
    """Return the state of each service that has to run, and of those that failed."""
    states = {name: str(services.get(f"{name}.service", {}).get("state", "absent")) for name in wanted}
    failed = {
        name.removesuffix(".service"): "failed" for name, said in services.items() if said.get("state") == "failed"
    }
    failed |= {
        name.removesuffix(".service"): "failed" for name, said in services.items() if said.get("status") == "failed"
    }
    return [
        {"name": name, "state": state, "wrong": state not in ("running", "active")}
        for name, state in {**states, **failed}.items()
    ]


def firmware(read: Mapping[str, str], now: datetime, max_age_days: int) -> dict[str, Any]:
    """Return the machine's firmware with its age in days; -1 where the firmware does not tell its date."""
    date = read.get("bios_date", "")
    try:
        age = (now.replace(tzinfo=None) - datetime.strptime(date, "%m/%d/%Y")).days
    except ValueError:
        age = -1
    return {
        "bios_version": read.get("bios_version", ""),
        "bios_date": date,
        "age_days": age,
        "old": 0 < max_age_days < age,
    }


def examination(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was found with its `problems` and `warnings`."""
    problems = [
        f"{software['name']} {software['installed'] or 'is not installed'}"
        f"{' is installed' if software['installed'] else ''}, {software['wanted']} is wanted"
        for software in found["software"]
        if software["wrong"]
    ]
    problems += [
        f"service {service['name']} is {service['state']}" for service in found["services"] if service["wrong"]
    ]
    kernel, machine = found["kernel"], found["firmware"]
    if kernel["wanted"] and not str(kernel["running"]).startswith(str(kernel["wanted"])):
        problems.append(f"kernel {kernel['running']} runs, {kernel['wanted']} is wanted")
    warnings = [f"firmware {machine['bios_version']} is {machine['age_days']} days old"] if machine["old"] else []
    return {**found, "problems": problems, "warnings": warnings}


def _upstream(version: str) -> str:
    return re.split(r"[-+~]", version.rpartition(":")[2])[0]


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {
            "software_versions": software_versions,
            "service_states": service_states,
            "firmware": firmware,
            "examination": examination,
        }
