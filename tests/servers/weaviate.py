"""A Weaviate server for as long as a `with` block lasts, on free ports of the loopback address."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.programs.go_program import WEAVIATE

READY_SECONDS: Final = 120
"""A busy machine may need long; an idle one takes 3 to 4."""
ATTEMPTS: Final = 3
"""Another process may take a port between its being found free and its use."""


@dataclass(frozen=True)
class RunningWeaviate:
    """Where it listens, and the key it wants."""

    url: str
    grpc_url: str
    api_key: str


@contextmanager
def running_weaviate(folder: Path) -> Generator[RunningWeaviate]:
    """Run a server with its data in a folder; it ends with the block, and with this process however that ends."""
    program = WEAVIATE.ready()
    with ExitStack() as stack:
        for attempt in range(ATTEMPTS):
            here = folder / str(attempt)
            ports = _free_ports()
            key = secrets.token_hex(16)
            process = _start(program, here, ports, key)
            stack.callback(_stop, process)
            if _ready(process, ports["http"]):
                yield RunningWeaviate(f"http://127.0.0.1:{ports['http']}", f"127.0.0.1:{ports['grpc']}", key)
                return
        log = folder / str(ATTEMPTS - 1) / "log"
        raise RuntimeError(f"Weaviate does not start:\n{log.read_text()[-2000:]}")


def _start(program: Path, folder: Path, ports: dict[str, int], key: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    environment = {
        "PATH": os.environ["PATH"],
        "PERSISTENCE_DATA_PATH": str(folder / "data"),
        "AUTHENTICATION_APIKEY_ENABLED": "true",
        "AUTHENTICATION_APIKEY_ALLOWED_KEYS": key,
        "AUTHENTICATION_APIKEY_USERS": "tests",
        "DISABLE_TELEMETRY": "true",
        "GO_PROFILING_DISABLE": "true",
        "LOG_LEVEL": "warning",
        "GOMAXPROCS": "2",
        # How full the disk and memory of a developer's machine are is no matter of the tests.
        "DISK_USE_WARNING_PERCENTAGE": "0",
        "DISK_USE_READONLY_PERCENTAGE": "0",
        "MEMORY_WARNING_PERCENTAGE": "0",
        "MEMORY_READONLY_PERCENTAGE": "0",
        "CLUSTER_HOSTNAME": "node1",
        "CLUSTER_IN_LOCALHOST": "true",
        "CLUSTER_BIND_ADDR": "127.0.0.1",
        "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
        "CLUSTER_GOSSIP_BIND_PORT": str(ports["gossip"]),
        "CLUSTER_DATA_BIND_PORT": str(ports["data"]),
        "RAFT_PORT": str(ports["raft"]),
        "RAFT_INTERNAL_RPC_PORT": str(ports["raft_rpc"]),
        "RAFT_BOOTSTRAP_EXPECT": "1",
        "RAFT_BOOTSTRAP_TIMEOUT": str(READY_SECONDS),
        # Seconds; with the usual ones, which are for several nodes, electing itself takes the server 5 s longer.
        "RAFT_HEARTBEAT_TIMEOUT": "1",
        "RAFT_ELECTION_TIMEOUT": "1",
        "RAFT_LEADER_LEASE_TIMEOUT": "1",
        "RAFT_TIMEOUTS_MULTIPLIER": "1",
        "GRPC_PORT": str(ports["grpc"]),
    }
    command = [str(program), "--host", "127.0.0.1", "--port", str(ports["http"]), "--scheme", "http"]
    if guard := shutil.which("setpriv"):
        command = [guard, "--pdeathsig", "KILL", *command]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - a program that was built from a pinned module
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _ready(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v1/.well-known/ready").is_success:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    # Its data is thrown away, so it need not write it out first.
    process.send_signal(signal.SIGKILL)
    process.wait()


def _free_ports() -> dict[str, int]:
    """Return ports that nobody listens on, all different: each is held until the last is found.

    On one host Weaviate takes its own RPC port to be the one after Raft's, whatever it is told.
    """
    with ExitStack() as stack:

        def held(port: int = 0) -> int:
            listening = stack.enter_context(socket.socket())
            listening.bind(("127.0.0.1", port))
            return int(listening.getsockname()[1])

        ports = {name: held() for name in ("http", "grpc", "gossip", "data")}
        while True:
            raft = held()
            with suppress(OSError, OverflowError):
                return {**ports, "raft": raft, "raft_rpc": held(raft + 1)}
