"""`rehearse drill` as a user runs it: whole runs of both drills for dev, bad input, and Ctrl-C.

The whole runs fetch no chart, so that they are the same without a network. Not proven: staging and prod, which differ
in figures only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster.leftovers import processes_in

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "rehearsal", "drill"]
WHOLE_RUN_SECONDS = 600


def rehearse(*arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def whole(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run a drill to its end and return its document."""
    file = tmp_path / "drill.json"
    result = rehearse(*arguments, "--offline", "--json", str(file), timeout=WHOLE_RUN_SECONDS)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return json.loads(file.read_text())


@pytest.mark.long  # the drills themselves: test_scale_out.py, test_spot_storm.py
@pytest.mark.usefixtures("tools")
def test_scale_out_of_dev_passes(tmp_path: Path) -> None:
    document = whole(tmp_path, "scale-out", "dev")
    assert document["ok"]
    assert document["figures"]["usd_per_hour"]["ratio"] <= 1.10
    assert document["figures"]["pods"]["added"] > 0
    assert document["figures"]["machines_bought"]


@pytest.mark.long
@pytest.mark.usefixtures("tools")
def test_spot_storm_of_dev_passes(tmp_path: Path) -> None:
    document = whole(tmp_path, "spot-storm", "dev", "--percent", "100")
    assert document["ok"]
    assert document["figures"]["spot_nodes"] == len(document["figures"]["interrupted"])
    floors = {each["model"]: each["floor"] for each in document["figures"]["models"]}
    fewest = {each["model"]: each["fewest_ready"] for each in document["figures"]["models"]}
    assert any(floors.values())
    assert all(fewest[model] >= floor for model, floor in floors.items())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scale-up", "dev"), "drill 'scale-up': there is no such drill; allowed: scale-out, spot-storm"),
        (("scale-out", "pord"), "stacks/Pulumi.pord.yaml: no such stack file; the stacks are: dev, prod, staging"),
        (("scale-out", "dev", "--model", "gpt"), "--model gpt: allowed: "),
        (("spot-storm", "dev", "--percent", "0"), "--percent 0: allowed: 1 to 100"),
        (("scale-out", "dev", "--speed", "1000"), "--speed 1000: allowed: 1 to 240"),
        (("scale-out", "dev", "--json", "missing/x.json"), "the folder missing does not exist"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",  # pyright: ignore[reportUnknownLambdaType] - a name
)
def test_bad_input_ends_with_two_before_the_work(arguments: tuple[str, ...], message: str) -> None:
    result = rehearse(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_the_drills_are_listed() -> None:
    result = rehearse("--list")
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["scale-out", "spot-storm"]


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("tools")
def test_an_interruption_leaves_nothing_running(tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": "200", "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "spot-storm", "dev", "--offline"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + WHOLE_RUN_SECONDS
    running: list[Path] = []
    try:
        while not running and time.monotonic() < until:
            assert process.poll() is None, process.communicate()
            time.sleep(0.2)
            running = list(tmp_path.glob("llm-platform-cluster-*/karpenter/karpenter.pid"))
        (folder,) = {file.parents[1] for file in running}
        assert processes_in(folder)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, output + errors
    assert output.splitlines()[-1] == "interrupted; nothing was left behind"
    assert "Traceback" not in errors
    assert not processes_in(folder)
    assert not list(tmp_path.glob("llm-platform-*"))
