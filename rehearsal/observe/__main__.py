"""Entry of `python -m rehearsal.observe`."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command; an interruption is quiet even while the modules are still being imported."""
    try:
        from rehearsal.observe.command import run  # noqa: PLC0415 - a second's work, in which Ctrl-C may come

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
