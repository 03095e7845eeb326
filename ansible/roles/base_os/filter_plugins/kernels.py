"""Which kernels a host has, from what lies in /boot."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

IMAGE = re.compile(r"^.*/vmlinuz-(\d+\.\d+\.\d+-\S+)$")
"""Not vmlinuz-0-rescue-..., which RHEL keeps for emergencies."""


def newest_kernel(files: Sequence[str]) -> str:
    """Return the release of the newest kernel, as `uname -r` says it; empty where there is none."""
    releases = [found[1] for found in map(IMAGE.match, files) if found]
    return max(releases, key=_order, default="")


def _order(release: str) -> list[tuple[int, str]]:
    """Numbers count as numbers: 6.8.0-149 comes after 6.8.0-95."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|[a-z]+", release)]


class FilterModule:
    """The filters of role base_os."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return them by name."""
        return {"newest_kernel": newest_kernel}
