"""`make toolchain`: builds the simulated cluster's programs, and says which versions they are."""

from __future__ import annotations

import argparse
import json
import sys

from rich.console import Console

from rehearsal.cluster.build_progress import BuildLines
from rehearsal.cluster.toolchain import Toolchain, ToolchainError, ready_toolchain
from rehearsal.cluster.toolchain_parts import BINARIES

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command: exit status 0 when everything is there, 1 when it cannot be built, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.cluster.toolchain", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print folder, programs and versions as JSON")
    options = parser.parse_args(arguments)
    # Progress goes to stderr, so that --json is alone on stdout.
    lines = BuildLines(Console(stderr=True))
    try:
        tools = ready_toolchain(lines)
    except ToolchainError as error:
        lines.stop()
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        lines.stop()
        print("interrupted; the next run goes on from here", file=sys.stderr)  # noqa: T201 - a command's answer
        sys.exit(INTERRUPTED)
    print(_as_json(tools) if options.json else _as_text(tools))  # noqa: T201 - a command's answer


def _as_json(tools: Toolchain) -> str:
    programs = {binary.name: str(tools.bin / binary.name) for binary in BINARIES}
    kubernetes = tools.kubernetes_version
    return json.dumps(
        {"folder": str(tools.folder), "kubernetes": kubernetes, "programs": programs, "versions": tools.versions},
        indent=1,
    )


def _as_text(tools: Toolchain) -> str:
    versions = tools.versions
    lines = [f"{binary.name:<28} {versions[binary.module]}" for binary in BINARIES]
    return "\n".join((*lines, f"ready in {tools.folder}"))
