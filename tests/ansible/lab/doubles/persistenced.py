"""Double of nvidia-persistenced: holds the GPUs open in persistence mode unless it was told not to."""

from __future__ import annotations

import signal
import sys

from tests.ansible.lab.doubles.state import ended, here, unanswered


def main() -> None:
    """Run until stopped; the mode ends with the daemon."""
    state, arguments = here(), sys.argv[1:]
    state.record("nvidia-persistenced", *arguments)
    if unknown := {part for part in arguments if not part.startswith("--user")} - {
        "--verbose",
        "--persistence-mode",
        "--no-persistence-mode",
        "nvidia-persistenced",  # the value of `--user nvidia-persistenced`
    }:
        unanswered("nvidia-persistenced", sorted(unknown))
    if not state.loaded_version():
        ended(1, "nvidia-persistenced failed to initialize. Check syslog for more details.")
    on = "--no-persistence-mode" not in arguments
    flags = ("persistence", "clients/nvidia-persistenced") if on else ()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    try:
        for name in flags:
            state.raise_flag(name)
        signal.pause()
    finally:
        for name in flags:
            (state.run / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
