"""The lab's network: one bridge on this machine, and a network namespace with a cable to it for each host."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.ansible.lab.command import LabError, attempt, run

RANGE: Final = ipaddress.IPv4Network("198.18.0.0/15")
"""Set aside for tests of network devices (RFC 2544): nothing real is reached or hidden by it."""


class Network:
    """A bridge with an address of its own; addresses of hosts count up from there."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self.bridge = f"gl{self._process}"
        self._hosts = 0
        with _one_at_a_time():
            self.subnet = _free_subnet()
            self.address = str(self.subnet[1])
            run("ip", "link", "add", self.bridge, "type", "bridge")
            run("ip", "address", "add", f"{self.address}/{self.subnet.prefixlen}", "dev", self.bridge)
            # Others see by its route that the subnet is taken, which a bridge has that is up.
            run("ip", "link", "set", self.bridge, "up")

    def attach(self, name: str) -> tuple[str, str]:
        """Return a new network namespace's name and its address, connected to the bridge."""
        self._hosts += 1
        address = str(self.subnet[10 + self._hosts])
        namespace, here = f"gpu-lab-{self._process}-{name}", f"gv{self._process}.{self._hosts}"
        inside = ("ip", "-n", namespace)
        run("ip", "netns", "add", namespace)
        run("ip", "link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        run("ip", "link", "set", here, "master", self.bridge, "up")
        run(*inside, "address", "add", f"{address}/{self.subnet.prefixlen}", "dev", "eth0")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", "eth0", "up")
        return namespace, address


class Loopback:
    """No network: what does not boot shares this machine's."""

    address: Final = "127.0.0.1"

    def attach(self, name: str) -> tuple[str, str]:
        """Say that there is none."""
        raise LabError(f"{name} can't boot: this lab has no network")


def detach(namespace: str) -> None:
    """Remove a host's namespace; its cable goes with it."""
    attempt("ip", "netns", "delete", namespace)


def remove(process: int) -> None:
    """Remove the namespaces, cables and the bridge of the lab that this process had."""
    for namespace in Path("/run/netns").glob(f"gpu-lab-{process}-*"):
        detach(namespace.name)
    links = [str(link["ifname"]) for link in json.loads(run("ip", "-json", "link", "show"))]
    for link in links:
        if link == f"gl{process}" or link.startswith(f"gv{process}."):
            attempt("ip", "link", "delete", link)


def _free_subnet() -> ipaddress.IPv4Network:
    taken = {str(route.get("dst")) for route in json.loads(run("ip", "-json", "route", "show"))}
    for subnet in RANGE.subnets(new_prefix=24):
        if str(subnet) not in taken:
            return subnet
    raise LabError(f"no network of {RANGE} is free: `ip route` says who has them")


@contextmanager
def _one_at_a_time() -> Generator[None]:
    with (Path(tempfile.gettempdir()) / "gpu-lab.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
