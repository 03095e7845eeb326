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
PLACEMENT = re.compile(r"^placement\n.*?(?=^not rendered)", re.DOTALL | re.MULTILINE)
"""What does not depend on the charts that can be reached."""


def real_output(*options: str) -> str:
    """Return what `rehearse up dev` prints, in a terminal 120 characters wide."""
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "rehearsal", "up", "dev", *options],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def real_placement() -> str:
    """Return where every pod lands, as `rehearse up dev --cluster` prints it."""
    return PLACEMENT.findall(real_output("--cluster", "--offline"))[0].rstrip() + "\n"


def shown_blocks() -> list[str]:
    """Return what the README shows: the rehearsal's output, and the placement."""
    return BLOCK.findall(README.read_text())


def without_times(text: str) -> str:
    """Return a text whose durations don't differ from run to run."""
    return SECONDS.sub("0.0 s", text)


if __name__ == "__main__":
    outputs = iter((real_output(), real_placement()))
    README.write_text(BLOCK.sub(lambda _: next(outputs), README.read_text()))
