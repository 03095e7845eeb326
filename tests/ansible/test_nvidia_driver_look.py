"""What the driver's role reads of a host, from texts and folders.

Not proved here: what programs answer; test_nvidia_driver.py has real dpkg and apt, doubles of nvidia-smi and mokutil.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from tests.ansible.roles import ANSIBLE, defaults, read


@pytest.fixture(scope="module")
def look() -> ModuleType:
    """The role's module for hosts."""
    file = ANSIBLE / "roles" / "nvidia_driver" / "library" / "nvidia_driver_look.py"
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_removed_packages_and_those_of_no_interest_are_left_out(look: ModuleType) -> None:
    listed = "nvidia-utils-580-server 580.178.04-0 half-configured\nnvidia-old 1 config-files\nvim 9 installed\n"
    assert look.packages(listed, "nvidia") == {
        "nvidia-utils-580-server": {"version": "580.178.04-0", "status": "half-configured"}
    }


def test_a_kernel_of_rpm_is_found_by_its_version(look: ModuleType) -> None:
    kernels = [f"kernel-core 0:{version} installed" for version in ("5.14.0-570.12.1.el9_6", "5.14.0-611.11.1.el9_7")]
    listed = "\n".join([*kernels, "vim 9 installed"])
    assert set(look.packages(listed, "^kernel-")) == {
        "kernel-core",
        "kernel-core-5.14.0-570.12.1.el9_6",
        "kernel-core-5.14.0-611.11.1.el9_7",
    }


def test_a_source_counts_only_outside_comments(look: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "cuda.list").write_text("deb https://developer.download.nvidia.com/compute/cuda/repos/x /\n")
    (tmp_path / "old.list").write_text("# deb https://developer.download.nvidia.com/compute/cuda/repos/x /\n")
    (tmp_path / "cuda.list.save").write_text("deb https://developer.download.nvidia.com/compute/cuda/repos/x /\n")
    assert look.sources(tmp_path, "compute/cuda/repos") == [str(tmp_path / "cuda.list")]


def test_an_initial_ram_disk_is_outdated_by_a_newer_file(look: ModuleType, tmp_path: Path) -> None:
    disk, settings = tmp_path / "initrd.img", tmp_path / "nvidia-driver.conf"
    assert look.age(disk, settings) == "absent"
    disk.touch()
    assert look.age(disk, settings) == "current"
    settings.touch()
    os.utime(disk, (1, 1))
    assert look.age(disk, settings) == "outdated"


def test_who_holds_gpus_without_using_them_is_no_client(look: ModuleType, tmp_path: Path) -> None:
    """As an upgrade leaves a drained node that broke off before its reboot; names are cut as the kernel cuts them."""
    ours = ("nv-fabricmanage", "nvidia-persiste", "nvsm_core", "dcgm-exporter", "nvidia-device-p", "gpu-feature-dis")
    for pid, name in enumerate((*ours, "python3"), start=4711):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
        (tmp_path / str(pid) / "fd" / "9").symlink_to("/dev/nvidia0")
    agents = ["nvidia-device-plugin", "gpu-feature-discovery"]
    assert look.holders(agents, tmp_path) == ["4717, python3"]
    assert look.holders([], tmp_path) == ["4715, nvidia-device-p", "4716, gpu-feature-dis", "4717, python3"]


def test_driver_and_mig_know_the_same_agents() -> None:
    """One list, and no role has a second one."""
    for role in ("nvidia_driver", "mig"):
        assert read(ANSIBLE / "group_vars" / "all" / f"{role}.yml")[f"{role}_agents"] == "{{ gpu_agents }}"
        assert defaults(role)[f"{role}_agents"] == []
    assert "nvidia-device-plugin" in read(ANSIBLE / "group_vars" / "all" / "gpu_agents.yml")["gpu_agents"]
