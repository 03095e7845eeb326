"""An API server that restricts nodes to themselves, as EKS' does, over the simulated control plane's own data."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

from rehearsal.cluster.leftovers import processes_in
from rehearsal.cluster.ports import TAKEN, free_port
from tests.ansible.control_plane import Cluster

READY_WITHIN_SECONDS: Final = 120
ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Answered:
    """What the API server said."""

    status: int
    text: str


class NodeApi:
    """The API as a node sees it: the administrator passes for it, which authorizer and admission don't tell apart."""

    def __init__(self, server: RestrictedApi, node: str) -> None:
        self._server = server
        groups = ["system:nodes", "system:authenticated"]
        self._who = urllib3.HTTPHeaderDict({"Impersonate-User": f"system:node:{node}"})
        for group in groups:
            self._who.add("Impersonate-Group", group)

    def patch(self, node: str, content: Mapping[str, Any]) -> Answered:
        """Merge-patch a node."""
        headers = urllib3.HTTPHeaderDict(self._who)
        headers.add("Content-Type", "application/merge-patch+json")
        return self._server.request("PATCH", f"/api/v1/nodes/{node}", json.dumps(content), headers)


class RestrictedApi:
    """A connection to the second API server, as the administrator."""

    def __init__(self, port: int, certificates: Path) -> None:
        self._url = f"https://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(
            ca_certs=str(certificates / "ca.crt"),
            cert_file=str(certificates / "admin.crt"),
            key_file=str(certificates / "admin.key"),
            retries=False,
            timeout=20,
        )

    def request(
        self, method: str, path: str, body: str = "", headers: urllib3.HTTPHeaderDict | None = None
    ) -> Answered:
        """Return the answer, whatever it is."""
        answer = self._pool.request(method, f"{self._url}{path}", body=body or None, headers=headers)
        return Answered(answer.status, answer.data.decode())

    def ready(self) -> bool:
        """Whether it serves."""
        try:
            return self.request("GET", "/readyz").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


@contextmanager
def restricted_api(cluster: Cluster, folder: Path) -> Generator[RestrictedApi]:
    """Start a second API server beside the first, with the admission plugin NodeRestriction."""
    programs = {name: process for process, name in processes_in(cluster.kubeconfig.parent).items()}
    command = Path(f"/proc/{programs['kube-apiserver']}/cmdline").read_text().rstrip("\0").split("\0")
    command.append("--enable-admission-plugins=NodeRestriction")
    certificates = next(Path(word.partition("=")[2]).parent for word in command if word.startswith("--client-ca-file="))
    log = folder / "kube-apiserver.log"
    for left in reversed(range(ATTEMPTS)):
        port = free_port()
        own = [re.sub(r"^--secure-port=.*", f"--secure-port={port}", word) for word in command]
        with log.open("w") as output:
            process = subprocess.Popen(own, stdout=output, stderr=output)  # noqa: S603 - as the first one was started
        try:
            with closing(RestrictedApi(port, certificates)) as api:
                if _started(api, process, log, last=not left):
                    yield api
                    return
        finally:
            process.kill()
            process.wait()


def _started(api: RestrictedApi, process: subprocess.Popen[bytes], log: Path, *, last: bool) -> bool:
    """Wait until it serves; say no where another program took the port between our looking and its use."""
    end = time.monotonic() + READY_WITHIN_SECONDS
    while not api.ready():
        if process.poll() is not None:
            said = log.read_text()
            assert TAKEN.search(said), said[-2000:]
            assert not last, f"another program took the ports that were free, {ATTEMPTS} times: {said[-2000:]}"
            return False
        assert time.monotonic() < end, "the second API server does not become ready"
        time.sleep(0.2)
    return True
