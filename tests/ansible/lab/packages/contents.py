"""The files of a stand-in package: texts, doubles, real programs and links, with their modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ansible.lab.doubles.bundle import bundle
from tests.programs.go_program import PROGRAMS


@dataclass(frozen=True)
class Content:
    """A file as it lies in a package; a link has a target and no data."""

    data: bytes
    mode: int = 0o644
    target: str = ""


def content(path: str, source: Mapping[str, Any]) -> Content:
    """Return what a table's line describes. Raises `ValueError` on a line that says nothing known."""
    match dict(source):
        case {"text": str(text), **rest}:
            script = text.startswith("#!")
            return Content(text.encode(), int(rest.get("mode", 0o755 if script else 0o644)))
        case {"double": str(name)}:
            return Content(bundle(name), 0o755)
        case {"program": str(name)}:
            return Content(real_program(name).read_bytes(), 0o755)
        case {"link": str(target)}:
            return Content(b"", 0o777, target)
        case _:
            raise ValueError(f"{path}: {source} is no text, double, program or link")


def real_program(name: str) -> Path:
    """Return a program that is built from its Go module."""
    (program,) = (program for program in PROGRAMS if program.name == name)
    return program.ready()


def started(units: list[str] | tuple[str, ...]) -> str:
    """Return the shell lines by which a package enables and starts its units, where systemd runs."""
    if not units:
        return ""
    names = " ".join(units)
    return f"systemctl enable {names} >/dev/null 2>&1 || true\n" + (
        "if [ -d /run/systemd/system ]; then\n"
        "    systemctl daemon-reload\n"
        # A unit that can't start is no reason for a package not to be installed; the vendor's are so too.
        f"    systemctl restart {names} || true\nfi\n"
    )
