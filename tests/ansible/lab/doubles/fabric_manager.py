"""Double of nv-fabricmanager: starts when its version is exactly the loaded driver's, and the fabric then completes."""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

from tests.ansible.lab.doubles.state import ended, here, installed_library, unanswered

OTHER: Final = (
    "fabric manager NVIDIA GPU driver interface version {} don't match with driver version {}. "
    "Please update with matching NVIDIA driver package."
)


def main() -> None:
    """Check, then stay as a daemon."""
    state, arguments = here(), sys.argv[1:]
    state.record("nv-fabricmanager", *arguments)
    version, loaded, failure = (
        installed_library("fabric-manager"),
        state.loaded_version(),
        state.failure("nv-fabricmanager"),
    )
    if arguments == ["--version"]:
        ended(0, f"Fabric Manager version is : {version}")
    if arguments != ["-c", "/usr/share/nvidia/nvswitch/fabricmanager.cfg"]:
        unanswered("nv-fabricmanager", arguments)
    if not loaded or not state.get("nvswitch"):
        ended(
            1,
            "request to query NVSwitch device information from NVSwitch driver failed with error:WARNING Nothing to do",
        )
    if failure == "version-mismatch" or version != loaded:
        ended(1, OTHER.format(version, loaded))
    if child := os.fork():
        state.raise_flag("fabric-manager.pid", str(child))
        state.raise_flag("clients/nv-fabricmanager", str(child))
        if failure != "never-completes":
            state.raise_flag("fabric-manager")
        sys.exit(0)
    os.setsid()
    signal.pause()


if __name__ == "__main__":
    main()
