"""Xid events: what the driver wrote to the kernel's log about GPUs in trouble."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

# NVRM: Xid (PCI:0000:1b:00): 79, pid=1896, name=python3, GPU has fallen off the bus.
# nvidia-nvswitch0: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 32 LTSSM Fault Up
LINE = re.compile(
    r"(NVRM|nvidia-nvswitch\d*): (?P<kind>S?Xid) \(PCI:(?P<bus>[0-9a-fA-F:.]+)\): (?P<number>\d+), (?P<text>.*)"
)


def xid_events(log: str) -> list[dict[str, Any]]:
    """Return the events of a kernel log, one for each line that has one; SXid are NVSwitch's."""
    return [
        {"kind": match["kind"], "number": int(match["number"]), "bus_id": match["bus"], "text": match["text"].strip()}
        for match in map(LINE.search, log.splitlines())
        if match
    ]


def xid_faults(events: Iterable[dict[str, Any]], tolerated: Iterable[int]) -> list[str]:
    """Return events that no application caused, each once with its count; an event of NVSwitch is never tolerated."""
    ignored, counts = set(tolerated), dict[str, int]()
    for event in events:
        if event["kind"] == "SXid" or event["number"] not in ignored:
            said = f"{event['kind']} {event['number']} of {event['bus_id']}: {event['text']}"
            counts[said] = counts.get(said, 0) + 1
    return [f"{said} ({count} times)" if count > 1 else said for said, count in counts.items()]


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"xid_events": xid_events, "xid_faults": xid_faults}
