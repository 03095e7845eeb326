"""Doubles run as single files, as packages bring them, in a folder that stands for a host's root."""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree

from tests.ansible.lab.doubles.bundle import bundle
from tests.ansible.lab.doubles.machine import machine_state
from tests.ansible.lab.doubles.state import STATE, State

DRIVER = "580.178.04"


class Double:
    """A host's root with its hardware, in which doubles run as single files, as packages bring them."""

    def __init__(self, root: Path, machine: str = "dgx-h100") -> None:
        self.root = root
        self.state = State(root / STATE)
        self.state.write(machine_state(machine))
        self.write("usr/share/gpu-double/driver-version", DRIVER)
        self.write("run/gpu-double/nvidia-version", DRIVER)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        file = self.root / "programs" / program
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(bundle(program, "1.0.20"))
            file.chmod(0o755)
        environment = {"GPU_DOUBLE_ROOT": str(self.root), "PATH": "/usr/bin:/bin"}
        return subprocess.run(  # noqa: S603 - a double
            [str(file), *arguments], capture_output=True, text=True, check=False, env=environment
        )

    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.run("nvidia_smi", "-q", "-x").stdout)  # noqa: S314 - our own double's
