"""Ports of this machine for programs that have to be told theirs."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from typing import Final

from rehearsal.cluster.kwok_configuration import LOOPBACK

TAKEN: Final = re.compile(r"address already in use|bind: |failed to listen")
"""What programs say when another one has taken a port between our looking and their use of it."""
ATTEMPTS: Final = 3
"""So often is a program started, with other ports, before that is a fault."""


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
