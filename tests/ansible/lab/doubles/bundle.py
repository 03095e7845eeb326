"""A double as one executable file: the program and what it imports of this folder, zipped behind a line for Python."""

from __future__ import annotations

import ast
import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
OURS: Final = "tests.ansible.lab.doubles"
FIRST_LINE: Final = b"#!/usr/bin/python3 -sEB\n"
MADE: Final = (2026, 11, 21, 0, 0, 0)


@cache
def bundle(name: str, version: str = "") -> bytes:
    """Return the program `doubles/<name>.py`, which starts in any host that has Python, and the version it tells."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for count in range(1, OURS.count(".") + 2):
            package = "/".join(OURS.split(".")[:count])
            archive.writestr(zipfile.ZipInfo(f"{package}/__init__.py", MADE), "")
        for module in sorted(_needed(name)):
            archive.writestr(zipfile.ZipInfo(f"{OURS.replace('.', '/')}/{module}.py", MADE), _source(module))
        start = f"import os\n\nos.environ['DOUBLE_VERSION'] = {version!r}\nfrom {OURS}.{name} import main\n\nmain()\n"
        archive.writestr(zipfile.ZipInfo("__main__.py", MADE), start)
    return FIRST_LINE + buffer.getvalue()


def _needed(name: str) -> set[str]:
    """The program's module and those of this folder that it imports, however deep."""
    found, waiting = set[str](), [name]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            imported = [node for node in ast.walk(ast.parse(_source(module))) if isinstance(node, ast.ImportFrom)]
            names = [node.module for node in imported if node.module]
            waiting += [name.rpartition(".")[2] for name in names if name.startswith(OURS)]
    return found


def _source(module: str) -> str:
    return (FOLDER / f"{module}.py").read_text()
