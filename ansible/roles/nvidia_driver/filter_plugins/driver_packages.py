"""The packages of a driver: which are installed, which belong together, which are not as they should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Packages = Mapping[str, Mapping[str, str]]
BRANCH = re.compile(r"-(\d{3})(?=-|$)")
# Signatures are called after a kernel, whose number is no branch; they come and go with their modules.
DRIVER_PACKAGE = re.compile(r"^(lib)?nvidia-|^linux-(modules|objects)-nvidia-")


class FilterModule:
    """Filters of the role."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {
            "nvidia_driver_family": family,
            "nvidia_driver_changes": lambda *arguments: list(changes(*arguments)),
            "nvidia_driver_superseded": superseded,
            "nvidia_driver_versions": installed_versions,
        }


def upstream(version: str) -> str:
    """Return NVIDIA's part of a package's version: of `3:580.178.04-1.el9` it is `580.178.04`."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)+)", version)
    return found[1] if found else ""


def stem(name: str) -> str:
    """Return a package's name without the branch."""
    return BRANCH.sub("", name)


def family(table: Mapping[str, Sequence[str]], packages: Packages, nvswitch: bool) -> list[dict[str, str]]:
    """Return the packages that move together, each with what ties its version to the driver's.

    Fabric manager's belong to them where the machine has NVSwitch, and where they are installed already: the resolver
    may remove what is left out of the transaction.
    """
    stems = {stem(name) for name in packages}
    fabric = [name for name in table["fabric"] if nvswitch or stem(name) in stems]
    return [
        *({"name": name, "tie": "version"} for name in (*table["driver"], *fabric)),
        *({"name": name, "tie": "module"} for name in table["module"]),
        *({"name": name, "tie": "name"} for name in table["kernel"]),
    ]


def changes(members: Sequence[Mapping[str, str]], packages: Packages, version: str) -> Iterator[dict[str, str]]:
    """Yield the members of a family that are not as they should be."""
    wanted = {"version": version, "module": f"built for {version}", "name": "installed"}
    driver_right = True
    for member in members:
        name, tie = member["name"], member["tie"]
        package = packages.get(name, {"version": "", "status": "absent"})
        right = package["status"] == "installed"
        if tie == "version":
            right = right and upstream(package["version"]) == version
            driver_right = driver_right and right
        # A module package carries the kernel's version and can be installed only beside the driver that it was built
        # for: it is right when the driver is, and moves when the driver does.
        if tie == "module":
            right = right and driver_right
        if not right:
            yield {"name": name, "tie": tie, "installed": package["version"], "wanted": wanted[tie]}


def superseded(packages: Packages, branch: str) -> list[str]:
    """Return the driver's packages of other branches."""
    branches = {name: BRANCH.search(name) for name in packages if DRIVER_PACKAGE.match(name)}
    return sorted(name for name, found in branches.items() if found and found[1] != branch)


def installed_versions(members: Sequence[Mapping[str, str]], packages: Packages) -> list[str]:
    """Return the driver versions that are installed, of whichever branch; more than one after an interrupted change."""
    stems = {stem(member["name"]) for member in members if member["tie"] == "version"}
    found = {upstream(package["version"]) for name, package in packages.items() if stem(name) in stems}
    return sorted(found - {""}, key=lambda version: [int(number) for number in version.split(".")])
