"""Double of nv-hostengine: holds the GPUs open while it runs, which is what stands in the way of a reset."""

from __future__ import annotations

import os
import signal
import sys

from tests.ansible.lab.doubles.state import ended, here, unanswered


def main() -> None:
    """Run in the foreground until stopped, as the unit starts it."""
    state, arguments = here(), sys.argv[1:]
    state.record("nv-hostengine", *arguments)
    if arguments != ["-n", "--service-account", "nvidia-dcgm"]:
        unanswered("nv-hostengine", arguments)
    if not state.loaded_version():
        ended(1, "Err: Failed to start DCGM Server: -9")
    (state.run / "dcgm.json").unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    try:
        state.raise_flag("clients/nv-hostengine", str(os.getpid()))
        signal.pause()
    finally:
        (state.run / "clients/nv-hostengine").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
