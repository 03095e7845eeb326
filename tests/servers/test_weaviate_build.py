"""The tests' Weaviate is built once, from what is pinned; a stand-in for Go shows what Go is asked.

Not proven here: that real Go builds it. The contract tests of the stores run what it built.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rehearsal.cluster.go_build import GoError
from tests.rehearsal.cluster.fake_go import FakeGo
from tests.servers import weaviate_build
from tests.servers.weaviate_build import GO_MODULE, PACKAGE, fingerprint, ready_weaviate, version


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """A stand-in for Go that is the only one to be found, with an empty cache."""
    fake = FakeGo(tmp_path / "go")
    monkeypatch.setenv("PATH", str(fake.folder))
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("rehearsal.cluster.go_build.USUAL_PLACE", Path("/nowhere/go"))
    return fake


def test_it_is_built_once_and_then_needs_no_go(go: FakeGo) -> None:
    lines: list[str] = []
    program = ready_weaviate(lines.append)
    assert go.built == [PACKAGE]
    assert version() in lines[0]
    shutil.rmtree(go.folder)
    assert ready_weaviate(lines.append) == program
    assert len(lines) == 2


def test_go_works_on_a_copy_with_what_go_sum_pins(go: FakeGo) -> None:
    ready_weaviate()
    (call,) = [call for call in go.calls if "build" in str(call["arguments"])]
    folder = Path(str(call["folder"]))
    assert not folder.is_relative_to(GO_MODULE)
    assert (folder / "go.sum").read_bytes() == (GO_MODULE / "go.sum").read_bytes()
    settings = call["settings"]
    assert isinstance(settings, dict)
    assert (settings["CGO_ENABLED"], settings["GOFLAGS"]) == ("0", "-mod=readonly -buildvcs=false")


def test_a_build_that_failed_leaves_nothing_that_looks_built(go: FakeGo) -> None:
    go.behave(broken=PACKAGE, words="cannot compile")
    with pytest.raises(GoError, match="cannot compile"):
        ready_weaviate()
    go.behave()
    program = ready_weaviate()
    assert go.built == [PACKAGE, PACKAGE]
    assert [path.name for path in program.parent.iterdir() if path.is_file()] == ["weaviate"]


def test_without_go_it_is_said_what_needs_it(go: FakeGo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GoError, match=r"the Weaviate of the tests is built with Go 1.* install Go"):
        ready_weaviate()
    assert go.calls == []


def test_another_version_is_built_beside(go: FakeGo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = ready_weaviate()
    module = tmp_path / "module"
    shutil.copytree(GO_MODULE, module)
    (module / "go.mod").write_text((GO_MODULE / "go.mod").read_text().replace(version(), "v1.99.0"))
    before = fingerprint()
    monkeypatch.setattr(weaviate_build, "GO_MODULE", module)
    assert fingerprint() != before
    second = ready_weaviate()
    assert first.exists()
    assert second.parent.parent == first.parent.parent
    assert version() == "v1.99.0"
    assert go.built == [PACKAGE, PACKAGE]


def test_weaviate_has_aliases() -> None:
    """They came with 1.32."""
    major, minor, *_ = version().removeprefix("v").split(".")
    assert (int(major), int(minor)) >= (1, 32)
