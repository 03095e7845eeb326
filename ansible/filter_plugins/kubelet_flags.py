"""Filter `kubelet_flags`: what kubelet is started with, so that it registers its Node as one of the group.

It stands beside the playbooks and not in a role: whoever joins a host needs it before the role cluster_node is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def kubelet_flags(labels: Mapping[str, str], taints: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the flags for labels and taints; for neither, none."""
    pairs = [f"{key}={value}" for key, value in sorted(labels.items())]
    words = [f"{taint['key']}{_value(taint)}:{taint['effect']}" for taint in taints]
    given = {"--node-labels": pairs, "--register-with-taints": words}
    return [f"{flag}={','.join(values)}" for flag, values in given.items() if values]


def _value(taint: Mapping[str, str]) -> str:
    return f"={taint['value']}" if taint.get("value") else ""


class FilterModule:
    """Ansible's way to the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the name that templates use."""
        return {"kubelet_flags": kubelet_flags}
