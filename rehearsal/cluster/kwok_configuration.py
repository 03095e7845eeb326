"""The configuration that kwokctl starts a control plane with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml

from rehearsal.cluster.toolchain import Toolchain

LOOPBACK: Final = "127.0.0.1"

COMPONENTS: Final[tuple[str, ...]] = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok-controller",
)

PORTS: Final[tuple[str, ...]] = (
    "etcdPort",
    "etcdPeerPort",
    "kubeApiserverPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
)

EXTRA_ARGUMENTS: Final = {
    # The data is thrown away: nothing is gained by waiting for the disk.
    "etcd": {"unsafe-no-fsync": "true"},
    # Amazon EKS's own range; the default has room for 254 services.
    "kube-apiserver": {"service-cluster-ip-range": "172.20.0.0/16"},
    # An HPA lifts its target to the floor when it looks at it, by default every 15 s, for which a rehearsal would wait.
    "kube-controller-manager": {"horizontal-pod-autoscaler-sync-period": "1s"},
}


class StageError(Exception):
    """A file of KWOK stages cannot be used; the message names it."""


def configuration(
    tools: Toolchain, ports: Mapping[str, int], stages: Sequence[Path], *, disable_qps_limits: bool
) -> str:
    """Return the YAML documents of the configuration. Raises `StageError`."""
    options = {
        "runtime": "binary",
        # kwokctl's default is every address, with an etcd that asks nobody who they are.
        "bindAddress": LOOPBACK,
        "etcdBinary": str(tools.etcd),
        "kubeApiserverBinary": str(tools.kube_apiserver),
        "kubeControllerManagerBinary": str(tools.kube_controller_manager),
        "kubeSchedulerBinary": str(tools.kube_scheduler),
        "kwokControllerBinary": str(tools.kwok),
        "kubectlBinary": str(tools.kubectl),
        "disableQPSLimits": disable_qps_limits,
        **ports,
    }
    patches = [
        {"name": component, "extraArgs": [{"key": key, "value": value} for key, value in arguments.items()]}
        for component, arguments in EXTRA_ARGUMENTS.items()
    ]
    kwokctl = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": options,
        "componentsPatches": patches,
    }
    return yaml.safe_dump_all([kwokctl, *all_stages(tools, stages)], sort_keys=False)


def all_stages(tools: Toolchain, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the stages in the files, and KWOK's own for the kinds of resources that the files leave out.

    Given one stage, KWOK forgets all of its own; none are returned when no files are given. Raises `StageError`.
    """
    given = [stage for file in files for stage in _stages(file)]
    kinds = {_kind(stage) for stage in given}
    own = [stage for file in tools.stages for stage in _stages(file)] if given else []
    return [*given, *(stage for stage in own if _kind(stage) not in kinds)]


def _kind(stage: Mapping[str, Any]) -> str:
    return str(stage["spec"]["resourceRef"]["kind"])


def _stages(file: Path) -> list[dict[str, Any]]:
    try:
        documents: list[object] = [document for document in yaml.safe_load_all(file.read_text()) if document]
    except (OSError, yaml.YAMLError) as error:
        raise StageError(f"{file}: {error}") from None
    found: list[dict[str, Any]] = []
    for document in documents:
        stage = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
        try:
            _kind(stage)
        except (KeyError, TypeError):
            raise StageError(f"{file}: spec.resourceRef.kind is missing: this is no KWOK Stage") from None
        found.append(stage)
    return found
