"""Go, as far as the toolchain needs it: found, checked for its version, and run on pinned modules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Where the official archive puts it; shells that are not interactive often lack it in PATH.
USUAL_PLACE: Final = Path("/usr/local/go/bin/go")
INSTEAD: Final = "install Go (https://go.dev/doc/install) or use an existing cluster with --kubeconfig"
LINES_SHOWN: Final = 12

# What of the environment may change the result, and is therefore set by us.
SETTINGS: Final = {
    "CGO_ENABLED": "0",  # the binaries run without the machine's C library, and no C compiler is needed
    "GO111MODULE": "on",
    "GOFLAGS": "-mod=readonly -buildvcs=false",  # go.sum is enforced
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
UNSET: Final = ("GOOS", "GOARCH", "GOEXPERIMENT", "GODEBUG")

# Go's own words, and what they mean to a user. The first that is found in the output is told.
MEANINGS: Final = (
    (r"no space left on device", "the disk is full"),
    (r"checksum mismatch|SECURITY ERROR|verifying .*: ", "a downloaded module is not what go.sum pins"),
    (r"signal: killed", "the compiler was killed, which is what happens when memory runs out"),
    (
        r"dial tcp|proxyconnect|no such host|connection refused|i/o timeout|TLS handshake|"
        r"server response|40[0-9] Forbidden|unexpected EOF|bad gateway|Service Unavailable",
        "the Go module proxy cannot be reached; GOPROXY chooses another",
    ),
)


class GoError(Exception):
    """Go is missing, too old, or did not do its work; the message is for users."""


@dataclass(frozen=True)
class Go:
    """A Go that is new enough, and how it is run."""

    binary: Path
    environment: Mapping[str, str]
    version: str

    def build(self, module: Path, package: str, output: Path, ldflags: str) -> None:
        """Build a package of a module's requirements. Raises `GoError` with the end of Go's output."""
        command = ["build", "-trimpath", "-ldflags", ldflags, "-o", str(output), package]
        self._run(command, module, f"{package} was not built")

    def download(self, module: Path, paths: Sequence[str]) -> dict[str, Path]:
        """Return the folders of required modules in Go's module cache. Raises `GoError`."""
        text = self._run(["mod", "download", "-json", *paths], module, f"{', '.join(paths)}: not downloaded")
        found: dict[str, Path] = {}
        decoder, position = json.JSONDecoder(), 0
        while position < len(text):
            entry: dict[str, Any]
            entry, position = decoder.raw_decode(text, position)
            found[entry["Path"]] = Path(entry["Dir"])
            position += len(text[position:]) - len(text[position:].lstrip())
        return found

    def _run(self, arguments: Sequence[str], folder: Path, failed: str) -> str:
        # A list of arguments, no shell; what is built is pinned by go.sum.
        with subprocess.Popen(  # noqa: S603 - see above
            [str(self.binary), *arguments],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process:
            try:
                output, errors = process.communicate()
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise GoError(f"{failed}: {explained(errors + output)}")
        return output


def explained(output: str) -> str:
    """Return the meaning of Go's output, where it is known, and its last lines."""
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("go: downloading ")]
    shown = "\n".join(f"  {line}" for line in lines[-LINES_SHOWN:])
    for pattern, meaning in MEANINGS:
        if re.search(pattern, output):
            return f"{meaning}\n{shown}"
    return f"go build failed\n{shown}"


def find_go(needed: str, cache: Path, purpose: str = "the simulated cluster", instead: str = INSTEAD) -> Go:
    """Return the Go on PATH or in its usual place. Raises `GoError` when there is none or it is older than needed."""
    found = shutil.which("go") or (str(USUAL_PLACE) if os.access(USUAL_PLACE, os.X_OK) else None)
    if found is None:
        raise GoError(f"{purpose} is built with Go {needed} or newer, and there is no Go here; {instead}")
    environment = _environment(cache)
    try:
        answer = subprocess.run(  # noqa: S603 - asks Go for its version
            [found, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise GoError(f"{found} does not run ({error}); {instead}") from None
    version = answer.stdout.strip().removeprefix("go")
    if numbers(version) < numbers(needed):
        raise GoError(f"Go {needed} or newer is needed, and {found} is {version or 'of no known version'}; {instead}")
    return Go(Path(found), environment, version)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a Go version, three of them: `1.26rc1` and `1.26` are both 1.26.0."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in match.groups()) if match else (0, 0, 0)


def _environment(cache: Path) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in UNSET} | SETTINGS
    if not environment.get("HOME"):
        # Without a home folder Go knows no place for its modules and objects.
        environment = {"GOPATH": str(cache / "go"), "GOCACHE": str(cache / "go-build")} | environment
    return environment
