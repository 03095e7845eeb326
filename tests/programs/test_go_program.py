"""The tests' programs are built once, from what is pinned; a stand-in for Go shows what Go is asked.

Not proven here: that real Go builds them. The tests of stores and workflows run what it built.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.cluster.go_build import GoError
from rehearsal.cluster.go_program import GoProgram
from rehearsal.observe.player import PLAYER
from tests.programs.go_program import ACTIONLINT, CONTAINERD, CTR, NVIDIA_CTK, OTELCOL, PROGRAMS, PROMETHEUS, WEAVIATE
from tests.rehearsal.cluster.fake_go import FakeGo


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """A stand-in for Go that is the only one to be found, with an empty cache."""
    fake = FakeGo(tmp_path / "go")
    monkeypatch.setenv("PATH", str(fake.folder))
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("rehearsal.cluster.go_build.USUAL_PLACE", Path("/nowhere/go"))
    return fake


def package(program: GoProgram) -> str:
    return program.built_package


@pytest.mark.parametrize("program", [*PROGRAMS, PROMETHEUS], ids=lambda program: program.name)
def test_it_is_built_once_and_then_needs_no_go(go: FakeGo, program: GoProgram) -> None:
    lines: list[str] = []
    file = program.ready(lines.append)
    assert go.built == [package(program)]
    assert program.version in lines[0]
    shutil.rmtree(go.folder)
    assert program.ready(lines.append) == file
    assert len(lines) == 2


def test_go_works_on_a_copy_with_what_go_sum_pins(go: FakeGo) -> None:
    WEAVIATE.ready()
    (call,) = [call for call in go.calls if "build" in str(call["arguments"])]
    folder = Path(str(call["folder"]))
    assert not folder.is_relative_to(WEAVIATE.folder)
    assert (folder / "go.sum").read_bytes() == (WEAVIATE.folder / "go.sum").read_bytes()
    settings = call["settings"]
    assert isinstance(settings, dict)
    assert (settings["CGO_ENABLED"], settings["GOFLAGS"]) == ("0", "-mod=readonly -buildvcs=false")


def test_a_build_that_failed_leaves_nothing_that_looks_built(go: FakeGo) -> None:
    go.behave(broken=package(WEAVIATE), words="cannot compile")
    with pytest.raises(GoError, match="cannot compile"):
        WEAVIATE.ready()
    go.behave()
    file = WEAVIATE.ready()
    assert go.built == [package(WEAVIATE), package(WEAVIATE)]
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == ["weaviate"]


def test_without_go_it_is_said_what_needs_it(go: FakeGo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GoError, match=r"the actionlint of the tests is built with Go 1.* install Go"):
        ACTIONLINT.ready()
    assert go.calls == []


def test_another_version_is_built_beside(go: FakeGo, tmp_path: Path) -> None:
    first = WEAVIATE.ready()
    newer = replace(WEAVIATE, folder=tmp_path / "newer")
    shutil.copytree(WEAVIATE.folder, newer.folder)
    go_mod = newer.folder / "go.mod"
    go_mod.write_text(go_mod.read_text().replace(WEAVIATE.version, "v1.99.0"))
    assert newer.version == "v1.99.0"
    assert newer.fingerprint != WEAVIATE.fingerprint
    second = newer.ready()
    assert first.exists()
    assert second.parent.parent == first.parent.parent
    assert go.built == [package(WEAVIATE), package(WEAVIATE)]


def test_programs_lie_apart(go: FakeGo) -> None:
    assert len({program.ready().parent for program in PROGRAMS}) == len(PROGRAMS) == len(go.built)


def test_a_version_that_a_program_is_to_tell_is_told_to_the_linker() -> None:
    assert ACTIONLINT.linker_flags == f"-s -w -X {ACTIONLINT.module}.version={ACTIONLINT.version.removeprefix('v')}"
    assert WEAVIATE.linker_flags == "-s -w"


def test_a_program_that_needs_c_is_built_with_it(go: FakeGo) -> None:
    NVIDIA_CTK.ready()
    (call,) = [call for call in go.calls if "build" in str(call["arguments"])]
    settings = call["settings"]
    assert isinstance(settings, dict)
    assert settings["CGO_ENABLED"] == "1"


def test_two_programs_of_a_module_are_of_one_version(go: FakeGo) -> None:
    assert CTR.version == CONTAINERD.version
    assert CTR.ready().parent != CONTAINERD.ready().parent
    assert go.built == [package(CTR), package(CONTAINERD)]


def test_the_collector_is_of_the_version_that_the_chart_installs_and_all_its_parts_are() -> None:
    """The chart's application version is that of its image, https://github.com/open-telemetry/opentelemetry-helm-charts"""
    go_mod = (OTELCOL.folder / "go.mod").read_text()
    parts = re.findall(
        r"^\t(\S+/(?:connector|exporter|extension|processor|receiver)/\S+) (v\S+)$", go_mod, re.MULTILINE
    )
    assert len(parts) >= 14
    assert {version for _, version in parts} == {OTELCOL.version}


def test_rules_are_measured_and_played_by_one_release() -> None:
    assert PROMETHEUS.version == PLAYER.version


def test_weaviate_has_aliases() -> None:
    """They came with 1.32."""
    major, minor, *_ = WEAVIATE.version.removeprefix("v").split(".")
    assert (int(major), int(minor)) >= (1, 32)
