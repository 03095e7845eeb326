"""The lab: hosts on one bridge, a package repository, and Ansible run against them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests.ansible.lab import package_repository
from tests.ansible.lab.chroot_host import ChrootHost
from tests.ansible.lab.command import LabError, run
from tests.ansible.lab.first_packages import install_first_packages
from tests.ansible.lab.host import Host
from tests.ansible.lab.host_files import HostDescription, put_names
from tests.ansible.lab.inventory import write_inventory
from tests.ansible.lab.leftovers import PREFIX, one_at_a_time, remove_leftovers, start_guard
from tests.ansible.lab.network import Loopback, Network
from tests.ansible.lab.operating_systems import OPERATING_SYSTEMS
from tests.ansible.lab.package_repository import NAME, PackageRepository
from tests.ansible.lab.packages.build import prepared_packages
from tests.ansible.lab.play import Played
from tests.ansible.lab.playing import end_connections, environment, play
from tests.ansible.lab.root_tree import RootTree, tree_named


class Lab:
    """Everything that one process started; `close` leaves nothing behind."""

    def __init__(self, told: Callable[[str], None] = lambda _: None, *, boots: bool = True) -> None:
        self._told = told
        with one_at_a_time():
            remove_leftovers()
            self.folder = Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}"
            self.folder.mkdir(mode=0o755)
            self._lock = (self.folder / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._guard = start_guard(self.folder)
        self.hosts: list[Host | ChrootHost] = []
        self._plays = 0
        self._key = self.folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", self._key)
        self.network = Network() if boots else Loopback()
        self._repository: PackageRepository | None = None

    @property
    def repository(self) -> PackageRepository:
        """The package repository of all hosts; the packages are built when they are first needed."""
        if self._repository is None:
            self._repository = PackageRepository(self.network.address, prepared_packages())
        return self._repository

    def host(
        self,
        system: str = "Ubuntu-24.04",
        name: str = "dgx-01",
        machine: str = "dgx-h100",
        tree: RootTree | None = None,
        **more: Any,
    ) -> Host:
        """Return a booted host; `more` are further fields of `HostDescription`. Raises `LabError`.

        With another root tree than the one that poses as the system, it is that tree's own system.
        """
        described = self._described(name, system, machine, more)
        namespace, address = self.network.attach(name)
        described = replace(described, address=address)
        root = tree.ready(self._told) if tree else self._tree(system)
        host = Host(described, self._folder(name), root, namespace, self._sources(system))
        self._add(host)
        try:
            host.start()
        except BaseException:
            self.stop(host)
            raise
        return host

    def root_tree(
        self, system: str = "Ubuntu-24.04", name: str = "tree-01", machine: str = "dgx-h100", **more: Any
    ) -> ChrootHost:
        """Return a host that is not booted: Ansible enters it by chroot."""
        described = self._described(name, system, machine, more)
        host = ChrootHost(described, self._folder(name), self._tree(system), self._sources(system))
        self._add(host)
        return host

    def stop(self, host: Host | ChrootHost) -> None:
        """Stop a host; its name is free again."""
        host.stop()
        self.hosts.remove(host)
        shutil.rmtree(host.folder, ignore_errors=True)

    def inventory(
        self,
        hosts: Iterable[Host | ChrootHost],
        variables: Mapping[str, Any] | None = None,
        per_host: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Path:
        """Return an inventory of these hosts; the variables are host variables, which win over group_vars."""
        return write_inventory(self.folder, self._key, hosts, variables or {}, per_host or {})

    def role(
        self,
        role: str,
        *hosts: Host | ChrootHost,
        variables: Mapping[str, Any] | None = None,
        check: bool = False,
        arguments: Iterable[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Played:
        """Play one role alone."""
        content = {"name": f"Role {role} alone", "hosts": "all", "gather_facts": False, "become": True, "roles": [role]}
        inventory = self.inventory(hosts, variables)
        playbook = inventory.with_name("play.yml")
        playbook.write_text(yaml.safe_dump([content], sort_keys=False))
        return self.play(playbook, inventory, *(["--check", "--diff"] if check else []), *arguments, settings=settings)

    def play(
        self,
        playbook: str | Path,
        inventory: Path,
        *arguments: str,
        extra_vars: Mapping[str, Any] | None = None,
        timeout: float = 280,
        settings: Mapping[str, str] | None = None,
    ) -> Played:
        """Run ansible-playbook in ansible/, where the playbooks lie; `settings` are Ansible's own variables."""
        self._plays += 1
        return play(self.folder, self._plays, playbook, inventory, arguments, extra_vars or {}, timeout, settings or {})

    def environment(self) -> dict[str, str]:
        """Return what a shell needs so that ansible-playbook behaves as in `play`."""
        return environment(self.folder, self.folder / "shell.jsonl")

    def close(self) -> None:
        """Stop everything."""
        end_connections(self.folder)
        for host in list(self.hosts):
            self.stop(host)
        if self._repository is not None:
            self._repository.close()
        # The guard removes what is left, as it would have without us.
        self._guard.communicate()
        self._lock.close()

    def _described(self, name: str, system: str, machine: str, more: dict[str, Any]) -> HostDescription:
        if any(host.name == name for host in self.hosts):
            raise LabError(f"there is a host {name} already")
        if system not in OPERATING_SYSTEMS:
            raise LabError(f"no host can pose as {system}, only as {', '.join(OPERATING_SYSTEMS)}")
        address = self.network.address
        key = self._key.with_suffix(".pub").read_text()
        return HostDescription(name, system, machine, address, address, key, **more)

    def _folder(self, name: str) -> Path:
        return self.folder / f"{PREFIX}{os.getpid()}-{name}"

    def _tree(self, system: str) -> Path:
        return tree_named(OPERATING_SYSTEMS[system].tree).ready(self._told)

    def _sources(self, system: str) -> dict[str, str]:
        return {**package_repository.sources(system), **package_repository.keyring(system, self.repository.folder)}

    def _add(self, host: Host | ChrootHost) -> None:
        """Let the others know the new host by its name, and Ansible its key."""
        self.hosts.append(host)
        install_first_packages(host.root, host.description.system, self.repository.folder)
        names = {self.network.address: NAME, **{host.address: host.name for host in self.hosts if host.booted}}
        keys: list[str] = []
        for known in self.hosts:
            put_names(known.root, names)
            keys.append(f"{known.address} {(known.root / 'etc/ssh/ssh_host_ed25519_key.pub').read_text()}")
        (self.folder / "known_hosts").write_text("".join(keys))
