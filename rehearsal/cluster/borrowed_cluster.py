"""An existing cluster for the time of a rehearsal: only one of simulated nodes is used, and left as it was found."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.applying import Applied
from rehearsal.cluster.control_plane import ControlPlaneError
from rehearsal.cluster.nodes import REHEARSED_LABEL, SIMULATED_ANNOTATION

LAST: Final = ("CustomResourceDefinition", "Namespace")


@contextmanager
def borrowed(api: Api, applied: Applied) -> Generator[None]:
    """Use a cluster that somebody else runs, and take away afterwards what was applied.

    Raises `ControlPlaneError` for one that is not on this machine or has a node that is not simulated: everything that
    the program deploys is put there, which no real cluster should suffer.
    """
    host = urlsplit(api.server).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise ControlPlaneError(
            f"--kubeconfig: {api.server}: allowed: a cluster on this machine (127.0.0.1, localhost)"
        )
    real = [
        str(node["metadata"]["name"])
        for node in api.list("Node", "v1")
        if SIMULATED_ANNOTATION not in (node["metadata"].get("annotations") or {})
    ]
    if real:
        raise ControlPlaneError(
            f"--kubeconfig: {api.server}: node {real[0]} is not simulated; allowed: a cluster whose nodes all are, "
            f"such as `kwokctl create cluster` makes"
        )
    _remove_nodes(api)  # of a rehearsal that was killed
    try:
        yield
    finally:
        with contextlib.suppress(ApiError):  # gone with whatever ended the rehearsal
            _take_away(api, applied)


def _take_away(api: Api, applied: Applied) -> None:
    """Delete what was applied, the last first, definitions and namespaces after all else."""
    newest = [*reversed(applied.objects)]
    in_order = [*(one for one in newest if one[0] not in LAST), *(one for one in newest if one[0] in LAST)]
    for kind, api_version, namespace, name in in_order:
        if name and api.serves(kind, api_version):
            api.delete(kind, api_version, name, namespace or "default")
    _remove_nodes(api)


def _remove_nodes(api: Api) -> None:
    for node in api.list("Node", "v1", selector=f"{REHEARSED_LABEL}=true"):
        api.delete("Node", "v1", str(node["metadata"]["name"]))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
