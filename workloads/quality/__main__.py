"""Entry of the `quality` command, also `python -m workloads.quality`."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command; an interruption is quiet even while the modules are still being imported."""
    try:
        from workloads.quality.cli import main as command  # noqa: PLC0415 - a moment's work, in which Ctrl-C may come

        command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
