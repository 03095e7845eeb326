"""The simulated cluster's programs: built from pinned Go modules into the cache folder, once, by whoever comes first.

`python -m rehearsal.cluster.toolchain` (`make toolchain`) builds them ahead of the first use.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from rehearsal.cluster.build_progress import BuildProgress, Unwatched
from rehearsal.cluster.cache_folder import CacheError, cache_folder, locked
from rehearsal.cluster.go_build import GoError
from rehearsal.cluster.toolchain_build import COMPLETE, ToolchainError, build, remove_unused
from rehearsal.cluster.toolchain_parts import BINARIES, DEFINITIONS, STAGES, fingerprint

__all__ = ["Toolchain", "ToolchainError", "built_toolchain", "ready_toolchain"]


@dataclass(frozen=True)
class Toolchain:
    """Where the built programs are, and the files that belong to them."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of all programs, for a PATH."""
        return self.folder / "bin"

    @property
    def kube_apiserver(self) -> Path:
        """The API server."""
        return self.bin / "kube-apiserver"

    @property
    def kube_controller_manager(self) -> Path:
        """The controllers of Deployments, StatefulSets, Jobs, quotas, ..."""
        return self.bin / "kube-controller-manager"

    @property
    def kube_scheduler(self) -> Path:
        """The scheduler."""
        return self.bin / "kube-scheduler"

    @property
    def kubectl(self) -> Path:
        """The client, of the API server's version."""
        return self.bin / "kubectl"

    @property
    def etcd(self) -> Path:
        """The API server's store."""
        return self.bin / "etcd"

    @property
    def kwok(self) -> Path:
        """What plays the kubelets of simulated nodes."""
        return self.bin / "kwok"

    @property
    def kwokctl(self) -> Path:
        """What starts a control plane."""
        return self.bin / "kwokctl"

    @property
    def helm(self) -> Path:
        """Helm."""
        return self.bin / "helm"

    @property
    def karpenter(self) -> Path:
        """Karpenter with the KWOK provider."""
        return self.bin / "karpenter"

    @property
    def karpenter_crds(self) -> tuple[Path, ...]:
        """Folders with the definitions that the Karpenter binary works with (NodePool, NodeClaim, KWOKNodeClass)."""
        return (self.folder / "crds" / "sigs.k8s.io/karpenter",)

    @property
    def stages(self) -> tuple[Path, ...]:
        """KWOK's own stages of nodes and pods."""
        return tuple(sorted((self.folder / STAGES.name).glob("*.yaml")))

    @property
    def versions(self) -> dict[str, str]:
        """The version of each Go module, by module."""
        return json.loads((self.folder / COMPLETE).read_text())

    @property
    def kubernetes_version(self) -> str:
        """The version of the API server, `v1.36.3`: what charts are rendered for."""
        return self.versions["k8s.io/kubernetes"]

    def module_crds(self, module: str) -> list[Path]:
        """Return the files with a Go module's custom resource definitions, one a file.

        Raises `ToolchainError` for a module of which none are pinned.
        """
        known = sorted(part.module for part in DEFINITIONS)
        if module not in known:
            raise ToolchainError(f"no custom resource definitions are pinned of {module}; there are {', '.join(known)}")
        return sorted((self.folder / "crds" / module).glob("*.yaml"))


def ready_toolchain(progress: BuildProgress | None = None) -> Toolchain:
    """Return the programs, after building what is missing.

    Needs neither Go nor a network when everything is there. Processes that come at once build once; an interrupted
    build goes on where it was. Raises `ToolchainError`.
    """
    progress = progress or Unwatched()
    try:
        cache = cache_folder()
        folder = cache / "toolchain" / fingerprint()
        if not _complete(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder.parent / ".lock", lambda: progress.started("waiting for another process that builds")):
                if not _complete(folder):
                    build(folder, cache, progress)
                    remove_unused(folder)
        os.utime(folder)
    except (CacheError, GoError) as error:
        raise ToolchainError(str(error)) from None
    except OSError as error:
        raise ToolchainError(f"the cluster's programs cannot be kept: {error}") from error
    return Toolchain(folder)


def built_toolchain() -> Toolchain | None:
    """Return the programs if all of them are there already. Raises `ToolchainError` where there is no cache folder."""
    try:
        folder = cache_folder() / "toolchain" / fingerprint()
    except CacheError as error:
        raise ToolchainError(str(error)) from None
    return Toolchain(folder) if _complete(folder) else None


def _complete(folder: Path) -> bool:
    return (folder / COMPLETE).exists() and all(os.access(folder / "bin" / b.name, os.X_OK) for b in BINARIES)


if __name__ == "__main__":
    from rehearsal.cluster.toolchain_command import main

    main()
