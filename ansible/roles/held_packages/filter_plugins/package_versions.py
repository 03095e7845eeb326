"""Packages with exact versions, as apt and dnf are asked for them and as dnf's versionlock keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Package = Mapping[str, Any]


def apt_names(packages: Sequence[Package]) -> list[str]:
    """Return `name=epoch:version-*`: the suffix is the distribution's, the hyphen keeps 2.2.1 from meaning 2.2.10."""
    return [f"{package['name']}{_version(package, '=', '-*')}" for package in packages]


def dnf_names(packages: Sequence[Package]) -> list[str]:
    """Return `name-epoch:version`, which dnf completes with the release itself."""
    return [f"{package['name']}{_version(package, '-', '')}" for package in packages]


def dnf_locks(packages: Sequence[Package]) -> list[dict[str, str]]:
    """Return the line of versionlock.list for each package that has a version."""
    return [
        {"name": package["name"], "line": f"{package['name']}-{package.get('epoch', 0)}:{package['version']}-*.*"}
        for package in packages
        if package.get("version")
    ]


def _version(package: Package, before: str, behind: str) -> str:
    if not package.get("version"):
        return ""
    epoch = f"{package['epoch']}:" if package.get("epoch") else ""
    return f"{before}{epoch}{package['version']}{behind}"


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by the name that tasks use."""
        return {
            "held_packages_apt_names": apt_names,
            "held_packages_dnf_names": dnf_names,
            "held_packages_dnf_locks": dnf_locks,
        }
