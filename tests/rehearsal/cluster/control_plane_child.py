"""A process that runs a control plane until it is told otherwise: `control_plane_child.py FOLDER-OF-TOOLCHAIN`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rehearsal.cluster.control_plane import control_plane
from rehearsal.cluster.toolchain import Toolchain

if __name__ == "__main__":
    print("starting", flush=True)  # noqa: T201 - its parent waits for it
    with control_plane(Toolchain(Path(sys.argv[1]))) as plane:
        print(plane.folder, flush=True)  # noqa: T201 - its parent waits for it
        time.sleep(60)
