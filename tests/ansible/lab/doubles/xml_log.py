"""The XML inventory that `nvidia-smi -q -x` prints: the elements that roles read, nested as the driver does."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final
from xml.sax.saxutils import escape

from tests.ansible.lab.doubles.state import State

HEAD: Final = '<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">'


def persistence(state: State) -> str:
    """On while the daemon runs in that mode."""
    return "Enabled" if state.flag("persistence") else "Disabled"


def fabric(state: State) -> dict[str, str]:
    """The fabric's state: registered once Fabric Manager runs."""
    if not state.get("fabric_told"):
        return {"state": "N/A", "status": "N/A"}
    if not state.flag("fabric-manager"):
        return {"state": "In Progress", "status": "N/A"}
    return {"state": "Completed", "status": "Success"}


def current_mig(state: State, gpu: dict[str, Any]) -> str:
    """On this GPU now; from Hopper on a boot forgets it."""
    if gpu["mig_mode"] == "N/A" or state.get("mig_mode_survives_boot"):
        return gpu["mig_mode"]
    return mig(state).get(gpu["uuid"], {}).get("mode", "Disabled")


def mig(state: State) -> dict[str, Any]:
    """The instances (and on Hopper and later the mode) of each GPU by UUID; a boot forgets them."""
    file = state.run / "mig.json"
    return json.loads(file.read_text()) if file.exists() else {}


def partitions(state: State, gpu: dict[str, Any]) -> list[tuple[str, str]]:
    """Profile and UUID of each of the GPU's instances; another layout has other UUIDs."""
    held: dict[str, int] = mig(state).get(gpu["uuid"], {}).get("devices", {})
    names = [profile for profile, count in sorted(held.items()) for _ in range(count)]
    seeds = [f"{gpu['uuid']} {names} {number}" for number in range(len(names))]
    return [
        (profile, f"MIG-{uuid.uuid5(uuid.NAMESPACE_OID, seed)}") for profile, seed in zip(names, seeds, strict=True)
    ]


def xml_log(state: State) -> str:
    """Return the whole document."""
    gpus = state.get("gpus")
    content: dict[str, Any] = {
        "driver_version": state.loaded_version(),
        "cuda_version": "13.0",
        "attached_gpus": len(gpus),
    }
    parts = [_element(name, value) for name, value in content.items()]
    parts += [f'<gpu id="{gpu["bus_id"]}">{_elements(_gpu(state, gpu, index))}</gpu>' for index, gpu in enumerate(gpus)]
    return f"{HEAD}\n<nvidia_smi_log>\n" + "\n".join(parts) + "\n</nvidia_smi_log>"


def _gpu(state: State, gpu: dict[str, Any], index: int) -> dict[str, Any]:
    mode = current_mig(state, gpu)
    errors = {
        "sram_correctable": 0,
        "sram_uncorrectable_parity": 0,
        "sram_uncorrectable_secded": 0,
        "dram_correctable": 0,
    }
    return {
        "product_name": gpu["name"],
        "product_architecture": gpu.get("architecture", "Hopper"),
        "persistence_mode": persistence(state),
        "mig_mode": {"current_mig": mode, "pending_mig": gpu.get("mig_pending", mode)},
        "serial": gpu["serial"],
        "uuid": gpu["uuid"],
        "minor_number": index,
        "vbios_version": gpu["vbios"],
        "fabric": fabric(state),
        "gpu_recovery_action": gpu.get("recovery_action", "None"),
        "pci": {
            "pci_bus_id": gpu["bus_id"],
            "pci_gpu_link_info": {
                "pcie_gen": {
                    "max_link_gen": gpu["link_generation_max"],
                    "current_link_gen": gpu["link_generation"],
                },
                "link_widths": {
                    "max_link_width": f"{gpu['link_width_max']}x",
                    "current_link_width": f"{gpu['link_width']}x",
                },
            },
        },
        "fb_memory_usage": {"total": f"{gpu['memory_mib']} MiB", "used": "0 MiB"},
        "ecc_mode": dict.fromkeys(("current_ecc", "pending_ecc"), "Enabled" if gpu["ecc"] else "Disabled"),
        "ecc_errors": {
            "volatile": errors | {"dram_uncorrectable": gpu["volatile_uncorrectable"]},
            "aggregate": errors | {"dram_uncorrectable": gpu["volatile_uncorrectable"]},
        },
        "remapped_rows": {
            "remapped_row_corr": 0,
            "remapped_row_unc": 1 if gpu["remap_pending"] else 0,
            "remapped_row_pending": "Yes" if gpu["remap_pending"] else "No",
            "remapped_row_failure": "Yes" if gpu["remap_failure"] else "No",
        },
        "processes": _processes(state) if index == 0 else {},
    }


def _processes(state: State) -> dict[str, Any]:
    return {"process_info": {"process_name": " ".join(state.get("clients"))}} if state.get("clients") else {}


def _elements(content: dict[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in content.items())


def _element(name: str, value: Any) -> str:
    inside = _elements(value) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inside}</{name}>"
