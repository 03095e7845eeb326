"""A control plane starts, is watched, and leaves nothing behind, however it ends.

Processes are looked for in the system's own list. Not proven: the death of the whole machine, after which there are no
processes but a folder in the temporary files, and macOS, which has no /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from rehearsal.cluster import control_plane as module
from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.control_plane import ControlPlane, ControlPlaneError, kwokctl_problems
from rehearsal.cluster.control_plane import control_plane as running_control_plane
from rehearsal.cluster.existing_cluster import existing_cluster
from rehearsal.cluster.kwok_configuration import COMPONENTS, StageError, all_stages
from rehearsal.cluster.ports import free_port, free_ports
from rehearsal.cluster.toolchain import Toolchain

CHILD = Path(__file__).with_name("control_plane_child.py")
GONE_WITHIN_SECONDS = 60
LEARNT_WITHIN_SECONDS = 120
SAYS_ITS_VERSION = 'test "$1" = --version && exec $real --version'


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of their own for clusters and the notes on them, so that other runs on this machine are not looked at."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    return folder


def processes(folder: Path) -> list[str]:
    """All processes that run out of a folder or have it in their command, by the system's own list."""
    listing = subprocess.run(["/bin/ps", "-axww", "-o", "stat=,command="], capture_output=True, text=True, check=True)
    lines = [line.split(maxsplit=1) for line in listing.stdout.splitlines()]
    ours = (f"{folder}/llm-platform-cluster-", f"{CHILD}")
    return [line[1] for line in lines if not line[0].startswith("Z") and any(word in line[1] for word in ours)]


def nothing_is_left(folder: Path) -> bool:
    """Whether nothing runs and no file is left, within the time that a guard takes."""
    until = time.monotonic() + GONE_WITHIN_SECONDS
    while processes(folder) or any(folder.iterdir()):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def with_program(tools: Toolchain, folder: Path, name: str, script: str) -> Toolchain:
    """The toolchain with one program replaced by a script."""
    (folder / "bin").mkdir(parents=True)
    for program in tools.bin.iterdir():
        (folder / "bin" / program.name).symlink_to(program)
    replaced = folder / "bin" / name
    replaced.unlink()
    replaced.write_text(f"#!/bin/sh\nreal={tools.bin / name}\n{script}\n")
    replaced.chmod(0o755)
    return Toolchain(folder)


# -- while it runs ----------------------------------------------------------------------------------------------------


def test_all_components_run_and_answer(control_plane: ControlPlane, tools: Toolchain) -> None:
    assert set(control_plane.processes) == set(COMPONENTS)
    assert control_plane.alive()
    control_plane.check()
    with Api(control_plane.kubeconfig) as api:
        assert api.request("GET", "/version")["gitVersion"] == control_plane.version == tools.kubernetes_version
        assert api.server == control_plane.server


def test_it_listens_on_loopback_alone(control_plane: ControlPlane) -> None:
    for name, pid in control_plane.processes.items():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        assert not [word for word in words if "0.0.0.0" in word], name  # noqa: S104 - what is looked for


def test_it_fits_beside_other_work(control_plane: ControlPlane) -> None:
    assert 2**28 < control_plane.memory_bytes() < 2**31


def test_admission_is_that_of_a_real_cluster(control_plane: ControlPlane) -> None:
    namespace = {"name": "admission", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    container = {"name": "c", "image": "i"}
    secure = {
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    }
    quota = {"requests.nvidia.com/gpu": "1"}
    with Api(control_plane.kubeconfig) as api:
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": namespace})
        for manifest in (
            {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "admission"}},
            {"kind": "ResourceQuota", "metadata": {"name": "gpus", "namespace": "admission"}, "spec": {"hard": quota}},
        ):
            api.apply({"apiVersion": "v1", **manifest})
        with pytest.raises(ApiError, match="violates PodSecurity"):
            api.apply(_pod("a", container))
        gpus = {"resources": {"limits": {"nvidia.com/gpu": 2}}}
        with pytest.raises(ApiError, match="exceeded quota"):
            _pods_until_refused(api, container | secure | gpus)
        with pytest.raises(ApiError, match="no PriorityClass"):
            api.apply(_pod("c", container | secure, priorityClassName="none-of-this-name"))
        api.delete("Namespace", "v1", "admission")


def _pod(name: str, container: Mapping[str, object], **spec: str) -> dict[str, object]:
    metadata = {"name": name, "namespace": "admission"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}


