"""Charts from the network: `helm pull` with a short patience, and hosts that did not answer are not asked again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import yaml

CONNECT_SECONDS: Final = 4.0
PULL_SECONDS: Final = 90.0
HTTPS_PORT: Final = 443
DOCKER_HUB: Final = "registry-1.docker.io"  # what `docker.io` in a reference means
PROXY_VARIABLES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


class DownloadError(Exception):
    """A chart that could not be had from where it is published; the message says why, on one line."""


@dataclass(frozen=True)
class Published:
    """A chart as its authors publish it."""

    source: str
    """`https://…`, a chart repository, or `oci://…`, the chart itself."""
    chart: str
    version: str

    @property
    def file_name(self) -> str:
        """As `helm pull` names the file: `keda-2.20.2.tgz`."""
        return f"{self.chart}-{self.version}.tgz"

    @property
    def host(self) -> str:
        """Host and port that it is fetched from."""
        host = urlsplit(self.source).netloc
        return DOCKER_HUB if host == "docker.io" else host

    @property
    def folder_name(self) -> str:
        """The source as the name of a folder: two repositories may have a chart of the same name."""
        return self.source.partition("://")[2].strip("/").replace("/", "+").replace(":", "+")

    def pull_arguments(self) -> list[str]:
        """What `helm pull` takes."""
        if self.source.startswith("oci://"):
            return [self.source, "--version", self.version]
        return [self.chart, "--repo", self.source, "--version", self.version]


@dataclass
class Network:
    """The way to the chart repositories, for one run: remembers which hosts did not answer."""

    helm: Path
    connect_seconds: float = CONNECT_SECONDS
    pull_seconds: float = PULL_SECONDS
    _silent: dict[str, str] = field(default_factory=dict[str, str])
    _locks: dict[str, threading.Lock] = field(default_factory=dict[str, threading.Lock])
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def pull(self, wanted: Published, target: Path) -> None:
        """Put the chart's package at `target`, in one step; DownloadError when it cannot be had."""
        self._knock(wanted.host)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pull-") as folder:
            command = [str(self.helm), "pull", *wanted.pull_arguments(), "--destination", folder]
            try:
                subprocess.run(command, check=True, capture_output=True, text=True, timeout=self.pull_seconds)  # noqa: S603 - our own helm, no shell
            except subprocess.TimeoutExpired:
                reason = f"no answer within {self.pull_seconds:g} s"
                self._silent[wanted.host] = reason
                raise DownloadError(f"{wanted.host}: {reason}") from None
            except subprocess.CalledProcessError as error:
                raise DownloadError(f"{wanted.source}: {last_line(error.stderr)}") from None
            except OSError as error:
                raise DownloadError(f"{self.helm}: cannot be run: {error.strerror}") from None
            packages = sorted(Path(folder).glob("*.tgz"))
            if not packages:
                raise DownloadError(f"{wanted.source}: helm pull left no package")
            check_package(packages[0], wanted.chart, wanted.version)
            shutil.move(packages[0], target)

    def _knock(self, host: str) -> None:
        """One try to reach a host, whoever asks; through a proxy only helm itself can tell."""
        if any(os.environ.get(name) for name in PROXY_VARIABLES):
            if reason := self._silent.get(host):
                raise DownloadError(f"{host}: {reason}")
            return
        with self._guard:
            lock = self._locks.setdefault(host, threading.Lock())
        with lock:
            if host not in self._silent:
                self._silent[host] = _silence_of(host, self.connect_seconds)
            if reason := self._silent[host]:
                raise DownloadError(f"{host}: {reason}")


def _silence_of(host: str, seconds: float) -> str:
    """Why nothing can be reached there; empty where something can."""
    answers: list[str] = []
    # Looking up a name has no time limit of its own: a thread that may be left behind gives it one.
    knocking = threading.Thread(target=lambda: answers.append(_connect(host, seconds)), daemon=True)
    knocking.start()
    knocking.join(seconds)
    return answers[0] if answers else f"no answer within {seconds:g} s"


def _connect(host: str, seconds: float) -> str:
    name, _, port = host.partition(":")
    try:
        socket.create_connection((name, int(port or HTTPS_PORT)), timeout=seconds).close()
    except socket.gaierror:
        return "its name cannot be resolved (no network?)"
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except OSError as error:
        return f"cannot be reached: {error.strerror or error}"
    return ""


def check_package(package: Path, chart: str, version: str) -> None:
    """DownloadError unless the file is the package of that chart in that version."""
    if (seen := packaged(package)) != (chart, version):
        found = " ".join(seen)
        raise DownloadError(f"{package}: holds {found}, and not {chart} {version}, which helm-values/charts.yaml locks")


def packaged(package: Path) -> tuple[str, str]:
    """Name and version of the chart in a package; DownloadError for what is none."""
    try:
        with tarfile.open(package) as archive:
            member = next((m for m in archive if m.name.count("/") == 1 and m.name.endswith("/Chart.yaml")), None)
            file = archive.extractfile(member) if member else None
            if file is None:
                raise DownloadError(f"{package}: holds no Chart.yaml, so that it is no chart")
            content = yaml.safe_load(file.read())
    except (tarfile.TarError, EOFError, OSError, yaml.YAMLError) as error:
        raise DownloadError(f"{package}: is no package of a chart: {error}") from error
    seen = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    return str(seen.get("name")), str(seen.get("version"))


def last_line(text: str) -> str:
    """The line in which helm says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("Error: ") if lines else "helm gave no reason"
