"""What tests/conftest.py does, seen in a run of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]

TESTS = """
import pytest

@pytest.fixture(scope="session")
def server():
    print("begins")
    yield
    print("ends")

@pytest.fixture(scope="module")
def client(server):
    yield
    print("client ends")

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", [1, 2])
def test_one(client, number):
    print("one", number)

@pytest.mark.xdist_group("other")
def test_other():
    print("other")

def test_alone(server):
    print("alone")

def test_last(server):
    print("last")
"""


def test_a_groups_servers_end_with_it(tmp_path: Path) -> None:
    file = tmp_path / "test_groups.py"
    file.write_text(TESTS)
    said = ("begins", "one", "client ends", "ends", "other", "alone", "last")

    command = [sys.executable, "-m", "pytest", "-s", "-q", "-p", "tests.conftest", "-c", "/dev/null", str(file)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own program

    assert run.returncode == 0, run.stdout
    lines = [line.strip(".") for line in run.stdout.splitlines()]  # dots tell of tests that passed
    assert [line for line in lines if line.startswith(said)] == [
        *("begins", "one 1", "one 2", "client ends", "ends"),
        *("other", "begins", "alone", "last", "ends"),
    ]
