"""What a machine's doubles start from: its GPUs as the catalogue has them, all of them in order."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from catalogue.gpu_machines import load_gpu_machines

LINKS: Final = {"A100-40GB": 12, "A100-80GB": 12, "H100": 18, "H200": 18, "B200": 18, "B300": 18}
PCIE_GENERATION: Final = {"T4": 3, "A10G": 4, "L4": 4, "L40S": 4, "A100-40GB": 4, "A100-80GB": 4}
FABRIC_UNKNOWN: Final = ("A100-40GB", "A100-80GB")
"""nvidia-smi tells the fabric's state from Hopper on; A100 have NVSwitch and print N/A."""


def machine_state(machine: str, gpus: int | None = None, name: str = "host") -> dict[str, Any]:
    """Return the content of a host's state file; serial numbers and UUIDs follow from the host's name."""
    catalogue = load_gpu_machines()
    facts = catalogue.machines[machine]
    gpu = catalogue.gpus[facts.gpu]
    links = LINKS.get(facts.gpu, 0)
    one = {
        "name": gpu.product_names[0],
        "memory_mib": int(gpu.memory_gib * 1024),
        "vbios": "96.00.A5.00.01",
        "ecc": True,
        "volatile_uncorrectable": 0,
        "remap_pending": False,
        "remap_failure": False,
        "link_generation": PCIE_GENERATION.get(facts.gpu, 5),
        "link_generation_max": PCIE_GENERATION.get(facts.gpu, 5),
        "link_width": 16,
        "link_width_max": 16,
        "links": links,
        "links_down": 0,
        "mig_mode": "Disabled" if gpu.mig_profiles else "N/A",
    }
    identified = [one | _identity(name, index) for index in range(facts.gpus if gpus is None else gpus)]
    return {
        "machine": machine,
        "gpus": identified,
        "nvswitch": facts.nvswitch,
        "fabric_told": facts.nvswitch and facts.gpu not in FABRIC_UNKNOWN,
        "mig_mode_survives_boot": facts.gpu.startswith("A100"),
        "rdma_interfaces": facts.rdma_interfaces,
        "mig_profiles": {profile: facts.instances for profile, facts in gpu.mig_profiles.items()},
        "bus_bandwidth_gb_per_s": (facts.all_reduce_gb_per_s or 400) * 1.02,
        "kernel": "6.8.0-100-generic",
        "secure_boot": False,
        "enrolled_keys": [],
        "clients": [],
        "failures": {},
    }


def _identity(name: str, index: int) -> dict[str, str]:
    digest = hashlib.sha256(f"{name} {index}".encode()).hexdigest()
    uuid = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    return {
        "uuid": f"GPU-{uuid}",
        "serial": str(int(digest[:10], 16)),
        "bus_id": f"00000000:{0x1B + 16 * index:02X}:00.0",
    }
