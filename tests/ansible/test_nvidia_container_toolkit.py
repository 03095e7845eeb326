"""The runtime nvidia in containerd's merged configuration, today and after nodeadm wrote its file again.

containerd and nvidia-ctk are the real programs; the CDI specification comes from a double, which has no NVML to ask.
"""

from __future__ import annotations

import pytest
import yaml

from tests.ansible.gpu_stack import DRIVER, KUBELET, MARKS, STACKS, Stack, done_by, failed, said
from tests.ansible.lab.doubles.nodeadm import CONTAINERD
from tests.ansible.role_filters import role_filters
from tests.ansible.roles import ANSIBLE, read

pytestmark = MARKS

DROP_IN = "/etc/containerd/config.d/99-nvidia.toml"
CONFIG = "/etc/containerd/config.toml"
SPEC = "/run/cdi/nvidia.yaml"
LISTED = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-11111111-2222-3333-4444-555555555555)
  MIG 1g.10gb     Device  0: (UUID: MIG-66666666-7777-8888-9999-aaaaaaaaaaaa)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-bbbbbbbb-2222-3333-4444-555555555555)
"""
GPUS = ["MIG-66666666-7777-8888-9999-aaaaaaaaaaaa", "GPU-bbbbbbbb-2222-3333-4444-555555555555"]
faults = role_filters("nvidia_container_toolkit", "cdi_spec")["nvidia_container_toolkit_cdi_faults"]


@pytest.mark.parametrize("name", STACKS)
def test_the_runtime_is_the_default_as_on_eks_gpu_nodes(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    assert stack.runtimes()["nvidia"]["options"]["BinaryName"] == "/usr/bin/nvidia-container-runtime"
    assert stack.runtimes()["nvidia"]["options"]["SystemdCgroup"]
    runtime = stack.merged()["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]
    assert runtime["default_runtime_name"] == "nvidia"
    assert 'mode = "cdi"' in stack.host.read("/etc/nvidia-container-runtime/config.toml")
    assert stack.host.run("systemctl is-enabled nvidia-cdi-refresh.path nvidia-cdi-refresh.service").returncode == 0


def test_what_an_earlier_installation_left_is_gone(ubuntu_stack: Stack) -> None:
    assert "Remove what earlier installations left" in done_by(
        ubuntu_stack.first, "nvidia_container_toolkit", "changed"
    )
    assert ubuntu_stack.host.run("test -e /etc/containerd/conf.d/99-nvidia.toml").returncode == 1


@pytest.mark.reported(
    "aws/karpenter-provider-aws#5974: whether containerd knew the GPUs' runtime was a matter of chance"
)
def test_the_runtime_outlives_a_second_run_of_nodeadm(ubuntu_stack: Stack) -> None:
    ubuntu_stack.host.write(CONFIG, CONTAINERD.format(pause="3.10"))
    assert "nvidia" in ubuntu_stack.runtimes()
    images = ubuntu_stack.merged()["plugins"]["io.containerd.cri.v1.images"]
    assert images["pinned_images"]["sandbox"] == "registry.example/eks/pause:3.10"


def test_the_vendors_way_loses_it_or_holds_nodeadm_back(ubuntu_stack: Stack) -> None:
    """Why the role doesn't call `nvidia-ctk runtime configure`: seen with the real one."""
    host, command = ubuntu_stack.host, "nvidia-ctk --quiet runtime configure --runtime=containerd"
    ours = host.read(DROP_IN)
    host.run(f"rm {DROP_IN}")
    host.write(CONFIG, CONTAINERD.format(pause="3.9"))
    assert host.run(command).returncode == 0
    assert "nvidia" in ubuntu_stack.runtimes()
    host.write(CONFIG, CONTAINERD.format(pause="3.10"))
    assert "nvidia" not in ubuntu_stack.runtimes()

    host.run("rm -r /etc/containerd/conf.d")
    host.write(CONFIG, CONTAINERD.format(pause="3.9"))
    assert host.run(f"{command} --drop-in-config={DROP_IN}").returncode == 0
    host.write(CONFIG, CONTAINERD.format(pause="3.10"))
    images = ubuntu_stack.merged()["plugins"]["io.containerd.cri.v1.images"]
    assert images["pinned_images"]["sandbox"] == "registry.example/eks/pause:3.9"

    # The role mends it, and a specification of another driver; containerd waits for an empty node.
    stale = host.read(SPEC).replace(DRIVER, "580.126.09")
    host.write(SPEC, stale)
    host.run(f"systemctl restart containerd; {KUBELET}")
    before = ubuntu_stack.pid("containerd")
    played = ubuntu_stack.play("nvidia_container_toolkit")
    after = ubuntu_stack.pid("containerd")
    host.run("systemctl stop kubelet; systemctl restart containerd")
    assert played.rc == 0, played.output[-4000:]
    assert played.changed() == ["Give containerd the runtime", "Make the specification anew"]
    assert host.read(DROP_IN) == ours
    assert DRIVER in host.read(SPEC)
    assert before == after
    assert "99-nvidia.toml" in said(played, "PENDING")[0]


