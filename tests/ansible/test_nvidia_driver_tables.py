"""The package tables of nvidia_driver and fabric_manager for every operating system, held against the lab's stand-ins.

The stand-ins' names were taken from the archives and the vendors' documents. Not proved here: that the vendors still
offer them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined

from tests.ansible.lab.packages.package_table import packages, systems
from tests.ansible.roles import ANSIBLE, read

KERNELS = read(ANSIBLE / "versions" / "2026-11.yml")["kernel"]
TABLES = {system: table for table in ("ubuntu", "redhat") for system in systems(table)}
FLAVOURS = {"RedHat-9": "", "DGXOS-6": "-nvidia", "DGXOS-7": "-nvidia"}


def rendered(value: Any, system: str) -> Any:
    """Return a table with the variables that Ansible would fill in."""
    if isinstance(value, Mapping):
        return {key: rendered(item, system) for key, item in value.items()}
    if isinstance(value, list):
        return [rendered(item, system) for item in value]
    if not isinstance(value, str):
        return value
    known = {
        "nvidia_driver_target_branch": "580",
        "nvidia_driver_open": "-open",
        "nvidia_driver_target_kernel": KERNELS[system] + FLAVOURS.get(system, "-generic"),
        "nvidia_driver_vendor_architecture": "x86_64",
        "fabric_manager_branch": "580",
    }
    return Environment(undefined=StrictUndefined, autoescape=False).from_string(value).render(known)  # noqa: S701 - no HTML


def offered(system: str) -> set[str]:
    """Return the names that the stand-ins have; RPM's kernels are asked for with their version."""
    known = packages(TABLES[system], system)
    return {package.name for package in known} | {f"{package.name}-{package.version}" for package in known}


def sources(role: str, variable: str) -> Iterator[Any]:
    for system in TABLES:
        table = read(ANSIBLE / "roles" / role / "vars" / f"{system}.yml")[variable]
        for source, way in table.items():
            # NVIDIA's own repository for Ubuntu has no stand-ins.
            if way and not (system.startswith("Ubuntu") and source == "cuda_repo"):
                yield pytest.param(system, rendered(way, system), id=f"{system}-{source}")


@pytest.mark.parametrize(("system", "way"), list(sources("nvidia_driver", "nvidia_driver_os_sources")))
def test_every_package_of_the_driver_is_one_of_the_stand_ins(system: str, way: dict[str, Any]) -> None:
    names = {*way["driver"], *way["fabric"]}
    for flavour, build in way["flavours"].items():
        # RHEL's streams of proprietary modules have no stand-ins.
        if flavour.startswith("open"):
            names |= {*build.get("built", []), *build.get("module", []), *build.get("kernel", [])}
    assert names - offered(system) == set()


@pytest.mark.parametrize(("system", "names"), list(sources("fabric_manager", "fabric_manager_os_packages")))
def test_every_package_of_fabric_manager_is_one_of_the_stand_ins(system: str, names: dict[str, list[str]]) -> None:
    assert {*names["locked"], *names["nvlsm"]} - offered(system) == set()


@pytest.mark.parametrize("system", TABLES)
def test_both_roles_name_fabric_managers_packages_alike(system: str) -> None:
    driver = read(ANSIBLE / "roles/nvidia_driver/vars" / f"{system}.yml")["nvidia_driver_os_sources"]
    fabric = read(ANSIBLE / "roles/fabric_manager/vars" / f"{system}.yml")["fabric_manager_os_packages"]
    for source, table in fabric.items():
        assert rendered(table["locked"], system) == rendered(driver[source]["fabric"], system)
