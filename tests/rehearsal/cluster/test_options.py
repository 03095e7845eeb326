"""What has to be there for the cluster part. Building is test_toolchain.py's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.cluster import options as module
from rehearsal.cluster.options import cluster_options
from rehearsal.cluster.toolchain import Toolchain, ToolchainError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def no_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> Toolchain:
        raise ToolchainError("there is no Go on this machine")

    monkeypatch.setattr(module, "ready_toolchain", refuse)


def at(path: str | None) -> Callable[[str], str | None]:
    """A PATH on which every program is found there, or nowhere."""

    def which(_: str) -> str | None:
        return path

    return which


@pytest.mark.usefixtures("no_go")
def test_a_cluster_of_our_own_needs_the_programs(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="no Go"):
        cluster_options(tmp_path)


@pytest.mark.usefixtures("no_go")
def test_an_existing_cluster_needs_no_more_than_the_machines_own_helm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", at("/usr/bin/helm"))
    found = cluster_options(tmp_path, kubeconfig=tmp_path / "config")
    assert (found.tools, found.helm) == (None, Path("/usr/bin/helm"))
    monkeypatch.setattr("shutil.which", at(None))
    found = cluster_options(tmp_path, kubeconfig=tmp_path / "config")
    assert (found.helm, found.charts) == (None, None)


def test_charts_are_looked_for_in_the_program_the_folder_and_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(_: object) -> Toolchain:
        return Toolchain(tmp_path / "tools")

    monkeypatch.setattr(module, "ready_toolchain", built)
    found = cluster_options(tmp_path / "stacks", charts_folder=tmp_path / "mirror", offline=True)
    assert found.helm == tmp_path / "tools" / "bin" / "helm"
    assert found.charts is not None
    assert (found.charts.root, found.charts.folder) == (tmp_path / "stacks", tmp_path / "mirror")
    assert found.charts.cache == cache / "charts"
    assert found.charts.network is None
    assert cluster_options(tmp_path).charts != found.charts
