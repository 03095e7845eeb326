"""Entry of the `rehearse` command, also `python -m rehearsal`."""

import gc
import sys

INTERRUPTED = 130
ALLOCATIONS = 200_000
"""After how many new objects Python looks for cycles: with its own 700 a quarter of a rehearsal is looking."""


def main() -> None:
    """Run the command; an interruption is quiet even while the modules are still being imported."""
    gc.set_threshold(ALLOCATIONS, 30, 30)
    try:
        from rehearsal.cli import run  # noqa: PLC0415 - a second's work, in which Ctrl-C may come

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
