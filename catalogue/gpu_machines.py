"""GPUs and the machines that hold them: gpu-machines.yaml and its loader. Ansible reads the same file."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalogue.data_file import Record, read_yaml, validate

GPU_MACHINES_FILE = Path(__file__).parent / "gpu-machines.yaml"

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
Count = Annotated[int, Field(ge=1)]
KernelModules = Literal["open", "proprietary"]


class MigProfile(Record):
    """A share of a GPU that MIG makes."""

    instances: Count
    """How many of them one GPU holds when it holds nothing else."""
    memory_slices: Count


class Gpu(Record):
    """A GPU model."""

    product_names: Texts
    """As nvidia-smi names it."""
    memory_gib: Count
    minimum_driver_branch: Count
    kernel_modules: Annotated[tuple[KernelModules, ...], Field(strict=False, min_length=1)]
    mig_profiles: Mapping[Annotated[str, Field(pattern=r"^\dg\.\d+gb(\+me)?$")], MigProfile] = {}


class GpuMachine(Record):
    """A DGX system, or an EC2 instance type."""

    kind: Literal["dgx", "ec2"]
    gpu: Text
    gpus: Count
    nvswitch: bool = False
    """Whether its GPUs talk through NVSwitch, which needs Fabric Manager."""
    nvlsm: bool = False
    """Whether Fabric Manager needs the NVLink subnet manager beside it: NVLink 5."""
    rdma: Literal["doca", "efa"] | None = None
    rdma_interfaces: int = 0
    all_reduce_gb_per_s: Count | None = None
    product_name_pattern: Text | None = None
    """Regular expression of the firmware's product name; of DGX systems only."""
    vcpus: Count | None = None
    memory_gib: Count | None = None
    disk_gib: Count | None = None
    """The three are of DGX systems; those of an EC2 type stand in instance-types.yaml."""

    @model_validator(mode="after")
    def _own_machines_are_described(self) -> Self:
        own = (self.product_name_pattern, self.vcpus, self.memory_gib, self.disk_gib)
        if self.kind == "dgx" and None in own:
            raise ValueError("a DGX system needs product_name_pattern, vcpus, memory_gib and disk_gib")
        if self.kind == "ec2" and any(value is not None for value in own):
            raise ValueError("an EC2 type's size stands in instance-types.yaml")
        return self


class GpuMachines(Record):
    """The whole file."""

    date: date
    sources: Mapping[str, Text]
    gpus: Mapping[str, Gpu]
    machines: Mapping[str, GpuMachine]

    @model_validator(mode="after")
    def _gpus_are_known(self) -> Self:
        for name, machine in self.machines.items():
            if machine.gpu not in self.gpus:
                raise ValueError(f"machines.{name}.gpu: '{machine.gpu}' is none of gpus: {', '.join(self.gpus)}")
        return self


def read_gpu_machines(path: Path) -> GpuMachines:
    """A file of machines, validated; raises CatalogueError with every fault of it."""
    return validate(path, read_yaml(path), GpuMachines)


@cache
def load_gpu_machines() -> GpuMachines:
    """The machines that the project knows."""
    return read_gpu_machines(GPU_MACHINES_FILE)