def _pods_until_refused(api: Api, container: Mapping[str, object]) -> None:
    """Make pods until one is refused: the API server learns of a quota some time after it was made."""
    until = time.monotonic() + LEARNT_WITHIN_SECONDS
    while time.monotonic() < until:
        try:
            api.apply(_pod(f"b-{time.monotonic_ns()}", container))
        except ApiError as error:
            if "status unknown for quota" not in error.message:
                raise
        time.sleep(0.2)


# -- when it ends -----------------------------------------------------------------------------------------------------


def test_a_component_that_dies_is_told_with_its_log(tools: Toolchain, temporary: Path) -> None:
    told = "kube-apiserver ended; its log ends with\n  "

    def lose_the_api_server() -> None:
        with running_control_plane(tools) as plane:
            os.kill(plane.processes["kube-apiserver"], signal.SIGKILL)
            while plane.alive():
                time.sleep(0.01)
            with pytest.raises(ControlPlaneError, match=told):
                plane.check()
            raise ConnectionError("what a client sees of it")

    with pytest.raises(ControlPlaneError, match=told) as error:
        lose_the_api_server()
    assert isinstance(error.value.__cause__, ConnectionError)
    assert nothing_is_left(temporary)


def test_an_exception_of_the_block_comes_out_as_it_is(tools: Toolchain, temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), running_control_plane(tools):
        raise ZeroDivisionError
    assert nothing_is_left(temporary)


@pytest.mark.parametrize(
    ("program", "script", "message"),
    [
        ("kube-apiserver", "exit 3", "kube-apiserver does not run: .*exit status 3"),
        (
            "kube-scheduler",
            f"{SAYS_ITS_VERSION}\necho no such leader >&2\nexit 1",
            "kube-scheduler ended; its log ends with\n  no such leader",
        ),
        ("etcd", f"{SAYS_ITS_VERSION}\nexit 1", "etcd ended"),
        ("kwokctl", "exit 1", r"kwokctl did not start the control plane:   \(nothing\)"),
    ],
)
def test_a_broken_program_is_told(
    tools: Toolchain, temporary: Path, tmp_path: Path, program: str, script: str, message: str
) -> None:
    broken = with_program(tools, tmp_path / "tools", program, script)
    start = time.monotonic()
    with pytest.raises(ControlPlaneError, match=message), running_control_plane(broken):
        pytest.fail("it cannot have started")
    assert time.monotonic() - start < module.READY_WITHIN_SECONDS, "kwokctl waits two minutes"
    assert nothing_is_left(temporary)


