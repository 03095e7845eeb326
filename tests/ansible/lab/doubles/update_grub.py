"""Double of update-grub: reads GRUB's settings as grub-mkconfig does, and writes a menu of one entry."""

from __future__ import annotations

import subprocess
import sys

from tests.ansible.lab.doubles.state import ended, here, root, unanswered

SETTINGS = """
GRUB_CMDLINE_LINUX_DEFAULT='quiet splash'
for file in "$1/etc/default/grub" "$1"/etc/default/grub.d/*.cfg; do if [ -e "$file" ]; then . "$file"; fi; done
echo "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"
"""


def main() -> None:
    """Write the menu, and remember what the next boot is started with."""
    state = here()
    state.record("update-grub", *sys.argv[1:])
    if sys.argv[1:]:
        unanswered("update-grub", sys.argv[1:])
    told = subprocess.run(["sh", "-c", SETTINGS, "sh", root()], capture_output=True, text=True, check=True)  # noqa: S603, S607 - as grub-mkconfig reads them
    arguments = told.stdout.strip()
    menu = root() / "boot/grub/grub.cfg"
    menu.parent.mkdir(parents=True, exist_ok=True)
    menu.write_text(f"menuentry 'Ubuntu' {{\n\tlinux /boot/vmlinuz {arguments}\n}}\n")
    state.set("boot_arguments", arguments)
    ended(0, "done")


if __name__ == "__main__":
    main()
