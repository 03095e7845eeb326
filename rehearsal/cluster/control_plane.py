"""A real control plane on this machine: etcd, API server, controllers and scheduler, with KWOK in place of kubelets.

kwokctl starts them; they are ours from then on. Nothing of them outlives the context, however it ends.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rehearsal.cluster import leftovers
from rehearsal.cluster.build_progress import BuildProgress, Unwatched
from rehearsal.cluster.cache_folder import CacheError
from rehearsal.cluster.cluster_folder import cluster_folder
from rehearsal.cluster.kwok_configuration import COMPONENTS, LOOPBACK, PORTS, StageError, configuration
from rehearsal.cluster.ports import ATTEMPTS, TAKEN, free_ports
from rehearsal.cluster.toolchain import Toolchain

READY_WITHIN_SECONDS: Final = 120
LOOK_EVERY_SECONDS: Final = 0.1
LINES_OF_LOG: Final = 12
TOO_SLOW: Final = "failed to wait for apiserver being healthy"
"""Last words of a controller manager, which waits for 10 s; in a real cluster it is started again."""
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class ControlPlaneError(Exception):
    """The control plane does not start, has died, or cannot be reached; the message is for users."""


class _PassingError(ControlPlaneError):
    """What may go well another time."""


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane."""

    kubeconfig: Path
    server: str
    version: str
    """Of Kubernetes: `v1.36.3`."""
    folder: Path
    """For files that belong to it; gone afterwards."""
    logs: Path | None = field(default=None)
    """None for a cluster that is not ours, of which nothing is watched."""

    @property
    def processes(self) -> dict[str, int]:
        """The process id of each component that runs, by its name."""
        return {name: pid for pid, name in leftovers.processes_in(self.folder).items() if name in COMPONENTS}

    def alive(self) -> bool:
        """Whether all components run."""
        return self.fault() is None

    def fault(self) -> str | None:
        """Say which component has died, with the end of its log."""
        if self.logs is None:
            return None
        dead = [name for name in COMPONENTS if name not in self.processes]
        return f"the control plane died: {_obituary(self.logs, dead)}" if dead else None

    def check(self) -> None:
        """Raise `ControlPlaneError` when a component has died."""
        if fault := self.fault():
            raise ControlPlaneError(fault)

    def memory_bytes(self) -> int:
        """Return the resident memory of all programs of the cluster; 0 where there is no /proc."""
        pages = 0
        for pid in leftovers.processes_in(self.folder):
            try:
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            except OSError:
                continue  # it ended just now, or this is no Linux
        return pages * PAGE_BYTES


@contextmanager
def control_plane(
    tools: Toolchain,
    *,
    name: str = "rehearsal",
    stages: Sequence[Path] = (),
    disable_qps_limits: bool = False,
    progress: BuildProgress | None = None,
) -> Generator[ControlPlane]:
    """Run a control plane until the context ends.

    `stages` are files of KWOK stages, the whole set for the kinds that they name; kinds that they leave out live as
    KWOK has it. `disable_qps_limits` lets controllers and scheduler ask the API server as often as they like.

    Raises `ControlPlaneError` when it does not come up, and in place of an exception of the block that leaves it when a
    component has died.
    """
    progress = progress or Unwatched()
    with ExitStack() as stack:
        progress.started("control plane")
        start = time.monotonic()
        try:
            folder = stack.enter_context(cluster_folder())
            plane = _started(tools, name, folder, stages, disable_qps_limits=disable_qps_limits)
        except (CacheError, StageError) as error:
            raise ControlPlaneError(str(error)) from None
        progress.finished("control plane", f"Kubernetes {plane.version}", time.monotonic() - start)
        try:
            yield plane
        except ControlPlaneError:
            raise
        except Exception as error:
            if fault := plane.fault():
                raise ControlPlaneError(fault) from error
            raise


