"""Double of dkms: builds nvidia for a kernel whose headers are there, or fails as a compiler does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tests.ansible.lab.doubles.boot import installed_kernels
from tests.ansible.lab.doubles.state import ended, here, installed_library, root, unanswered

BROKEN: Final = (
    "Error! Bad return status for module build on kernel: {kernel} (x86_64)\n"
    "Consult /var/lib/dkms/nvidia/{version}/build/make.log for more information."
)
SKIPPED: Final = (
    "Module build for kernel {kernel} was skipped since the\n"
    "kernel headers for this kernel do not seem to be installed."
)


def main() -> None:
    """Build for one kernel or for all; a kernel without headers is skipped with exit status 0, as dkms does."""
    state, arguments = here(), sys.argv[1:]
    state.record("dkms", *arguments)
    source = root() / "usr/src/nvidia/version"
    version = source.read_text().strip() if source.exists() else ""
    match arguments:
        case ["autoinstall"]:
            kernels = installed_kernels() or [str(state.get("kernel"))]
        case ["autoinstall", "-k", kernel]:
            kernels = [kernel]
        case ["status"]:
            built = {kernel: _module(kernel) for kernel in installed_kernels() if _module(kernel).exists()}
            ended(0, *(f"nvidia/{file.read_text().strip()}, {name}, x86_64: installed" for name, file in built.items()))
        case ["remove"]:
            for kernel in installed_kernels():
                _module(kernel).unlink(missing_ok=True)
            sys.exit(0)
        case ["--version"]:
            ended(0, f"dkms-{installed_library('dkms')}")
        case _:
            unanswered("dkms", arguments)
    if not version:
        sys.exit(0)
    for kernel in kernels:
        if not _headers(kernel).is_dir():
            print(SKIPPED.format(kernel=kernel))  # noqa: T201 - a program's answer
        elif state.failure("dkms") == "build-error":
            ended(10, BROKEN.format(kernel=kernel, version=version))
        else:
            _module(kernel).parent.mkdir(parents=True, exist_ok=True)
            _module(kernel).write_text(f"{version}\n")


def _headers(kernel: str) -> Path:
    return root() / "usr/src" / f"linux-headers-{kernel}"


def _module(kernel: str) -> Path:
    return root() / "usr/lib/modules" / kernel / "updates/dkms/nvidia-version"


if __name__ == "__main__":
    main()
