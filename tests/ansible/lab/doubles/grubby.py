"""Double of grubby: one entry, its kernel and its arguments."""

from __future__ import annotations

import sys

from tests.ansible.lab.doubles.state import ended, here, root, unanswered


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("grubby", *arguments)
    told = str(state.get("boot_arguments", "ro crashkernel=1G"))
    kernel = str(state.get("boot_kernel") or newest_kernel() or f"/boot/vmlinuz-{state.get('kernel')}")
    match arguments:
        case ["--info=DEFAULT"]:
            ended(0, "index=0", f'kernel="{kernel}"', f'args="{told}"', 'root="/dev/mapper/rhel-root"')
        case ["--update-kernel=ALL", added] if added.startswith("--args="):
            state.set("boot_arguments", f"{told} {added.removeprefix('--args=')}")
            ended(0)
        case [chosen] if chosen.startswith("--set-default="):
            path = chosen.removeprefix("--set-default=")
            if not (root() / path.lstrip("/")).exists():
                ended(1, f"The param {path} is incorrect")
            state.set("boot_kernel", path)
            ended(0, f"The default is {path} with index 0 and kernel {path}")
        case _:
            unanswered("grubby", arguments)


def newest_kernel() -> str:
    """What the installation of a kernel makes the default."""
    found = sorted((root() / "boot").glob("vmlinuz-*"), key=lambda file: file.stat().st_mtime_ns)
    return f"/boot/{found[-1].name}" if found else ""


if __name__ == "__main__":
    main()
