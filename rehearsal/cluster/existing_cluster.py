"""A cluster that is there already (`--kubeconfig`): used as it stands, never started, stopped or removed."""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml
from kubernetes.config import ConfigException

from rehearsal.cluster.connection import ApiError, Connection
from rehearsal.cluster.control_plane import ControlPlane, ControlPlaneError


@contextmanager
def existing_cluster(kubeconfig: Path) -> Generator[ControlPlane]:
    """Reach the cluster of a kubeconfig's current context. Raises `ControlPlaneError` when it does not answer."""
    check_kubeconfig(kubeconfig)
    try:
        with Connection(kubeconfig) as connection:
            version = str(connection.request("GET", "/version")["gitVersion"])
            server = connection.server
    except (OSError, yaml.YAMLError, ConfigException, ApiError) as error:
        raise ControlPlaneError(f"--kubeconfig {kubeconfig}: {error}") from None
    with tempfile.TemporaryDirectory(prefix="llm-platform-") as folder:
        yield ControlPlane(kubeconfig, server, version, Path(folder))


def check_kubeconfig(kubeconfig: Path) -> None:
    """Raise `ControlPlaneError`, without asking anybody, for what is no kubeconfig or leads away from this machine."""
    try:
        server = _server(kubeconfig)
    except (OSError, UnicodeError, yaml.YAMLError, ConfigException) as error:
        raise ControlPlaneError(f"--kubeconfig {kubeconfig}: {error}") from None
    check_local(server)


def check_local(server: str) -> None:
    """Raise `ControlPlaneError` for the address of a server elsewhere."""
    host = urlsplit(server).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise ControlPlaneError(f"--kubeconfig: {server}: allowed: a cluster on this machine (127.0.0.1, localhost)")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _server(kubeconfig: Path) -> str:
    """Return the current context's server; refuse what the client's reader stumbles over with errors of its own."""
    content: object = yaml.safe_load(kubeconfig.read_text())
    entries = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    for key in ("clusters", "contexts", "users"):
        if not isinstance(entries.get(key), list):
            raise ConfigException(f"{key} is no list: this is no kubeconfig")
    context = _named(entries, "contexts", entries.get("current-context")).get("context") or {}
    cluster = _named(entries, "clusters", context.get("cluster")).get("cluster") or {}
    return str(cluster.get("server") or "")


def _named(entries: dict[str, Any], key: str, name: object) -> dict[str, Any]:
    for entry in entries[key]:
        if isinstance(entry, dict) and cast("dict[str, Any]", entry).get("name") == name:
            return cast("dict[str, Any]", entry)
    raise ConfigException(f"{key}: none is named {name!r}, as the current context has it")
