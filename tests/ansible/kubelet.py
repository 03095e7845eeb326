"""Kubelets of the lab's hosts: where nodeadm configured one, a Node appears in the simulated control plane."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

from rehearsal.cluster.connection import ApiError
from rehearsal.cluster.nodes import SIMULATED_ANNOTATION
from tests.ansible.control_plane import Cluster
from tests.ansible.lab.command import LabError
from tests.ansible.lab.host import Host

ENVIRONMENT: Final = "etc/eks/kubelet/environment"


@contextmanager
def kubelets(cluster: Cluster, *hosts: Host) -> Generator[None]:
    """Register a Node for each host whose kubelet was configured, and renew its lease while its unit runs.

    A kubelet registers once: a Node that is there is left as it is, as the real one leaves labels and taints alone.
    Nodes of hosts that had joined before are there as the block begins.
    """
    stop, seen = threading.Event(), set[str]()
    _register(cluster, hosts, seen)
    thread = threading.Thread(target=_keep, args=(cluster, hosts, seen, stop), name="kubelets", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep(cluster: Cluster, hosts: tuple[Host, ...], seen: set[str], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        for host in hosts:
            # One that is being booted, or an API that is late, is asked again.
            with suppress(ApiError, LabError, OSError, subprocess.TimeoutExpired):
                _register(cluster, (host,), seen)


def _register(cluster: Cluster, hosts: tuple[Host, ...], seen: set[str]) -> None:
    for host in hosts:
        file = host.root / ENVIRONMENT
        flags = _flags(file.read_text()) if file.exists() else {}
        name = flags.get("hostname-override", [""])[0]
        if name and name not in seen and cluster.api.get("Node", "v1", name) is None:
            cluster.put(_node(name, flags))
        if name and host.run("systemctl is-active kubelet").stdout.strip() == "active":
            _renew(cluster, name)
        seen.add(name)


def _renew(cluster: Cluster, name: str) -> None:
    """Renew a Node's lease. Its holder stays KWOK, which plays no Node whose lease another one holds."""
    if cluster.api.get("Lease", "coordination.k8s.io/v1", name, "kube-node-lease") is not None:
        renewed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = {"spec": {"renewTime": renewed}}
        cluster.api.patch("Lease", "coordination.k8s.io/v1", name, "kube-node-lease", body)


def _flags(environment: str) -> dict[str, list[str]]:
    """Return the flags by name; a flag may be given several times."""
    flags: dict[str, list[str]] = {}
    for name, value in re.findall(r"--([a-z-]+)=([^ \"]*)", environment):
        flags.setdefault(name, []).append(value)
    return flags


def _node(name: str, flags: Mapping[str, list[str]]) -> dict[str, Any]:
    labels = dict(pair.split("=", 1) for value in flags.get("node-labels", []) for pair in value.split(","))
    taints: list[dict[str, str]] = []
    for value in flags.get("register-with-taints", []):
        for word in value.split(","):
            rest, effect = word.rsplit(":", 1)
            key, _, text = rest.partition("=")
            taints.append({"key": key, "effect": effect, **({"value": text} if text else {})})
    metadata = {
        "name": name,
        "labels": {**labels, "kubernetes.io/hostname": name},
        "annotations": {SIMULATED_ANNOTATION: "fake"},
    }
    status = {"capacity": {"cpu": "8", "memory": "64Gi", "pods": "110"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": taints}, "status": status}