def _started(
    tools: Toolchain, name: str, folder: Path, stages: Sequence[Path], *, disable_qps_limits: bool
) -> ControlPlane:
    version, why = _version(tools.kube_apiserver), ""
    for _ in range(ATTEMPTS):
        ports: dict[str, int] = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        settings = configuration(tools, ports, stages, disable_qps_limits=disable_qps_limits)
        (folder / "kwokctl.yaml").write_text(settings)
        try:
            _create(tools, name, folder)
        except _PassingError as error:
            why = str(error)
            leftovers.stop(folder)
            shutil.rmtree(folder / "clusters", ignore_errors=True)
            continue
        server = f"https://{LOOPBACK}:{ports['kubeApiserverPort']}"
        return ControlPlane(folder / "kubeconfig", server, version, folder, folder / "clusters" / name / "logs")
    raise ControlPlaneError(f"tried {ATTEMPTS} times: {why}")


def _version(api_server: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - the binary that the toolchain built
            [str(api_server), "--version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ControlPlaneError(f"{api_server} does not run: {error}; remove it to have it built anew") from None
    return answer.stdout.strip().removeprefix("Kubernetes ")


def _create(tools: Toolchain, name: str, folder: Path) -> None:
    """Let kwokctl start the components, and look after them meanwhile: it waits two minutes for what is dead."""
    # Through a link in the folder, so that whatever is started from there is seen to belong to it.
    programs = folder / "programs"
    if not programs.exists():
        programs.symlink_to(tools.bin)
    command = [str(programs / "kwokctl"), "create", "cluster", "--name", name]
    command += ["--config", str(folder / "kwokctl.yaml"), "--kubeconfig", str(folder / "kubeconfig")]
    log = folder / "kwokctl.log"
    with (
        log.open("w") as output,
        subprocess.Popen(  # noqa: S603 - the binary that the toolchain built
            [*command, "--wait", f"{READY_WITHIN_SECONDS}s"],
            cwd=folder,
            # Nothing of the user's own: no kubeconfig, no kwok or kubectl of another version, no proxy.
            env={"PATH": str(programs), "HOME": str(folder), "KWOK_WORKDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone
        ) as process,
    ):
        try:
            _await(process, folder / "clusters" / name)
        finally:
            process.kill()
    problems = kwokctl_problems(log.read_text(errors="replace"))
    if process.returncode or problems:
        raise ControlPlaneError(f"kwokctl did not start the control plane: {problems or _end(log)}")


def _await(process: subprocess.Popen[bytes], home: Path) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while process.poll() is None:
        _check_started(home)
        if time.monotonic() > until:
            ends = _obituary(home / "logs", COMPONENTS)
            raise ControlPlaneError(f"the control plane is not ready after {READY_WITHIN_SECONDS} s: {ends}")
        time.sleep(LOOK_EVERY_SECONDS)
    _check_started(home)


def _check_started(home: Path) -> None:
    """Raise when a component that was started no longer runs."""
    pids = {file.stem: file.read_text() for file in (home / "pids").glob("*.pid")}
    if not pids:
        return
    running = leftovers.processes_in(home)
    dead = [name for name, pid in pids.items() if pid.isdecimal() and int(pid) not in running]
    if dead:
        ends = _obituary(home / "logs", dead)
        if TAKEN.search(ends):
            raise _PassingError(f"another program took a port that was free: {ends}")
        if TOO_SLOW in ends:
            raise _PassingError(f"the machine is too busy: {ends}")
        raise ControlPlaneError(f"the control plane died: {ends}")


def kwokctl_problems(log: str) -> str:
    """Return what kwokctl logged as an error; it exits with 0 even when the cluster never became ready."""
    found: list[str] = []
    for line in log.splitlines():
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if entry.get("level") in ("ERROR", "FATAL"):
            found.append(": ".join(str(entry[key]) for key in ("msg", "err") if entry.get(key)))
    return "; ".join(found)


def _obituary(logs: Path, names: Sequence[str]) -> str:
    return "\n".join(f"{name} ended; its log ends with\n{_end(logs / f'{name}.log')}" for name in names)


def _end(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  {line}" for line in lines[-LINES_OF_LOG:]) or "  (nothing)"
