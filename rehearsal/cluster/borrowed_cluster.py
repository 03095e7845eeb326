"""An existing cluster for the time of a rehearsal: only one of simulated nodes is used, and left as it was found."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.applying import Applied
from rehearsal.cluster.control_plane import ControlPlaneError
from rehearsal.cluster.existing_cluster import check_local
from rehearsal.cluster.nodes import REHEARSED_LABEL, SIMULATED_ANNOTATION

LAST: Final = ("CustomResourceDefinition", "Namespace")


@contextmanager
def borrowed(api: Api, applied: Applied) -> Generator[None]:
    """Use a cluster that somebody else runs, and take away afterwards what was applied.

    Raises `ControlPlaneError` for one that is not on this machine or has a node that is not simulated: everything that
    the program deploys is put there, which no real cluster should suffer.
    """
    check_local(api.server)
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
    begun = datetime.now(UTC).replace(microsecond=0)  # as the API server writes times; it runs on this machine
    try:
        yield
    finally:
        with contextlib.suppress(ApiError):  # gone with whatever ended the rehearsal
            _take_away(api, applied, begun)


def _take_away(api: Api, applied: Applied, begun: datetime) -> None:
    """Delete what was applied and not there before, the last first, definitions and namespaces after all else."""
    newest = [*reversed(applied.objects)]
    in_order = [*(one for one in newest if one[0] not in LAST), *(one for one in newest if one[0] in LAST)]
    for kind, api_version, namespace, name in in_order:
        try:
            if name and api.serves(kind, api_version) and _is_ours(api, (kind, api_version, name, namespace), begun):
                api.delete(kind, api_version, name, namespace or "default")
        except ApiError as error:
            if error.status == 0:
                raise
            # What the API server keeps, such as the namespace kube-system, does not keep the rest.
    _remove_nodes(api)


def _is_ours(api: Api, wanted: tuple[str, str, str, str], begun: datetime) -> bool:
    """Say whether an object came with the rehearsal: what was there before was changed by it, and stays."""
    kind, api_version, name, namespace = wanted
    found = api.get(kind, api_version, name, namespace or "default")
    return found is not None and datetime.fromisoformat(found["metadata"]["creationTimestamp"]) >= begun


def _remove_nodes(api: Api) -> None:
    for node in api.list("Node", "v1", selector=f"{REHEARSED_LABEL}=true"):
        api.delete("Node", "v1", str(node["metadata"]["name"]))
