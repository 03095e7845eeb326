"""Prometheus and Alertmanager: found on this machine, started, and ended again."""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rehearsal.cluster.ports import ATTEMPTS, TAKEN, free_port
from rehearsal.observe.faults import ObserveError

READY_SECONDS: Final = 180
END_SECONDS: Final = 15
LINES_SHOWN: Final = 5


class _PortTakenError(ObserveError):
    pass


@dataclass(frozen=True)
class Programs:
    """Where they are."""

    prometheus: Path
    alertmanager: Path


def find_programs() -> Programs:
    """Return the installed programs. Raises `ObserveError`."""
    return Programs(
        _find("prometheus", "prometheus"), _find("prometheus-alertmanager", "prometheus-alertmanager", "alertmanager")
    )


def _find(package: str, *names: str) -> Path:
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise ObserveError(f"there is no {names[-1]}: install Debian's package {package} (`make observe` does), or its own")


@contextmanager
def running(
    name: str, command: Callable[[int], Sequence[str]], log: Path, environment: Mapping[str, str] | None = None
) -> Generator[int]:
    """A program until the end; `command` is given the port that it is to listen at. Raises `ObserveError`."""
    with ExitStack() as stack:
        for attempt in range(1, ATTEMPTS + 1):
            port = free_port()
            process = stack.enter_context(_started(command(port), log, environment))
            try:
                _await(name, process, log, f"http://127.0.0.1:{port}/-/ready")
            except _PortTakenError:
                if attempt == ATTEMPTS:
                    raise
            else:
                yield port
                return


@contextmanager
def _started(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None
) -> Generator[subprocess.Popen[bytes]]:
    with log.open("w") as output:
        # In a session of its own: Ctrl-C reaches us alone, and we end it.
        process = subprocess.Popen(  # noqa: S603 - a program that was found, with our own files
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, start_new_session=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(name: str, process: subprocess.Popen[bytes], log: Path, ready: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(ready, timeout=5):  # noqa: S310 - on this machine
                return
        except (urllib.error.URLError, OSError):
            ended = process.poll() is not None
            words = log.read_text(errors="replace")
            said = "\n".join(words.splitlines()[-LINES_SHOWN:])
            if ended:
                fault = _PortTakenError if TAKEN.search(words) else ObserveError
                raise fault(f"{name} ended with status {process.returncode}:\n{said}") from None
            if time.monotonic() > deadline:
                raise ObserveError(f"{name} was not ready in {READY_SECONDS} s:\n{said}") from None
            time.sleep(0.1)
