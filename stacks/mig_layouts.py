"""Layouts of MIG by name, as nvidia-mig-parted calls those that it makes from the hardware: `all-1g.10gb`."""

from __future__ import annotations

from typing import Final

from catalogue.gpu_machines import load_gpu_machines
from stacks.closeness import listed

WHOLE: Final = "all-disabled"
"""The layout in which MIG is off."""


def layouts_of(machine: str) -> tuple[str, ...]:
    """Return the layouts that a machine's GPUs can have: off, or all of one profile, whose `+me` is spelled `.me`."""
    known = load_gpu_machines()
    gpu = known.gpus[known.machines[machine].gpu]
    return (WHOLE, *(f"all-{profile.replace('+', '.')}" for profile in gpu.mig_profiles))


def layout_fault(layout: str, machine: str) -> str | None:
    """Return what is wrong with a layout for a machine; None where the machine can have it."""
    if machine not in load_gpu_machines().machines:
        return f"catalogue/gpu-machines.yaml does not know '{machine}', so neither its layouts; leave it out"
    allowed = layouts_of(machine)
    if layout in allowed:
        return None
    gpu = load_gpu_machines().machines[machine].gpu
    if allowed == (WHOLE,):
        return f"the {gpu} of '{machine}' has no MIG; allowed: '{WHOLE}', or leave it out"
    return f"no layout of the {gpu} of '{machine}'; allowed: {listed(allowed)}"
