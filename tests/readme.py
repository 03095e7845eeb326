"""Keeps the output that the README shows the real one: `make readme` writes it, tests/test_readme.py compares it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=```text\n).*?(?=```)", re.DOTALL)
SECONDS = re.compile(r"\d+\.\d s")


def real_output() -> str:
    """Return what `make rehearse` prints, in a terminal 120 characters wide."""
    result = subprocess.run(
        [sys.executable, "-m", "rehearsal", "up", "dev"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def shown_output() -> str:
    """Return what the README shows."""
    return BLOCK.findall(README.read_text())[0]


def without_times(text: str) -> str:
    """Return a text whose durations don't differ from run to run."""
    return SECONDS.sub("0.0 s", text)


if __name__ == "__main__":
    output = real_output()
    README.write_text(BLOCK.sub(lambda _: output, README.read_text(), count=1))
