"""What nvidia-smi says of a host's GPUs: its XML inventory read into plain values, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

# Exit statuses of nvidia-smi and of `timeout`, which it runs under, in words; what nvidia-smi printed follows them.
REFUSALS = {
    9: "no driver is loaded",
    15: "a GPU is lost: it fell off the bus, and only a reboot brings it back",
    18: "the loaded kernel module and the installed driver are of different versions: the host has to be rebooted",
    124: "nvidia-smi does not answer",
    127: "nvidia-smi is not installed",
    137: "nvidia-smi does not answer, not even to being stopped",
}
ABSENT = ("", "N/A", "[N/A]", "Requested functionality has been deprecated", "Not Supported")


def smi_inventory(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the driver's version and the GPUs that `nvidia-smi -q -x` printed, or `refusal`, why it did not."""
    status = int(answer.get("rc", 127))
    printed = str(answer.get("stdout", ""))
    if status:
        words = " ".join(f"{printed} {answer.get('stderr', '')}".split())
        why = REFUSALS.get(status, f"nvidia-smi ended with exit status {status}")
        return _refused(f"{why} ({words})" if words else why)
    try:
        root = ElementTree.fromstring(printed)  # noqa: S314 - the host's own driver printed it
    except ElementTree.ParseError as error:
        return _refused(f"nvidia-smi printed no XML: {error}")
    return {
        "driver_version": _text(root, "driver_version"),
        "gpus": [_gpu(element, index) for index, element in enumerate(root.iter("gpu"))],
        "clients": sorted({_text(process, "process_name") for process in root.iter("process_info")}),
        "refusal": "",
    }


def inactive_links(printed: str) -> dict[str, list[int]]:
    """Return for each GPU, by UUID, the NVLinks that `nvidia-smi nvlink --status` shows as down."""
    found: dict[str, list[int]] = {}
    uuid = ""
    for line in printed.splitlines():
        if header := re.match(r"GPU \d+: .*\(UUID: (\S+)\)", line):
            uuid = header[1]
        elif link := re.match(r"\s+Link (\d+): (.*)", line):
            found.setdefault(uuid, [])
            if not re.match(r"[\d.]+ GB/s", link[2]):
                found[uuid].append(int(link[1]))
    return found


def _refused(why: str) -> dict[str, Any]:
    return {"driver_version": "", "gpus": [], "clients": [], "refusal": why}


def _gpu(element: ElementTree.Element, index: int) -> dict[str, Any]:
    volatile = element.find("ecc_errors/volatile")
    counters = [] if volatile is None else [child for child in volatile if "uncorrectable" in child.tag]
    return {
        "index": index,
        "name": _text(element, "product_name"),
        "uuid": _text(element, "uuid"),
        "serial": _text(element, "serial"),
        "bus_id": _text(element, "pci/pci_bus_id") or str(element.get("id", "")),
        "vbios": _text(element, "vbios_version"),
        "persistence": _switched(_text(element, "persistence_mode")),
        "ecc": _switched(_text(element, "ecc_mode/current_ecc")),
        "uncorrectable": sum(_number(child.text) for child in counters),
        "remap_pending": _text(element, "remapped_rows/remapped_row_pending") == "Yes",
        "remap_failure": _text(element, "remapped_rows/remapped_row_failure") == "Yes",
        "recovery_action": _text(element, "gpu_recovery_action"),
        "mig": _text(element, "mig_mode/current_mig"),
        "mig_pending": _text(element, "mig_mode/pending_mig"),
        "fabric_state": _text(element, "fabric/state"),
        "fabric_status": _text(element, "fabric/status"),
        "link_width": _number(_text(element, "pci/pci_gpu_link_info/link_widths/current_link_width")),
        "link_width_max": _number(_text(element, "pci/pci_gpu_link_info/link_widths/max_link_width")),
        "link_generation": _number(_text(element, "pci/pci_gpu_link_info/pcie_gen/current_link_gen")),
        "link_generation_max": _number(_text(element, "pci/pci_gpu_link_info/pcie_gen/max_link_gen")),
    }


def _text(element: ElementTree.Element, path: str) -> str:
    """The text of an element, empty where the GPU or the driver has no such thing."""
    text = (element.findtext(path) or "").strip()
    return "" if text in ABSENT else text


def _switched(text: str) -> bool | None:
    return {"Enabled": True, "Disabled": False}.get(text)


def _number(text: str | None) -> int:
    digits = re.match(r"\d+", text or "")
    return int(digits[0]) if digits else 0


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"smi_inventory": smi_inventory, "inactive_links": inactive_links}
