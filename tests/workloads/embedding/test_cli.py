"""The command as a whole: faults become one message and their exit status, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from workloads.embedding import cli
from workloads.embedding.faults import StoreUnavailableError
from workloads.faults import AccessError, InputError, ProgramError


def status(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["embedding", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.run()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("fault", [InputError, StoreUnavailableError, AccessError, ProgramError])
def test_a_fault_is_one_message(
    fault: type[ProgramError], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise fault("url: [bold]nowhere[/bold] is wrong, " + "at length " * 20)

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command("fail")(fail)
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(cli, "COMMANDS", ())
    assert status() == fault.exit_status
    told = capsys.readouterr().err
    assert told.startswith("error: url: [bold]nowhere[/bold] is wrong")
    assert len(told.splitlines()) == 1


def test_every_command_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--help") == 0
    told = capsys.readouterr().out
    assert "ingest" in told
    assert status("ingest", "--help") == 0
    assert status("unknown") == 2


def test_python_m_starts_it(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "workloads.embedding", "ingest", str(tmp_path / "none.yaml")],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"error: {tmp_path}/none.yaml: No such file or directory\n"
