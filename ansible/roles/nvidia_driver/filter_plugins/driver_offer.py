"""What a repository offers of a driver, as `apt-cache show` tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

BRANCH = re.compile(r"-(\d{3})(?=-|$)")


class FilterModule:
    """Filters of the role."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"nvidia_driver_offer": offer}


def offer(shown: str, family: Sequence[Mapping[str, str]], version: str) -> dict[str, Any]:
    """Return how to ask apt for the family at this version, and what it can't give.

    A module package carries the kernel's version; the one built for a driver is found by its dependency on exactly that
    driver. A package that only depends on its successor in another branch would bring that branch's driver.
    """
    offered: dict[str, list[dict[str, str]]] = {}
    for record in records(shown):
        offered.setdefault(record["Package"], []).append(record)
    names: list[str] = []
    missing: list[str] = []
    transitional: list[str] = []
    for member in family:
        name, tie = member["name"], member["tie"]
        fitting = [record for record in offered.get(name, []) if fits(record, tie, version)]
        if not fitting:
            others = ", ".join(sorted({record["Version"] for record in offered.get(name, [])}))
            missing.append(f"{name}{'' if tie == 'name' else ' ' + version} (it has {others or 'none'})")
            continue
        transitional += [f"{name} -> {successor}" for successor in successors(fitting[0])]
        names.append(name if tie == "name" else f"{name}={fitting[0]['Version']}")
    return {"names": names, "missing": missing, "transitional": transitional}


def records(shown: str) -> list[dict[str, str]]:
    """Return the paragraphs."""
    paragraphs = re.split(r"\n\s*\n", shown.strip())
    return [dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.MULTILINE)) for paragraph in paragraphs if paragraph]


def fits(record: Mapping[str, str], tie: str, version: str) -> bool:
    """Whether a package's version is the one that goes with the driver."""
    exact = re.escape(version)
    if tie == "version":
        return re.match(rf"(\d+:)?{exact}(-|$)", record["Version"]) is not None
    if tie == "module":
        return re.search(rf"\bnvidia-kernel-common-[a-z0-9-]+ \(>= {exact}[-)]", record.get("Depends", "")) is not None
    return True


def successors(record: Mapping[str, str]) -> list[str]:
    """Return the same package of other branches on which this one depends."""
    own = record["Package"]
    depends = [part.split()[0] for part in record.get("Depends", "").split(",") if part.strip()]
    return [name for name in depends if BRANCH.sub("", name) == BRANCH.sub("", own)]
