"""Double of what nvidia-cdi-refresh.service runs: writes the GPUs' CDI specification, for which the real one asks NVML.

Like the real one it does not hear of MIG: the specification names what was there when it ran.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from tests.ansible.lab.doubles.nvidia_smi import refuse
from tests.ansible.lab.doubles.state import here, unanswered
from tests.ansible.lab.doubles.xml_log import partitions

SPECIFICATION = "run/cdi/nvidia.yaml"


def main() -> None:
    """Write one device per GPU or MIG instance, by index and UUID, and one for all."""
    state, arguments = here(), sys.argv[1:]
    state.record("nvidia-cdi-refresh", *arguments)
    if arguments:
        unanswered("nvidia-cdi-refresh", arguments)
    refuse(state)
    nodes: dict[str, list[dict[str, str]]] = {}
    for index, gpu in enumerate(state.get("gpus")):
        node = {"path": f"/dev/nvidia{index}"}
        instances = [uuid for _, uuid in partitions(state, gpu)]
        names = [f"{index}:{number}" for number in range(len(instances))] + instances or [str(index), gpu["uuid"]]
        nodes |= {name: [node] for name in names}
    nodes["all"] = [{"path": f"/dev/nvidia{index}"} for index in range(len(state.get("gpus")))]
    devices: list[dict[str, Any]] = [
        {"name": name, "containerEdits": {"deviceNodes": paths}} for name, paths in nodes.items()
    ]
    file: Path = state.run.parents[1] / SPECIFICATION
    file.parent.mkdir(parents=True, exist_ok=True)
    library = f"/usr/lib/x86_64-linux-gnu/libcuda.so.{state.loaded_version()}"
    edits = {"mounts": [{"hostPath": library, "containerPath": library, "options": ["ro", "nosuid", "nodev", "bind"]}]}
    document = {"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "devices": devices, "containerEdits": edits}
    file.write_text(yaml.safe_dump(document, sort_keys=False))


if __name__ == "__main__":
    main()
