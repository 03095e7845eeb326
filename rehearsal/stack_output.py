"""The option `--output NAME=FILE`: a stack output as a file, as `pulumi stack output NAME --json` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rehearsal.bad_input import BadInputError
from rehearsal.phases import Rehearsal
from rehearsal.report.document import plain, write_json


def parsed(wanted: Iterable[str]) -> dict[str, Path]:
    """Return the files by the outputs' names; raises `BadInputError` before any work is done."""
    files: dict[str, Path] = {}
    for option in wanted:
        name, equals, path = option.partition("=")
        if not name or not equals or not path:
            raise BadInputError(f"--output {option}: allowed: NAME=FILE, such as gpu-hosts=platform.json")
        files[name] = Path(path)
        if not files[name].parent.is_dir():
            raise BadInputError(f"--output {option}: the folder {files[name].parent} does not exist")
    return files


def write(rehearsal: Rehearsal, files: Mapping[str, Path]) -> None:
    """Write the outputs; raises `BadInputError` for one that the program does not export.

    With faults an output may be missing or half known: nothing is written, so that an older file stays whole.
    """
    if rehearsal.faults:
        return
    for name, file in files.items():
        if name not in rehearsal.outputs:
            known = ", ".join(sorted(rehearsal.outputs)) or "none"
            raise BadInputError(f"--output {name}={file}: the program exports no such output; it exports {known}")
        write_json(file, plain(rehearsal.outputs[name]))
