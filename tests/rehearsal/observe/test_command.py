"""The command says what is missing, ends when it is told to, and leaves nothing running.

tests/observability/test_observe.py has what it does when all is well.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.observe.player import PLAYER
from tests.observability.observed import ended, left_of, started

SECONDS = 180


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "rehearsal.observe", "--no-browser", *options],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **environment},
    )


def programs(folder: Path, *names: str) -> str:
    """A PATH with nothing but these, which do nothing."""
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\nexit 3\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_without_prometheus_it_is_said_what_to_install(tmp_path: Path) -> None:
    done = run(PATH=programs(tmp_path / "bin"))
    assert done.returncode == 1
    assert done.stderr.startswith("there is no prometheus: install Debian's package prometheus")
    assert "Traceback" not in done.stderr


def test_without_alertmanager_it_is_said_what_to_install(tmp_path: Path) -> None:
    done = run(PATH=programs(tmp_path / "bin", "prometheus"))
    assert done.returncode == 1
    assert "there is no alertmanager: install Debian's package prometheus-alertmanager" in done.stderr


def test_a_taken_port_is_said_before_the_day_is_played() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "--port" in done.stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    done = run("--port", "0", "--keep", str(tmp_path))
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--port", "0", "--keep", str(tmp_path / "file" / "day"))
    assert done.returncode == 1
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_go_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the player was never built."""
    from rehearsal.cluster.go_build import GoError  # noqa: PLC0415 - read where it is changed

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("rehearsal.cluster.go_build.USUAL_PLACE", Path("/nowhere/go"))
    with pytest.raises(GoError, match=r"the player of the day is built with Go 1.*install Go"):
        PLAYER.ready()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--hours", "0"), "--hours"),
        (("--hours", "25"), "--hours"),
        (("--port", "70000"), "--port"),
        (("--until", "yesterday"), "--until"),
        (("--what",), "--what"),
    ],
)
def test_bad_options_are_refused(options: tuple[str, ...], said: str) -> None:
    done = run(*options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_while_it_plays_leaves_nothing(tmp_path: Path, signalled: signal.Signals) -> None:
    PLAYER.ready()
    kept = tmp_path / "kept"
    process = started(tmp_path, "--keep", str(kept))
    deadline = time.monotonic() + SECONDS
    try:
        while not (kept / "data.playing").exists():
            assert process.poll() is None, (tmp_path / "stderr").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        process.send_signal(signalled)
        status = ended(process)
    assert status == 130
    assert (tmp_path / "stderr").read_text() == ""
    assert not left_of(tmp_path)
