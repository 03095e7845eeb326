"""Runs a PostgreSQL server for as long as somebody holds the other end of its standard input.

Run as a program, by its path and in isolated mode, so it imports the standard library alone. Death closes a pipe too:
whoever started the server may be killed with `kill -9`, and still nothing of it is left.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

STOPPED_WITHIN_SECONDS = 20.0


def guard(user: int, removed: Path | None, log: Path, command: list[str]) -> int:
    """Run a server as a user (-1: the present one) until the standard input ends; then stop it and remove a folder.

    Where the server ends by itself, its log is left for whoever started this. Returns the server's exit status,
    128 + n where signal n ended it.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Not SIG_IGN, which the server would inherit: it is stopped by signals.
        signal.signal(number, _go_on)
    identity: dict[str, Any] = {} if user < 0 else {"user": user, "group": user, "extra_groups": []}
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603 - the command is that of local_postgres
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **identity,
        )
    try:
        while server.poll() is None:
            ready, _, _ = select.select([sys.stdin], [], [], 0.5)
            if ready and not os.read(sys.stdin.fileno(), 4096):
                _stop(server)
                if removed is not None:
                    shutil.rmtree(removed, ignore_errors=True)
    finally:
        _stop(server)
    status = server.wait()
    return status if status >= 0 else 128 - status


def _go_on(*_: object) -> None:
    pass


def _stop(server: subprocess.Popen[Any]) -> None:
    # "fast" first (connections are cut, the data written out), then "immediate", then nothing is asked any more.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(STOPPED_WITHIN_SECONDS)


if __name__ == "__main__":
    sys.exit(guard(int(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None, Path(sys.argv[3]), sys.argv[4:]))
