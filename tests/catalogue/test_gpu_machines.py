"""GPUs and the machines that hold them. Not proved: that a figure is what the vendor says today."""

from pathlib import Path

import pytest
import yaml

from catalogue.data_file import CatalogueError
from catalogue.gpu_machines import GPU_MACHINES_FILE, load_gpu_machines, read_gpu_machines
from catalogue.instance_types import load_instance_types

# A GPU's MIG memory slices by the compute slices of its largest profile.
SLICES = {7: 8, 4: 4}


def test_ec2_machines_have_the_gpus_of_the_instance_catalogue() -> None:
    known = load_instance_types()
    machines = load_gpu_machines()
    for name, machine in machines.machines.items():
        if machine.kind == "ec2":
            accelerator = known[name].accelerator
            assert accelerator is not None
            assert (accelerator.count, known[name].efa_interfaces) == (machine.gpus, machine.rdma_interfaces), name
            assert machine.gpu.replace("-", " ").split(" ")[0] in accelerator.name, name


def test_every_gpu_type_with_dedicated_hosts_is_known() -> None:
    machines = load_gpu_machines().machines
    wanted = {
        name
        for name, kind in load_instance_types().items()
        if kind.dedicated_host and kind.accelerator and kind.accelerator.manufacturer == "nvidia"
    }
    # Arm machines with the T4g: the roles and the version set are for x86_64.
    assert wanted - set(machines) == {"g5g.16xlarge", "g5g.metal"}


@pytest.mark.parametrize("name", load_gpu_machines().gpus)
def test_mig_profiles_fit_the_gpu(name: str) -> None:
    profiles = load_gpu_machines().gpus[name].mig_profiles
    most = max((int(profile[0]) for profile in profiles), default=0)
    for profile, facts in profiles.items():
        assert facts.instances * int(profile[0]) <= most, profile
        assert facts.instances * facts.memory_slices <= SLICES[most], profile
        if profile.endswith("+me"):
            assert profile.removesuffix("+me") in profiles


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"machines": {"dgx-h100": {"gpu": "H900"}}}, "machines.dgx-h100.gpu: 'H900' is none of gpus"),
        ({"machines": {"dgx-h100": {"vcpus": None}}}, "a DGX system needs"),
        ({"machines": {"g5.48xlarge": {"vcpus": 192}}}, "stands in instance-types.yaml"),
        ({"gpus": {"H100": {"mig_profiles": {"one": {"instances": 7, "memory_slices": 1}}}}}, "one"),
        ({"gpus": {"H100": {"kernel_modules": ["closed"]}}}, "closed"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, change: dict[str, dict[str, dict[str, object]]], message: str) -> None:
    content = yaml.safe_load(GPU_MACHINES_FILE.read_text())
    for part, entries in change.items():
        for name, values in entries.items():
            content[part][name] |= values
    file = tmp_path / "gpu-machines.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(CatalogueError, match=message):
        read_gpu_machines(file)
