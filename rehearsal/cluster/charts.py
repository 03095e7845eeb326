"""The chart behind a Helm release that the program registered: found near or far, and rendered by real helm."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.cluster.chart_download import DownloadError, Network, Published, check_package, packaged
from rehearsal.cluster.manifests import Manifests, parse

RENDER_SECONDS: Final = 120
PULLS_AT_ONCE: Final = 8


class RenderError(Exception):
    """Helm refused the chart or its values; the message is helm's own, after the release's name."""


@dataclass(frozen=True)
class Release:
    """What a registration of `kubernetes:helm.sh/v3:Release` asks for."""

    name: str
    namespace: str
    chart: str
    """Name in `repository`, an `oci://` reference, a package file or a folder."""
    version: str = ""
    repository: str = ""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    skip_crds: bool = False

    @classmethod
    def from_inputs(cls, inputs: Mapping[str, Any]) -> Release:
        """The registration's resolved inputs, with Pulumi's names."""
        repository: Mapping[str, Any] = inputs.get("repositoryOpts") or {}
        return cls(
            name=inputs["name"],
            namespace=inputs.get("namespace") or "default",
            chart=inputs["chart"],
            version=inputs.get("version") or "",
            repository=repository.get("repo") or "",
            values=inputs.get("values") or {},
            skip_crds=bool(inputs.get("skipCrds")),
        )

    @property
    def is_first_party(self) -> bool:
        """Whether the chart is a folder of the project; packages and repositories are other people's."""
        return self.published is None and not self.chart.endswith(".tgz")

    @property
    def published(self) -> Published | None:
        """Where the chart is published; None for a file or folder."""
        if self.chart.startswith("oci://"):
            return Published(self.chart, self.chart.rpartition("/")[2], self.version)
        return Published(self.repository, self.chart, self.version) if self.repository else None


@dataclass(frozen=True)
class Unreachable:
    """A chart that could not be had, and why."""

    reason: str
    is_fault: bool = False
    """Whether `pulumi up` would fail as well: the program names a file that is not there or holds something else."""


@dataclass(frozen=True)
class ChartSources:
    """Where charts are looked for: the program's own files, then a folder, then the cache, then the network."""

    root: Path
    """Folder that relative paths of the program start from."""
    cache: Path
    network: Network | None
    """None to stay offline."""
    folder: Path | None = None
    """Packages to use, named `<chart>-<version>.tgz`."""

    def resolve_all(self, releases: Sequence[Release]) -> list[Path | Unreachable]:
        """Folder or package of each release's chart, in their order: two namespaces may have releases of one name."""
        with ThreadPoolExecutor(max_workers=PULLS_AT_ONCE) as pool:
            return list(pool.map(self.resolve, releases))

    def resolve(self, release: Release) -> Path | Unreachable:
        """Folder or package of the release's chart."""
        published = release.published
        if published is None:
            return self._from_path(release)
        try:
            return self._from_package(published)
        except DownloadError as error:
            return Unreachable(str(error))

    def _from_path(self, release: Release) -> Path | Unreachable:
        path = self.root / release.chart
        if path.is_dir() and (path / "Chart.yaml").is_file():
            return path
        if not path.is_file():
            return Unreachable(f"{path}: there is no such chart{_neighbours(path)}", is_fault=True)
        try:
            if release.version:
                check_package(path, path.name.removesuffix(f"-{release.version}.tgz"), release.version)
            elif path.name != (held := "-".join(packaged(path)) + ".tgz"):
                return Unreachable(f"{path}: holds {held}", is_fault=True)
        except DownloadError as error:
            return Unreachable(str(error), is_fault=True)
        return path

    def _from_package(self, published: Published) -> Path:
        """Raises DownloadError."""
        cached = self.cache / published.folder_name / published.file_name
        candidates = [cached] if self.folder is None else [self.folder / published.file_name, cached]
        for path in candidates:
            if path.is_file():
                check_package(path, published.chart, published.version)
                return path
        lacking = f"; {self.folder} has no {published.file_name}" if self.folder else ""
        if self.network is None:
            raise DownloadError(f"{published.file_name} is not in the cache, and this run is offline{lacking}")
        try:
            self.network.pull(published, cached)
        except DownloadError as error:
            raise DownloadError(f"{error}{lacking}") from None
        return cached


def _neighbours(path: Path) -> str:
    """What a mirror folder has instead of the file: other versions of the chart, or nothing at all."""
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}"
    chart = path.name.removesuffix(".tgz").rpartition("-")[0]
    others = sorted(other.name for other in path.parent.glob(f"{chart}-*.tgz")) if chart else []
    return f"; the folder has {', '.join(others)}" if others else ""


@dataclass(frozen=True)
class Rendered:
    """A release as helm renders it. Objects without a namespace of their own belong in the release's."""

    release: Release
    manifests: Manifests
    seconds: float
    warnings: tuple[str, ...] = ()
    """What helm said besides, as of a value that the chart's own table cannot take."""


def render(
    helm: Path, release: Release, chart: Path, *, kube_version: str = "", api_versions: Sequence[str] = ()
) -> Rendered:
    """`helm template` of a release, as the given cluster would answer it.

    `api_versions`: what the cluster serves besides Kubernetes' own (`monitoring.coreos.com/v1/ServiceMonitor`), on
    which charts make some of their objects depend. Raises RenderError.
    """
    command = [str(helm), "template", release.name, str(chart), "--namespace", release.namespace]
    command += ["--skip-crds"] if release.skip_crds else ["--include-crds"]
    command += ["--kube-version", kube_version] if kube_version else []
    for version in api_versions:
        command += ["--api-versions", version]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="llm-platform-helm-") as folder:
        values = Path(folder) / "values.json"  # JSON is YAML, without YAML's surprises
        values.write_text(json.dumps(release.values), encoding="utf-8")
        done = _run([*command, "--values", str(values)], Path(folder), release.name)
    try:
        manifests = parse(done.stdout)
    except (ValueError, yaml.YAMLError) as error:
        raise RenderError(f"{release.name}: {error}") from error
    warnings = tuple(line.strip() for line in done.stderr.splitlines() if line.strip())
    return Rendered(release, manifests, time.monotonic() - began, warnings)


def _run(command: Sequence[str], folder: Path, release: str) -> subprocess.CompletedProcess[str]:
    # Nothing of the user's helm or kubeconfig may have a say in what a chart renders to.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HELM_", "KUBE"))}
    environment |= {f"HELM_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    environment["KUBECONFIG"] = os.devnull
    try:
        return subprocess.run(  # noqa: S603 - our own helm, no shell
            command, check=True, capture_output=True, text=True, timeout=RENDER_SECONDS, env=environment
        )
    except subprocess.CalledProcessError as error:
        raise RenderError(f"{release}: {error.stderr.strip().removeprefix('Error: ')}") from None
    except subprocess.TimeoutExpired:
        raise RenderError(f"{release}: helm template gave no result within {RENDER_SECONDS} s") from None
    except OSError as error:
        raise RenderError(f"{release}: {command[0]} cannot be run: {error.strerror}") from None
