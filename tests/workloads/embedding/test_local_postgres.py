"""The local PostgreSQL: it serves, keeps or throws away its data, and leaves nothing, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from workloads.embedding import local_postgres as module
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.local_postgres import local_postgres
from workloads.faults import InputError

pytestmark = pytest.mark.xdist_group("pgvector")

SERVE = """
import sys
from pathlib import Path
from workloads.embedding.local_postgres import local_postgres
with local_postgres(Path(sys.argv[1]) if len(sys.argv) > 1 else None) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def socket_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def server_process(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    assert row is not None
    return int(row[0].split()[0])


def runs(process: int) -> bool:
    """Whether a process runs; one that is dead but was not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_has_pgvector_and_nobody_else_can_sign_in() -> None:
    with local_postgres() as url:
        folder, process = socket_folder(url), server_process(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE EXTENSION vector")
            row = connection.execute("SELECT '[1,2]'::halfvec <-> '[1,4]', current_setting('listen_addresses')")
            assert row.fetchone() == (2.0, "")
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
    assert not runs(process)


@pytest.fixture
def kept() -> Generator[Path]:
    """A folder that another user reaches, which those of pytest are not: root's server runs as another."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_folder_keeps_the_data(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FORMER_IS_TOLD_WITHIN_SECONDS", 0.1)
    with local_postgres(kept) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with local_postgres(kept) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        with pytest.raises(StoreUnavailableError, match=r"postmaster\.pid"), local_postgres(kept):
            pass
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_nothing_is_left_when_the_parent_is_killed(number: signal.Signals) -> None:
    parent = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    try:
        url = parent.stdout.readline().strip()
        process = server_process(url)
        assert runs(process)
        parent.send_signal(number)
        parent.wait(60)
        assert eventually(lambda: not runs(process) and not socket_folder(url).exists())
    finally:
        parent.kill()
        parent.communicate()


def test_server_that_does_not_start_says_why(kept: Path) -> None:
    data = kept / "postgresql"
    data.mkdir()
    data.joinpath("PG_VERSION").write_text("9.6\n")
    with (
        pytest.raises(StoreUnavailableError, match=r"does not start: it ended with status [12]:\n.*postgres"),
        local_postgres(kept),
    ):
        pass


def test_server_that_dies_without_a_word_is_told_from_a_slow_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in (("initdb", "exit 0"), ("postgres", "kill -KILL $$")):
        programs.joinpath(name).write_text(f"#!/bin/sh\n{script}\n")
        programs.joinpath(name).chmod(0o755)

    def found(*_: object) -> Path:
        return programs

    monkeypatch.setattr(module, "_programs", found)
    monkeypatch.setattr(module, "NOBODY", os.geteuid())  # who reaches the folder
    with pytest.raises(StoreUnavailableError, match="it ended with status 137"), local_postgres():
        pass


@pytest.mark.parametrize("moment", ["while the data folder is made", "while it serves"])
def test_killed_one_can_be_started_again_at_once(kept: Path, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # How soon the former one is told and ends is the machine's matter.
    monkeypatch.setattr(module, "FORMER_IS_TOLD_WITHIN_SECONDS", 60)
    monkeypatch.setattr(module, "FORMER_ENDS_WITHIN_SECONDS", 120)
    parent = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", SERVE, str(kept)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    slow_end = None
    try:
        if moment == "while it serves":
            process = server_process(parent.stdout.readline().strip())
            os.kill(process, signal.SIGSTOP)  # it is still there when the next one starts
            slow_end = threading.Timer(1.5, os.kill, (process, signal.SIGCONT))
            slow_end.start()
        else:
            assert eventually(lambda: any(kept.rglob("PG_VERSION")))
    finally:
        parent.kill()
        parent.communicate()
    with local_postgres(kept) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    if slow_end is not None:
        slow_end.join()


def test_environment_does_not_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    with local_postgres() as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "package_that_is_not_there")
    with pytest.raises(InputError, match=r"package_that_is_not_there.*local-search"), local_postgres():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_that_the_servers_user_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec(module.PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    installed = Path(spec.submodule_search_locations[0])
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    closed.joinpath(module.PACKAGE).symlink_to(installed)
    closed.joinpath(module.LIBRARIES).symlink_to(installed.parent / module.LIBRARIES)
    monkeypatch.syspath_prepend(str(closed))
    with local_postgres() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert socket_folder(url).joinpath("programs").exists()
