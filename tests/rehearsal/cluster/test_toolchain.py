"""The toolchain is built once, completely, from what is pinned, and says what stands in the way.

Most tests put a stand-in for Go in PATH and prove nothing of what real Go builds; those that take the fixture `tools`
run the programs that it built. A build on a machine without module cache is not repeated here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rehearsal.cluster import toolchain_build, toolchain_parts
from rehearsal.cluster.cache_folder import cache_folder, locked
from rehearsal.cluster.go_build import SETTINGS, GoError, explained, find_go
from rehearsal.cluster.manifests import parse
from rehearsal.cluster.toolchain import Toolchain, ToolchainError, built_toolchain, ready_toolchain
from rehearsal.cluster.toolchain_command import main
from rehearsal.cluster.toolchain_parts import BINARIES, DEFINITIONS, GO_MODULES, STAGES, fingerprint, pinned_version
from tests.rehearsal.cluster.fake_go import FakeGo

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """A stand-in for Go that is the only one to be found, with an empty cache."""
    fake = FakeGo(tmp_path / "go")
    for part in (*DEFINITIONS, STAGES):
        names = [pattern.replace("*", "a") for pattern in part.patterns]
        fake.carries(part.module, part.kind, *names)
    monkeypatch.setenv("PATH", str(fake.folder))
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    return fake


def test_everything_is_built_once(go: FakeGo) -> None:
    assert built_toolchain() is None
    first = ready_toolchain()
    assert built_toolchain() == first
    assert sorted(go.built) == sorted(binary.package for binary in BINARIES)
    calls = len(go.calls)
    assert ready_toolchain() == first
    assert len(go.calls) == calls
    assert {path.name for path in first.bin.iterdir()} == {binary.name for binary in BINARIES}


def test_a_built_toolchain_needs_no_go(go: FakeGo, monkeypatch: pytest.MonkeyPatch) -> None:
    built = ready_toolchain()
    shutil.rmtree(go.folder)
    monkeypatch.setattr("rehearsal.cluster.go_build.USUAL_PLACE", Path("/nowhere/go"))
    assert ready_toolchain() == built


def test_an_interrupted_build_goes_on_where_it_was(go: FakeGo) -> None:
    third = BINARIES[2].package
    go.behave(broken=third, words="cannot compile")
    with pytest.raises(ToolchainError, match="cannot compile"):
        ready_toolchain()
    built = len(go.built)
    go.behave()
    tools = ready_toolchain()
    assert go.built[built:] == [binary.package for binary in BINARIES[2:]]
    assert not [path for path in tools.bin.iterdir() if path.name.startswith(".")]


def test_a_program_that_was_removed_is_built_anew(go: FakeGo) -> None:
    tools = ready_toolchain()
    tools.helm.unlink()
    ready_toolchain()
    assert go.built[len(BINARIES) :] == ["helm.sh/helm/v3/cmd/helm"]


def test_two_processes_at_once_build_once(go: FakeGo) -> None:
    command = [sys.executable, "-m", "rehearsal.cluster.toolchain", "--json"]
    pipe = subprocess.PIPE
    folder = cache_folder() / "toolchain"
    folder.mkdir(parents=True)
    with locked(folder / ".lock"):  # so that both are there when one begins
        processes = [subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe) for _ in "12"]  # noqa: S603 - ourselves
        for process in processes:
            assert process.stderr is not None
            assert b"waiting for another process" in process.stderr.readline()
    answers = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert len(go.built) == len(BINARIES)
    assert {json.loads(output)["kubernetes"] for output, _ in answers} == {pinned_version(*BINARIES[1].origin)}


def test_go_runs_on_a_copy_with_go_sum_enforced(go: FakeGo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.delenv("HOME")
    tools = ready_toolchain()
    for call in go.calls[1:]:
        assert str(call["folder"]).startswith(str(tools.folder))
        settings = call["settings"]
        assert isinstance(settings, dict)
        assert {key: settings[key] for key in SETTINGS if key in settings} == {
            key: value for key, value in SETTINGS.items() if key in settings
        }
        # Without a home folder Go has to be told where its modules go.
        assert settings["GOPATH"] == str(tools.folder.parents[1] / "go")


def test_versions_are_linked_into_kubernetes(go: FakeGo) -> None:
    ready_toolchain()
    version = pinned_version("kubernetes", "k8s.io/kubernetes")
    flags = next(str(call["arguments"]) for call in go.calls if "cmd/kube-apiserver" in str(call["arguments"]))
    assert f"version.gitVersion={version}" in flags
    assert f"version.gitMinor={version.split('.')[1]}" in flags


def test_other_pins_are_another_toolchain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    copy = tmp_path / "go_modules"
    shutil.copytree(GO_MODULES, copy)
    monkeypatch.setattr(toolchain_parts, "GO_MODULES", copy)
    assert fingerprint() == before
    with (copy / "helm" / "go.sum").open("a") as sums:
        sums.write("example.com/m v1.0.0 h1:AAAA=\n")
    assert fingerprint() != before


def test_programs_that_nobody_used_for_long_are_removed(go: FakeGo, tmp_path: Path) -> None:
    unused, used = (tmp_path / "cache" / "toolchain" / name for name in ("1111", "2222"))
    for folder in (unused, used):
        folder.mkdir(parents=True)
    os.utime(unused, (0, 0))
    ready_toolchain()
    assert not unused.exists()
    assert used.exists()
    assert go.built


# -- what stands in the way -------------------------------------------------------------------------------------------


def test_without_go_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("rehearsal.cluster.go_build.USUAL_PLACE", tmp_path / "go")
    with pytest.raises(ToolchainError, match=r"Go 1\.\d+\.\d+ or newer, and there is no Go here.*--kubeconfig"):
        ready_toolchain()


@pytest.mark.parametrize("version", ["go1.21.13", "go1.26rc1", "", "devel +abc"])
def test_a_go_that_is_too_old_is_named(go: FakeGo, version: str) -> None:
    go.behave(version=version)
    with pytest.raises(ToolchainError, match=rf"or newer is needed, and {go.folder}/go is"):
        ready_toolchain()
    assert not go.built


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("dial tcp 10.0.0.1:443: connect: connection refused", "proxy cannot be reached; GOPROXY"),
        ("reading https://proxy/x/@v/v1.zip: 403 Forbidden", "proxy cannot be reached; GOPROXY"),
        ("write /tmp/x: no space left on device", "the disk is full"),
        ("verifying helm.sh/helm@v3: checksum mismatch", "not what go.sum pins"),
        ("compile: signal: killed", "memory runs out"),
        ("undefined: x", "go build failed"),
    ],
)
def test_what_go_says_is_explained_and_shown(go: FakeGo, words: str, meaning: str) -> None:
    go.behave(broken="cmd/helm", words=words)
    with pytest.raises(ToolchainError) as error:
        ready_toolchain()
    assert meaning in str(error.value)
    assert words in str(error.value)


def test_the_noise_of_downloads_is_not_shown() -> None:
    assert "downloading" not in explained("go: downloading a v1\n" * 30 + "undefined: x")


def test_too_little_space_is_said_before_the_build(go: FakeGo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain_build, "NEEDED_BYTES", 10**18)
    with pytest.raises(ToolchainError, match="needs 1000000000 GB free"):
        ready_toolchain()
    assert not go.built


def test_a_module_without_the_files_is_named(go: FakeGo) -> None:
    shutil.rmtree(go.folder / "modules" / "github.com/kedacore/keda/v2")
    with pytest.raises(ToolchainError, match="keda/v2 carries no config/crd/bases"):
        ready_toolchain()


def test_files_of_other_kinds_stay_behind(go: FakeGo) -> None:
    keda = "github.com/kedacore/keda/v2"
    go.carries(keda, "ValidatingAdmissionPolicy", "config/crd/bases/policy.yaml")
    assert [file.name for file in ready_toolchain().module_crds(keda)] == ["a.yaml"]


def test_the_command_tells_versions_or_the_fault(go: FakeGo, capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert "kube-apiserver" in capsys.readouterr().out
    shutil.rmtree(ready_toolchain().folder)
    go.behave(version="go1.2")
    with pytest.raises(SystemExit, match="or newer is needed"):
        main([])


def test_a_module_that_is_not_what_go_sum_pins_is_refused(tmp_path: Path) -> None:
    go = find_go("1.21", tmp_path)
    module = tmp_path / "module"
    shutil.copytree(GO_MODULES / "custom_resources", module)
    sums = module / "go.sum"
    lines = sums.read_text().splitlines()
    sums.write_text("\n".join(line[:-8] + "AAAAAAA=" if "keda" in line else line for line in lines) + "\n")
    with pytest.raises(GoError, match=r"not what go\.sum pins"):
        go.download(module, ["github.com/kedacore/keda/v2"])


# -- what real Go built -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("binary", "arguments"),
    [
        ("kube-apiserver", ["--version"]),
        ("kube-controller-manager", ["--version"]),
        ("kube-scheduler", ["--version"]),
        ("kubectl", ["version", "--client"]),
        ("etcd", ["--version"]),
        ("kwok", ["--version"]),
        ("kwokctl", ["--version"]),
        ("helm", ["version"]),
    ],
)
def test_a_program_runs_and_has_its_version(
    tools: Toolchain, tmp_path: Path, binary: str, arguments: list[str]
) -> None:
    part = next(part for part in BINARIES if part.name == binary)
    answer = subprocess.run(  # noqa: S603 - the programs under test
        [str(tools.bin / binary), *arguments],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert tools.versions[part.module].removeprefix("v") in answer.stdout


def test_definitions_are_whole_and_stand_once(tools: Toolchain) -> None:
    names: list[str] = []
    for part in DEFINITIONS:
        files = tools.module_crds(part.module)
        assert files
        for file in files:
            manifests = parse(file.read_text())
            assert (len(manifests.crds), len(manifests.objects)) == (1, 0), file
            names.append(manifests.crds[0]["metadata"]["name"])
    assert len(names) == len(set(names))
    wanted = {"nodepools.karpenter.sh", "ec2nodeclasses.karpenter.k8s.aws", "scaledobjects.keda.sh"}
    assert wanted <= set(names)
    assert {"podmonitors.monitoring.coreos.com", "httproutes.gateway.networking.k8s.io"} <= set(names)


def test_definitions_of_an_unpinned_module_are_refused(tools: Toolchain) -> None:
    with pytest.raises(ToolchainError, match=r"pinned of example\.com/m; there are github\.com/aws"):
        tools.module_crds("example.com/m")


def test_stages_are_kwoks_own(tools: Toolchain) -> None:
    names = {yaml.safe_load(file.read_text())["metadata"]["name"] for file in tools.stages}
    assert names == {"node-initialize", "node-heartbeat-with-lease", "pod-ready", "pod-complete", "pod-delete"}
