"""Double of `ctr run`, which needs a kernel of its own and GPUs: a container of a host's image that is given GPUs.

Everything else that ctr is asked goes to the real one beside it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.ansible.lab.doubles.state import State, ended, here, root, unanswered

REAL = "/usr/lib/gpu-double/ctr"


def main() -> None:
    """Run nvidia-smi with the devices of the CDI specification; anything but that call is not for this program."""
    state, arguments = here(), sys.argv[1:]
    state.record("ctr", *arguments)
    match arguments:
        case ["--namespace", _, "run", "--rm", "--device", device, image, _, "nvidia-smi", "-L"]:
            run(state, device, image)
        case ["--namespace", _, "image", "ls", "--quiet", name] if name.startswith("name=="):
            if name.removeprefix("name==") in state.get("images", []):
                ended(0, name.removeprefix("name=="))
        case [*_, "run", _] | ["run", *_]:
            unanswered("ctr", arguments)
        case _:
            pass
    os.execv(REAL, ["ctr", *arguments])  # noqa: S606 - the program that this one stands before


def run(state: State, device: str, image: str) -> None:
    """List the GPUs that the device injects."""
    kind, _, name = device.partition("=")
    if image not in state.get("images", []):
        ended(1, f'ctr: image "{image}": not found')
    devices = {str(known["name"]): known for known in specified(kind)}
    if name not in devices or state.failure("ctr") == "no-such-device":
        ended(1, f"ctr: CDI device injection failed: unresolvable CDI devices {device}")
    for index, gpu in enumerate(state.get("gpus")[: len(devices[name]["containerEdits"]["deviceNodes"])]):
        print(f"GPU {index}: {gpu['name']} (UUID: {gpu['uuid']})")  # noqa: T201 - a program's answer
    sys.exit(0)


def specified(kind: str) -> list[dict[str, Any]]:
    """The devices of a kind in the specifications of both of CDI's folders."""
    folders = (root() / "etc/cdi", root() / "run/cdi")
    files: list[Path] = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))]
    documents = [yaml.safe_load(file.read_text()) for file in files]
    return [device for document in documents if document.get("kind") == kind for device in document["devices"]]


if __name__ == "__main__":
    main()
