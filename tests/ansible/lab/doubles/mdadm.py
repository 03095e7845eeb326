"""Double of mdadm: an array is a name for a device of its own; the kernel of the lab's hosts can't join disks."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.ansible.lab.doubles.state import ended, here, unanswered

DEVICE = "/dev/md127"


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("mdadm", *arguments)
    match arguments:
        case ["--create", name, "--run", "--level=0", "--metadata=1.2", named, "--homehost=any", count, *members]:
            if count != f"--raid-devices={len(members)}" or name != f"/dev/md/{named.removeprefix('--name=')}":
                ended(2, f"mdadm: {count} and {named} don't fit {name} of {' '.join(members)}")
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).symlink_to(DEVICE)
            state.set("array", {"device": DEVICE, "members": members})
            ended(0, f"mdadm: array {name} started.")
        case _:
            unanswered("mdadm", arguments)


if __name__ == "__main__":
    main()