@contextlib.contextmanager
def taken_port() -> Generator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_meanwhile_is_given_up_for_another(
    tools: Toolchain, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with taken_port() as port:
        first: Iterator[list[int]] = iter([[*free_ports(2), port, *free_ports(3)]])
        monkeypatch.setattr(module, "free_ports", lambda count: next(first, None) or free_ports(count))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - a count
        with running_control_plane(tools) as plane:
            assert plane.alive()
            assert not plane.server.endswith(f":{port}")
    assert nothing_is_left(temporary)


def test_ports_that_are_taken_each_time_are_told(
    tools: Toolchain, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with taken_port() as port:
        monkeypatch.setattr(module, "free_ports", lambda _: [port, *free_ports(5)])  # pyright: ignore[reportUnknownLambdaType] - a count
        told = "tried 3 times: another program took a port that was free"
        with pytest.raises(ControlPlaneError, match=told), running_control_plane(tools):
            pytest.fail("it cannot have started")
    assert nothing_is_left(temporary)


def test_a_controller_manager_that_gave_up_waiting_for_the_api_server_gets_another_one(
    tools: Toolchain, temporary: Path, tmp_path: Path
) -> None:
    """As on a machine that is so busy that the API server takes longer than the 10 s for which it is waited."""
    once = tmp_path / "once"
    says = 'echo \'"Error building controller context" err="failed to wait for apiserver being healthy"\' >&2; exit 1'
    broken = with_program(
        tools,
        tmp_path / "tools",
        "kube-controller-manager",
        f'case "$1" in --version) ;; *) [ -e {once} ] || {{ : > {once}; {says}; }} ;; esac\nexec $real "$@"',
    )
    with running_control_plane(broken) as plane:
        assert once.exists()
        assert plane.alive()
    assert nothing_is_left(temporary)


@pytest.fixture
def child(tools: Toolchain, temporary: Path) -> Generator[subprocess.Popen[str]]:
    """A process that runs a control plane."""
    command = [sys.executable, str(CHILD), str(tools.folder)]
    environment = {**os.environ, "PYTHONPATH": str(CHILD.parents[3])}
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "starting\n"
        yield process
        process.kill()
    assert nothing_is_left(temporary)


@pytest.mark.parametrize("seconds", [0.1, 0.6, 1.5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_start_that_is_broken_off_leaves_nothing(
    child: subprocess.Popen[str], temporary: Path, seconds: float, number: signal.Signals
) -> None:
    time.sleep(seconds)
    os.killpg(child.pid, number)
    child.wait(GONE_WITHIN_SECONDS)
    assert nothing_is_left(temporary)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_running_one_ends_with_its_process(
    child: subprocess.Popen[str], temporary: Path, number: signal.Signals
) -> None:
    assert child.stdout is not None
    assert Path(child.stdout.readline().strip()).is_dir()
    os.killpg(child.pid, number)
    child.wait(GONE_WITHIN_SECONDS)
    assert nothing_is_left(temporary)


def test_the_next_start_removes_what_nobody_could(
    child: subprocess.Popen[str], tools: Toolchain, temporary: Path
) -> None:
    assert child.stdout is not None
    folder = Path(child.stdout.readline().strip())
    guard = next(line for line in processes(temporary) if "leftovers.py" in line)
    listing = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    os.kill(next(int(line.split()[0]) for line in listing.stdout.splitlines() if guard in line), signal.SIGKILL)
    child.kill()
    child.wait()
    until = time.monotonic() + GONE_WITHIN_SECONDS
    while len(processes(temporary)) > len(COMPONENTS) and time.monotonic() < until:
        time.sleep(0.05)  # the guard is killed, and not yet dead
    assert len(processes(temporary)) == len(COMPONENTS)
    with running_control_plane(tools) as plane:
        assert not folder.exists()
        assert not [line for line in processes(temporary) if str(folder) in line]
        assert plane.alive()
    assert nothing_is_left(temporary)


def test_two_run_side_by_side(control_plane: ControlPlane, tools: Toolchain, temporary: Path) -> None:
    with running_control_plane(tools) as other:
        assert other.alive()
        assert other.server != control_plane.server
    assert control_plane.alive()
    assert nothing_is_left(temporary)


# -- stages and kwokctl's words ---------------------------------------------------------------------------------------


def test_stages_are_the_whole_set_of_the_kinds_they_name(tools: Toolchain, tmp_path: Path) -> None:
    stage = {"kind": "Stage", "metadata": {"name": "ours"}, "spec": {"resourceRef": {"apiGroup": "v1", "kind": "Pod"}}}
    file = tmp_path / "stages.yaml"
    file.write_text(yaml.safe_dump(stage))
    names = [stage["metadata"]["name"] for stage in all_stages(tools, [file])]
    assert names == ["ours", "node-heartbeat-with-lease", "node-initialize"]
    assert all_stages(tools, []) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("a: [", "expected"),
        ("kind: Pod\n", "spec.resourceRef.kind is missing"),
        ("[1]", "Stage"),
    ],
)
def test_a_file_without_stages_is_named(tools: Toolchain, tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "stages.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(StageError, match=rf"{file}(.|\n)*{words}"):
        all_stages(tools, [file])


def test_kwokctl_counts_as_failed_when_it_logs_an_error() -> None:
    fine = '{"level":"INFO","msg":"Cluster is ready"}\nno JSON\n'
    assert kwokctl_problems(fine) == ""
    failed = '{"level":"ERROR","msg":"Failed to wait for cluster to be ready","err":"timed out"}'
    assert kwokctl_problems(fine + failed) == "Failed to wait for cluster to be ready: timed out"


# -- a cluster that is there already ----------------------------------------------------------------------------------


def test_an_existing_cluster_is_used_and_left_alone(control_plane: ControlPlane) -> None:
    with existing_cluster(control_plane.kubeconfig) as cluster:
        assert (cluster.server, cluster.version) == (control_plane.server, control_plane.version)
        assert cluster.folder.is_dir()
        assert cluster.alive()
    assert not cluster.folder.exists()
    assert control_plane.alive()


@pytest.mark.parametrize("text", [None, "", "a: [", "kind: Config\n", "clusters: 3\n"])
def test_a_kubeconfig_that_is_none_is_named(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "kubeconfig"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ControlPlaneError, match=f"--kubeconfig {file}: "), existing_cluster(file):
        pytest.fail("there is no cluster")


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    server = f"http://127.0.0.1:{free_port()}"
    file = tmp_path / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {}}],
        "current-context": "c",
    }
    file.write_text(yaml.safe_dump(config))
    with pytest.raises(ControlPlaneError, match=f"{server} does not answer"), existing_cluster(file):
        pytest.fail("there is no cluster")
