"""The hardware that doubles of GPU programs tell of: one JSON file per host, and beside it in /run what a boot forgets.

Programs inside a host and tests outside it use the same class, on the same file.
It runs in the host with the host's Python and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

STATE: Final = "var/lib/gpu-double/state.json"
RUN: Final = "run/gpu-double"

FAILURES: Final = {
    "aws_signing_helper": ("denied",),
    "all_reduce_perf": ("slow",),
    "ctr": ("no-such-device",),
    "dcgmi": ("test-fails", "test-skipped"),
    "dkms": ("build-error",),
    "fi_info": ("no-provider",),
    "nodeadm": ("activation-expired", "init-fails"),
    "nv-fabricmanager": ("version-mismatch", "never-completes"),
    "nvidia-mig-parted": ("busy", "mode-pending", "apply-does-nothing"),
    "nvidia-smi": ("library-mismatch", "no-driver", "gpu-lost", "no-answer"),
}
"""In which ways each program can be made to fail."""


class State:
    """A host's hardware, as far as the doubles tell of it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._calls = file.with_name("calls.jsonl")
        self.run = file.parents[3] / RUN

    def get(self, key: str, default: Any = None) -> Any:
        return self._read().get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.write({**self._read(), key: value})

    def set_gpu(self, index: int, **values: Any) -> None:
        """Change what one GPU is or counts."""
        gpus = self.get("gpus")
        gpus[index] |= values
        self.set("gpus", gpus)

    def fail(self, program: str, way: str) -> None:
        """Make a program fail in one of the vendor's ways from now on."""
        if way not in FAILURES.get(program, ()):
            raise ValueError(f"{program} does not know the failure {way}; it knows {FAILURES.get(program, ())}")
        self.set("failures", {**self.get("failures", {}), program: way})

    def heal(self, program: str | None = None) -> None:
        """Let a program, or all of them, work again."""
        failures = self.get("failures", {})
        self.set("failures", {name: way for name, way in failures.items() if program not in (None, name)})

    def failure(self, program: str) -> str:
        return self.get("failures", {}).get(program, "")

    def write(self, content: dict[str, Any]) -> None:
        """Replace the file in one step: programs read it at any time."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        beside.write_text(json.dumps(content, indent=1))
        beside.replace(self.file)

    def record(self, *call: str) -> None:
        """Remember that a program was called."""
        self._calls.parent.mkdir(parents=True, exist_ok=True)
        with self._calls.open("a") as file:
            file.write(json.dumps(call) + "\n")

    def calls(self, program: str = "") -> list[list[str]]:
        """Return the calls so far, each the program's name and its arguments."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [call for call in map(json.loads, lines) if program in ("", call[0])]

    def loaded_version(self) -> str:
        """The version of the loaded kernel module, empty without one."""
        file = self.run / "nvidia-version"
        return file.read_text().strip() if file.exists() else ""

    def flag(self, name: str) -> bool:
        """Whether a daemon left a sign that it runs; boots forget it."""
        return (self.run / name).exists()

    def raise_flag(self, name: str, text: str = "") -> None:
        file = self.run / name
        file.parent.mkdir(parents=True, exist_ok=True)
        # Not in the file's own folder: what lies in clients/ holds the GPUs.
        beside = self.run / f".{file.name}.{os.getpid()}"
        beside.write_text(text)
        beside.replace(file)

    def clients(self) -> list[str]:
        """Everything that holds the GPUs open: what a test says, and our own daemons that run."""
        folder = self.run / "clients"
        running = sorted(file.name for file in folder.iterdir() if _alive(file)) if folder.is_dir() else []
        return [*self.get("clients", []), *running]

    def _read(self) -> dict[str, Any]:
        return json.loads(self.file.read_text()) if self.file.exists() else {}


def here() -> State:
    """The state of the host that a program runs in; a test of a program names another root."""
    return State(root() / STATE)


def root() -> Path:
    """The root of the host that a program runs in."""
    return Path(os.environ.get("GPU_DOUBLE_ROOT", "/"))


def ended(code: int, *lines: str) -> NoReturn:
    """End with the vendor's exit status and words."""
    print(*lines, sep="\n")  # noqa: T201 - a program's answer
    sys.exit(code)


def unanswered(program: str, arguments: list[str]) -> NoReturn:
    """End because nobody said what the real program answers: a new call of a role must not look answered."""
    sys.exit(f"double of {program}: not answered: {' '.join(arguments)}")


def installed_library(of: str = "driver") -> str:
    """The version of the userspace that the host's packages brought."""
    file = root() / f"usr/share/gpu-double/{of}-version"
    return file.read_text().strip() if file.exists() else ""


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file, none of one that is absent."""
    if path.exists():
        yield from path.read_text().splitlines()


def _alive(file: Path) -> bool:
    pid = file.read_text().strip()
    return not pid.isdigit() or Path(f"/proc/{pid}").exists()