def test_a_configuration_that_imports_nothing_is_told(ubuntu_stack: Stack) -> None:
    ubuntu_stack.host.write(CONFIG, 'disabled_plugins = ["cri"]\n')
    message = failed(ubuntu_stack.play("nvidia_container_toolkit")).message
    assert "config.toml imports nothing; it has to import /etc/containerd/config.d/*.toml" in message
    ubuntu_stack.host.write(CONFIG, 'version = 2\ndisabled_plugins = ["cri"]\n')
    message = failed(ubuntu_stack.play("container_runtime", entry="effective_config")).message
    ubuntu_stack.host.write(CONFIG, CONTAINERD.format(pause="3.10"))
    assert "containerd refuses the configuration of dgx-41" in message
    assert 'invalid disabled plugin URI "cri"' in message


def test_devices_that_are_not_told_are_not_compared(ubuntu_stack: Stack) -> None:
    for way, words in (
        ("no-answer", "has not answered within 120 seconds"),
        ("gpu-lost", "ended with status 15: Unable"),
    ):
        ubuntu_stack.host.double.fail("nvidia-smi", way)
        played = ubuntu_stack.play("nvidia_container_toolkit", entry="cdi")
        ubuntu_stack.host.double.heal()
        assert f"can't be compared with the devices: nvidia-smi {words}" in failed(played).message


def test_a_change_of_the_driver_ends_with_the_specification() -> None:
    last = read(ANSIBLE / "tasks" / "change_driver.yml")[-1]["ansible.builtin.include_role"]
    assert last == {"name": "nvidia_container_toolkit", "tasks_from": "cdi"}


def spec(*devices: str, driver: str = DRIVER) -> str:
    mounts = [{"hostPath": f"/usr/lib/x86_64-linux-gnu/libcuda.so.{driver}"}, {"hostPath": "/usr/bin/nvidia-smi"}]
    return yaml.safe_dump({"devices": [{"name": name} for name in devices], "containerEdits": {"mounts": mounts}})


def test_a_specification_is_current_by_driver_and_devices() -> None:
    assert faults(spec("0:0", "1", "all", *GPUS), DRIVER, LISTED) == []
    # A GPU with MIG on and no partition is rightly missing.
    assert faults(spec(GPUS[0]), DRIVER, LISTED) == []


@pytest.mark.parametrize(
    ("content", "said_of_it"),
    [
        ("", "there is no specification"),
        (spec(*GPUS, driver="580.126.09"), "libraries of driver 580.126.09, loaded is 580.178.04"),
        (spec(GPUS[1]), "its devices are GPU-bbbbbbbb; nvidia-smi lists GPU-bbbbbbbb, MIG-66666666"),
        (spec(*GPUS, "GPU-11111111-2222-3333-4444-555555555555"), "its devices are GPU-11111111, GPU-bbbbbbbb"),
    ],
)
def test_a_stale_specification_is_told_from_a_current_one(content: str, said_of_it: str) -> None:
    (fault,) = faults(content, DRIVER, LISTED)
    assert said_of_it in fault
