"""Inventories of the lab's hosts, in the groups that the platform's inventories have."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.ansible.lab.chroot_host import ChrootHost
from tests.ansible.lab.host import Host
from tests.ansible.lab.host_files import DMI_PATH, KERNEL_ARGUMENTS_PATH, KERNEL_RELEASE_PATH, LOADED_VERSION_PATH
from tests.ansible.lab.platform_export import group_of, platform_export
from tests.ansible.lab.root_tree import USER
from tests.ansible.roles import ANSIBLE

NEIGHBOURS: Final = ("catalogue", "charts", "helm-values")


def write_inventory(
    folder: Path,
    key: Path,
    hosts: Iterable[Host | ChrootHost],
    variables: Mapping[str, Any],
    per_host: Mapping[str, Mapping[str, Any]],
) -> Path:
    """Return a new inventory below `folder`; the variables are host variables, which win over group_vars."""
    known = list(hosts)
    groups: dict[str, dict[str, Any]] = {"dgx": {}, "dedicated_hosts": {}}
    for host in known:
        group, _ = group_of(host.description)
        own = per_host.get(host.name, {})
        groups[group][host.name] = {**_connection(host, key), **_stand_ins(host), **variables, **own}
    children = {name: {"hosts": members} for name, members in groups.items()}
    into = Path(tempfile.mkdtemp(prefix="inventory-", dir=folder))
    # A playbook that a test writes beside the inventory finds what those in ansible/ find beside and above them.
    for name in ("filter_plugins", "group_vars", "roles", "tasks", "versions"):
        (into / name).symlink_to(ANSIBLE / name)
    link_neighbours(folder)
    (into / "platform.json").write_text(json.dumps(platform_export(host.description for host in known), indent=2))
    file = into / "hosts.yml"
    file.write_text(yaml.safe_dump({"all": {"children": {"gpu_hosts": {"children": children}}}}, sort_keys=False))
    return file


def link_neighbours(folder: Path) -> None:
    """Put beside a copy of ansible/ what variables read from its neighbours in the repository."""
    for name in NEIGHBOURS:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(ANSIBLE.parent / name)


def _connection(host: Host | ChrootHost, key: Path) -> dict[str, Any]:
    if isinstance(host, ChrootHost):
        return {"ansible_connection": "community.general.chroot", "ansible_host": str(host.root)}
    return {
        "ansible_host": host.address,
        "ansible_user": USER,
        "ansible_ssh_private_key_file": str(key),
        # Those of the lab, and not of the group that instances on dedicated hosts are in.
        "ansible_ssh_common_args": "{{ lookup('ansible.builtin.env', 'ANSIBLE_SSH_COMMON_ARGS') }}",
    }


def _stand_ins(host: Host | ChrootHost) -> dict[str, Any]:
    """What an inventory says of a machine, and where its hardware is told of here."""
    return {
        "gpu_machine": host.description.machine,
        "gpu_host_group": group_of(host.description)[1],
        "kubernetes_node_name": host.name,
        "host_facts_dmi_path": DMI_PATH,
        "nvidia_driver_loaded_version_path": LOADED_VERSION_PATH,
        "nvidia_driver_vendor_repository": False,
        "base_os_kernel_release_path": KERNEL_RELEASE_PATH,
        "base_os_kernel_arguments_path": KERNEL_ARGUMENTS_PATH,
    }
