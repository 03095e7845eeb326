"""What a boot does in a host of the lab: chooses the kernel, and loads the module that was built or packaged for it.

The hosts share the kernel of the machine that tests run on; roles therefore read the running kernel and the loaded
driver from files, and this program writes them, once a boot.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.ansible.lab.doubles.state import State, here, lines_of, root


def main() -> None:
    """Write the kernel's release and the loaded module's version."""
    state = here()
    shutil.rmtree(state.run, ignore_errors=True)
    kernel = chosen_kernel(state)
    state.raise_flag("kernel-release", f"{kernel}\n")
    state.raise_flag(
        "kernel-arguments", f"BOOT_IMAGE=/boot/vmlinuz-{kernel} {state.get('boot_arguments', 'ro quiet')}\n"
    )
    version, signed = module_version(kernel)
    if version and (signed or not state.get("secure_boot") or state.get("enrolled_keys")):
        state.raise_flag("nvidia-version", f"{version}\n")


def installed_kernels() -> list[str]:
    """Newest first."""
    names = [file.name.removeprefix("vmlinuz-") for file in (root() / "boot").glob("vmlinuz-*")]
    return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)], reverse=True)


def chosen_kernel(state: State) -> str:
    """The one that GRUB's setting names, else the newest, else the one that came with the machine."""
    wanted = ""
    for file in (root() / "etc/default/grub", *sorted((root() / "etc/default/grub.d").glob("*.cfg"))):
        for line in lines_of(file):
            if match := re.match(r"GRUB_DEFAULT=(.*)", line):
                wanted = match[1]
    installed = installed_kernels()
    named = [name for name in installed if name in wanted]
    return (named or installed or [str(state.get("kernel"))])[0]


def module_version(kernel: str) -> tuple[str, bool]:
    """The version that would load, and whether the distribution signed it: built modules go before packaged ones."""
    folder = root() / "usr/lib/modules" / kernel
    branch = "".join(lines_of(root() / "usr/share/gpu-double/branch"))
    for file, signed in ((folder / "updates/dkms/nvidia-version", False), *_packaged(folder, branch)):
        if file.exists():
            return file.read_text().strip(), signed
    return "", False


def _packaged(folder: Path, branch: str) -> list[tuple[Path, bool]]:
    """Of the packaged modules only the userspace's own branch has its modprobe settings."""
    return [(file, True) for file in sorted((folder / "kernel").glob(f"nvidia-{branch}*/nvidia-version")) if branch]


if __name__ == "__main__":
    main()
