"""An API server that restricts nodes to themselves, as EKS' does, over the simulated control plane's own data."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

from rehearsal.cluster.leftovers import processes_in
from rehearsal.cluster.ports import free_port
from tests.ansible.control_plane import Cluster

READY_WITHIN_SECONDS: Final = 60


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
    port = free_port()
    command = [re.sub(r"^--secure-port=.*", f"--secure-port={port}", word) for word in command]
    certificates = next(Path(word.partition("=")[2]).parent for word in command if word.startswith("--client-ca-file="))
    with (folder / "kube-apiserver.log").open("w") as log:
        command.append("--enable-admission-plugins=NodeRestriction")
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - as the first one was started
    api = RestrictedApi(port, certificates)
    try:
        end = time.monotonic() + READY_WITHIN_SECONDS
        while not api.ready():
            assert process.poll() is None, (folder / "kube-apiserver.log").read_text()[-2000:]
            assert time.monotonic() < end, "the second API server does not become ready"
            time.sleep(0.2)
        yield api
    finally:
        api.close()
        process.kill()
        process.wait()
