"""DGX systems as the kind of machine that nodes are made of: what catalogue/gpu-machines.yaml says of them."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

from catalogue.gpu_machines import load_gpu_machines
from catalogue.instance_types import Accelerator, InstanceType, QuotaFamily, Source

PODS: Final = 110
"""The kubelet's own limit, which hybrid nodes have.
https://kubernetes.io/docs/setup/best-practices/cluster-large/"""


@cache
def own_machine(name: str) -> InstanceType | None:
    """Return a DGX system as if AWS sold it, without a price; None for what is none."""
    known = load_gpu_machines()
    machine = known.machines.get(name)
    if machine is None or machine.vcpus is None or machine.memory_gib is None:
        return None
    gpu = known.gpus[machine.gpu]
    return InstanceType(
        name=name,
        vcpus=machine.vcpus,
        memory_gib=float(machine.memory_gib),
        architecture="x86_64",
        accelerator=Accelerator(
            name=machine.gpu, manufacturer="nvidia", count=machine.gpus, memory_gib=float(gpu.memory_gib)
        ),
        local_nvme_gb=0,
        efa_interfaces=0,
        network_cards=1,
        first_efa_card=None,
        pods_with_prefix_delegation=PODS,
        dedicated_host=False,
        usage_classes=("on-demand",),
        quota_family=QuotaFamily(name="none", code="L-00000000", spot_code=None),
        on_demand_usd_per_hour=None,
        price_missing_because="is one's own",
        facts_source=Source(date=date(2026, 11, 21), url="catalogue/gpu-machines.yaml"),
    )


def own_disk_gib(name: str) -> int:
    """Return the size of a DGX system's root disk."""
    return load_gpu_machines().machines[name].disk_gib or 0


def gpu_resources(machine: str, layout: str | None) -> dict[str, str] | None:
    """Return the extended resources that a layout of MIG makes of a machine's GPUs; None where they are whole.

    The device plugin's strategy `mixed` names a share after its profile, and offers no whole GPU beside it.
    https://github.com/NVIDIA/k8s-device-plugin
    """
    if layout is None or layout == "all-disabled":
        return None
    known = load_gpu_machines()
    described = known.machines[machine]
    profile = layout.removeprefix("all-")
    instances = known.gpus[described.gpu].mig_profiles[profile.replace(".me", "+me")].instances
    return {"nvidia.com/gpu": "0", f"nvidia.com/mig-{profile}": str(described.gpus * instances)}
