"""A cluster that is there already (`--kubeconfig`): used as it stands, never started, stopped or removed."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import yaml
from kubernetes.config import ConfigException

from rehearsal.cluster.connection import ApiError, Connection
from rehearsal.cluster.control_plane import ControlPlane, ControlPlaneError


@contextmanager
def existing_cluster(kubeconfig: Path) -> Generator[ControlPlane]:
    """Reach the cluster of a kubeconfig's current context. Raises `ControlPlaneError` when it does not answer."""
    try:
        _check_shape(kubeconfig)
        with Connection(kubeconfig) as connection:
            version = str(connection.request("GET", "/version")["gitVersion"])
            server = connection.server
    except (OSError, yaml.YAMLError, ConfigException, ApiError) as error:
        raise ControlPlaneError(f"--kubeconfig {kubeconfig}: {error}") from None
    with tempfile.TemporaryDirectory(prefix="llm-platform-") as folder:
        yield ControlPlane(kubeconfig, server, version, Path(folder))


def _check_shape(kubeconfig: Path) -> None:
    """Refuse what the client's reader stumbles over with errors of its own."""
    content: object = yaml.safe_load(kubeconfig.read_text())
    entries = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    for key in ("clusters", "contexts", "users"):
        if not isinstance(entries.get(key), list):
            raise ConfigException(f"{key} is no list: this is no kubeconfig")
