"""What the simulated cluster is built of: binaries out of pinned Go modules, and files that those modules carry.

Versions stand once, in go_modules/*/go.mod; go.sum beside it pins the content.
"""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GO_MODULES: Final = Path(__file__).with_name("go_modules")
"""Each folder is a Go module of its own: Kubernetes' replacements clash with what the others require."""

FORMAT: Final = "1"
"""Goes up when what lies in the cache is laid out or built differently."""


@dataclass(frozen=True)
class Binary:
    """A program to build."""

    name: str
    folder: str
    """Of go_modules/."""
    module: str
    """Whose version is the program's."""
    package: str
    version_variables: tuple[tuple[str, str], ...] = ()
    """Go variables to set, with {version}, {major} and {minor} to be filled in."""

    @property
    def origin(self) -> tuple[str, str]:
        """The folder and the module, in whose go.mod the version stands."""
        return self.folder, self.module


# Without them the API server reports v0.0.0-master, which helm and kubectl refuse.
_KUBERNETES: Final = (
    ("k8s.io/component-base/version.gitVersion", "{version}"),
    ("k8s.io/component-base/version.gitMajor", "{major}"),
    ("k8s.io/component-base/version.gitMinor", "{minor}"),
)


def _kubernetes(name: str) -> Binary:
    return Binary(name, "kubernetes", "k8s.io/kubernetes", f"k8s.io/kubernetes/cmd/{name}", _KUBERNETES)


_KWOK: Final = "sigs.k8s.io/kwok"
_HELM: Final = "helm.sh/helm/v3"
_ETCD: Final = "go.etcd.io/etcd/server/v3"
_KARPENTER: Final = "sigs.k8s.io/karpenter"

BINARIES: Final = (
    Binary("helm", "helm", _HELM, f"{_HELM}/cmd/helm", ((f"{_HELM}/internal/version.version", "{version}"),)),
    _kubernetes("kube-apiserver"),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    # kwokctl runs it to see whether the API server answers, and downloads one where there is none.
    _kubernetes("kubectl"),
    Binary("etcd", "etcd", _ETCD, _ETCD),
    Binary("kwok", "kwok", _KWOK, f"{_KWOK}/cmd/kwok"),
    Binary("kwokctl", "kwok", _KWOK, f"{_KWOK}/cmd/kwokctl"),
    Binary("karpenter", "karpenter", _KARPENTER, f"{_KARPENTER}/kwok"),
)


@dataclass(frozen=True)
class Files:
    """Files that a Go module carries and that are copied beside the binaries."""

    name: str
    """Folder beside the binaries."""
    folder: str
    module: str
    patterns: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Of the objects in the files; a file of another kind, as Gateway API's admission policy, stays behind."""
        return "Stage" if self.name == "stages" else "CustomResourceDefinition"


def _definitions(module: str, *patterns: str) -> Files:
    return Files(f"crds/{module}", "custom_resources", module, patterns)


# Custom resource definitions in modules of the versions that the charts of helm-values/charts.yaml bring.
# The AWS provider's NodePools are left out: it is Karpenter's own, of the binary's version, that run here.
DEFINITIONS: Final = (
    _definitions(_KARPENTER, "pkg/apis/crds/*.yaml", "kwok/apis/crds/*.yaml"),
    _definitions("github.com/aws/karpenter-provider-aws", "pkg/apis/crds/karpenter.k8s.aws_*.yaml"),
    _definitions("github.com/kedacore/keda/v2", "config/crd/bases/*.yaml"),
    _definitions("sigs.k8s.io/gateway-api", "config/crd/standard/gateway.networking.k8s.io_*s.yaml"),
    _definitions("github.com/envoyproxy/gateway", "charts/gateway-helm/charts/crds/crds/generated/*.yaml"),
    _definitions("github.com/prometheus-operator/prometheus-operator", "example/prometheus-operator-crd/*.yaml"),
    _definitions("github.com/cert-manager/cert-manager", "deploy/crds/*.yaml"),
)

STAGES: Final = Files(
    "stages",
    "kwok",
    _KWOK,
    (
        "kustomize/stage/node/fast/node-*.yaml",
        "kustomize/stage/node/heartbeat-with-lease/node-*.yaml",
        "kustomize/stage/pod/fast/pod-*.yaml",
    ),
)
"""KWOK's own life of nodes and pods, which it forgets as soon as it is given one stage of ours."""


def pinned_version(folder: str, module: str) -> str:
    """Return the version of a module that go.mod requires."""
    text = (GO_MODULES / folder / "go.mod").read_text()
    match = re.search(rf"^(?:require)?\s+{re.escape(module)} (v\S+)", text, re.MULTILINE)
    if match is None:
        raise LookupError(f"go_modules/{folder}/go.mod does not require {module}")
    return match[1]


def versions() -> dict[str, str]:
    """Return the pinned version of each module that a binary or a file comes from, by module."""
    parts = (*(b.origin for b in BINARIES), *((f.folder, f.module) for f in (*DEFINITIONS, STAGES)))
    return {module: pinned_version(folder, module) for folder, module in parts}


def linker_flags(binary: Binary) -> str:
    """Return the flags that set a binary's version and leave out symbols and debugging information."""
    version = pinned_version(*binary.origin)
    major, minor, *_ = version.removeprefix("v").split(".")
    values = ((name, text.format(version=version, major=major, minor=minor)) for name, text in binary.version_variables)
    return " ".join(("-s -w", *(f"-X {name}={value}" for name, value in values)))


def go_version() -> str:
    """Return the lowest Go that all modules accept."""
    found = [re.search(r"^go (\S+)$", file.read_text(), re.MULTILINE) for file in GO_MODULES.glob("*/go.mod")]
    return max((m[1] for m in found if m), key=lambda text: tuple(int(part) for part in text.split(".")))


def fingerprint() -> str:
    """Return a name for exactly these modules, parts and flags on this kind of machine."""
    digest = hashlib.sha256(f"{FORMAT} {platform.system()} {platform.machine()}\n".encode())
    for file in sorted(file for file in GO_MODULES.rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(GO_MODULES)}\n".encode() + file.read_bytes())
    for part in (*((b, linker_flags(b)) for b in BINARIES), *DEFINITIONS, STAGES):
        digest.update(repr(part).encode())
    return digest.hexdigest()[:16]
