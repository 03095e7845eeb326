"""The platform's playbooks with the habits of most: what the speed of ours is compared with.

They end in the same state. Everything that is not named here is ours.
"""

from __future__ import annotations

import configparser
import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from tests.ansible.lab.inventory import link_neighbours
from tests.ansible.roles import ANSIBLE

PACKAGE_MODULES: Final = ("ansible.builtin.apt", "ansible.builtin.dnf", "ansible.builtin.package")
LISTS: Final = ("{{ base_os_install }}",)
"""Packages that don't need each other. A driver's family can't be installed one by one."""
BLOCKS: Final = ("block", "rescue", "always")


def write_naive_playbooks(folder: Path) -> Path:
    """Return the folder of playbooks."""
    ansible = folder / "ansible"
    shutil.copytree(ANSIBLE, ansible, ignore=shutil.ignore_patterns("inventories", ".ansible"))
    link_neighbours(folder)
    _configure(ansible / "ansible.cfg")
    for file in (ansible / "roles").glob("*/tasks/*.yml"):
        tasks: list[dict[str, Any]] | None = yaml.safe_load(file.read_text())
        file.write_text(yaml.safe_dump([_naive(task) for task in tasks or []], sort_keys=False))
    site = ansible / "site.yml"
    plays: list[dict[str, Any]] = yaml.safe_load(site.read_text())
    for play in plays:
        if "gather_facts" in play:
            play["gather_facts"] = True
    site.write_text(yaml.safe_dump(plays, sort_keys=False))
    return ansible


def _configure(file: Path) -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(file)
    settings["ssh_connection"]["pipelining"] = "false"
    settings["defaults"]["forks"] = "5"
    with file.open("w") as written:
        settings.write(written)


def _naive(task: dict[str, Any]) -> dict[str, Any]:
    made = dict(task)
    for part in BLOCKS:
        if part in made:
            made[part] = [_naive(inner) for inner in made[part]]
    if "ansible.builtin.setup" in made:
        made["ansible.builtin.setup"] = {"gather_subset": ["all"]}
    for module in PACKAGE_MODULES:
        if module in made and made[module].get("name") in LISTS:
            made |= {"loop": made[module]["name"], module: {**made[module], "name": "{{ item }}"}}
    return made
