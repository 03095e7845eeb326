"""A stand-in for the `go` command: writes programs that say their name, and notes down what it was asked."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

SCRIPT = """#!{python} -SE
import json, os, pathlib, sys, time
here = pathlib.Path({folder!r})
arguments = sys.argv[1:]
with (here / "calls").open("a") as calls:
    settings = {{key: os.environ.get(key) for key in {noted!r}}}
    calls.write(json.dumps({{"arguments": arguments, "folder": os.getcwd(), "settings": settings}}) + chr(10))
if arguments[0] == "env":
    print({version!r})
elif arguments[0] == "build":
    time.sleep({seconds!r})
    if arguments[-1].endswith({broken!r}):
        sys.exit({words!r})
    output = pathlib.Path(arguments[arguments.index("-o") + 1])
    output.write_text("#!/bin/sh" + chr(10))
    output.chmod(0o755)
else:
    for module in arguments[3:]:
        print(json.dumps({{"Path": module, "Dir": str(here / "modules" / module)}}))
"""
NOTED = ("CGO_ENABLED", "GOFLAGS", "GOPATH", "GOTOOLCHAIN", "GOWORK")
NEVER = "no such package"


class FakeGo:
    """A folder for PATH with the command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.behave()

    def behave(self, *, version: str = "go1.99.0", broken: str = NEVER, words: str = "", seconds: float = 0) -> None:
        """Say what the command is to do: `broken` is the end of a package's path that does not build."""
        go = self.folder / "go"
        go.write_text(
            SCRIPT.format(
                python=sys.executable,
                folder=str(self.folder),
                noted=NOTED,
                version=version,
                seconds=seconds,
                broken=broken,
                words=words,
            )
        )
        go.chmod(go.stat().st_mode | stat.S_IXUSR)

    def carries(self, module: str, kind: str, *files: str) -> None:
        """Let a module carry files of one kind."""
        for file in files:
            path = self.folder / "modules" / module / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"kind: {kind}\n")

    @property
    def calls(self) -> list[dict[str, object]]:
        """All calls so far."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def built(self) -> list[str]:
        """The packages of all builds so far."""
        return [arguments[-1] for call in self.calls if (arguments := list(map(str, _list(call))))[0] == "build"]


def _list(call: dict[str, object]) -> list[object]:
    arguments = call["arguments"]
    assert isinstance(arguments, list)
    return arguments
