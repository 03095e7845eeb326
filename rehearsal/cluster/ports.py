"""Ports of this machine for programs that have to be told theirs."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from rehearsal.cluster.kwok_configuration import LOOPBACK


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nobody listens on just now, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def free_port() -> int:
    """Return one."""
    return free_ports(1)[0]
