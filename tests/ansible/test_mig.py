"""MIG layouts: refused while they may not be made, made and seen to be there, and made again by the next boot.

nvidia-mig-parted and nvidia-smi are doubles with the vendors' failures. That GPUs really are reset is not proved here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ansible.control_plane import Cluster
from tests.ansible.gpu_stack import KUBELET, MARKS, STACKS, Stack, failed, said

pytestmark = MARKS

HALF: dict[str, Any] = {
    "half": [
        {"devices": [0, 1, 2, 3], "mig_devices": {"1g.10gb": 7}},
        {"devices": [4, 5, 6, 7], "mig_devices": {}},
    ]
}
LABELLING = "Label the Node for the agents that hold GPUs"
SETTINGS = "/etc/systemd/system/nvidia-mig-manager.service.d/override.conf"
DRAINED: dict[str, Any] = {"mig_drained": "true", "mig_change_allowed": "true"}


@pytest.fixture
def node(ubuntu_stack: Stack) -> Iterator[Stack]:
    """The Ubuntu host as a node in service, with all doubles in order again afterwards."""
    ubuntu_stack.host.run(KUBELET)
    yield ubuntu_stack
    ubuntu_stack.host.run("systemctl stop kubelet")
    ubuntu_stack.host.double.heal()


def partitions(stack: Stack) -> int:
    return len([line for line in stack.lines("nvidia-smi -L") if "MIG" in line])


@pytest.mark.parametrize("name", STACKS)
def test_a_new_host_gets_its_layout(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    assert partitions(stack) == 56
    assert f"{stack.host.read('/run/cdi/nvidia.yaml').count('MIG-')}" == "56"


@pytest.mark.reported("NVIDIA/mig-parted#19: kubelet was stopped under running pods for a change of the layout")
def test_a_node_in_service_is_left_alone(node: Stack) -> None:
    other: dict[str, Any] = {"mig_layout": "all-3g.40gb"}
    message = failed(node.play("mig", **other)).message
    assert "dgx-41 has another MIG layout than all-3g.40gb, and kubelet runs" in message
    assert "mig_drained (is False) and mig_change_allowed (is False)" in message
    # Nor does the next boot bring about what was refused.
    assert "all-1g.10gb" in node.host.read(SETTINGS)
    assert partitions(node) == 56

    node.host.run("touch /dev/nvidia0; systemd-run --unit=train sh -c 'exec 9</dev/nvidia0; exec sleep infinity'")
    pid = node.pid("train")
    played = node.play("mig", **other, **DRAINED, mig_deferral="report")
    node.host.run("systemctl stop train; rm /dev/nvidia0")
    assert (played.rc, played.changed()) == (0, []), played.output[-4000:]
    (pending,) = said(played, "PENDING")
    assert f"the GPUs are held by sleep (process {pid} of train.service)" in pending


def test_a_driver_that_hangs_is_said_so(node: Stack) -> None:
    node.host.double.fail("nvidia-smi", "no-answer")
    message = failed(node.play("mig", mig_layout="all-3g.40gb", **DRAINED)).message
    assert message.startswith("dgx-41: nvidia-smi has not answered within 120 seconds; the driver hangs")
    planned = node.play("mig", entry="plan", mig_layout="all-3g.40gb")
    plan = planned.task("Compare").result["ansible_facts"]["mig_plan"]
    assert plan["installed"] == "unknown: the driver or nvidia-mig-parted doesn't answer"


@pytest.mark.reported("NVIDIA/mig-parted#9, #18: success is told while the mode is pending or no partition is there")
@pytest.mark.parametrize(
    ("way", "words"),
    [
        (
            "busy",
            "ended with status 1, and layout all-3g.40gb is not there. It said: The following GPUs could not be reset",
        ),
        (
            "apply-does-nothing",
            "ended with status 0, and layout all-3g.40gb is not there. It said: MIG configuration applied",
        ),
        ("mode-pending", "Enabled, pending Disabled) is set and not in force; the GPU needs a reset"),
    ],
)
def test_a_failed_change_is_told_and_services_run_again(node: Stack, way: str, words: str) -> None:
    node.host.double.fail("nvidia-mig-parted", way)
    layout = "all-disabled" if way == "mode-pending" else "all-3g.40gb"
    played = node.play("mig", mig_layout=layout, **DRAINED)
    gpus = node.host.double.get("gpus")
    node.host.double.set("gpus", [{key: gpu[key] for key in gpu if key != "mig_pending"} for gpu in gpus])
    assert words in failed(played).message
    assert "Start the services again, whatever happened" in played.changed()
    assert node.host.run("systemctl is-active nvidia-dcgm").returncode == 0


@pytest.mark.reported("NVIDIA/gpu-operator#118: a daemon that holds the GPUs keeps them from being reset")
def test_a_declared_layout_is_made_and_comes_back_with_a_boot(node: Stack, cluster: Cluster) -> None:
    cluster.nodes("dgx-41", cordoned=True)
    in_cluster: dict[str, Any] = {"mig_kubernetes_node": "dgx-41", "mig_kubernetes_kubeconfig": str(cluster.kubeconfig)}
    played = node.play("mig", mig_layout="half", mig_layouts=HALF, **DRAINED, **in_cluster)
    assert played.rc == 0, played.output[-5000:]
    # The DaemonSets that hold GPUs are sent away by their label for the change, and called back.
    labelled = [task.result["result"]["metadata"]["labels"] for task in played.tasks if task.name == LABELLING]
    cluster.clear()
    assert [labels["nvidia.com/gpu.present"] for labels in labelled] == ["false", "true"]
    assert partitions(node) == 28
    assert node.host.read("/run/cdi/nvidia.yaml").count("MIG-") == 28
    assert node.host.run("systemctl is-active nvidia-dcgm").returncode == 0
    assert node.host.run("systemctl is-enabled nvidia-mig-manager").returncode == 0
    # A boot forgets partitions, and starts the service before anybody holds the GPUs.
    node.host.run("systemctl stop nvidia-dcgm; rm /run/gpu-double/mig.json")
    assert partitions(node) == 0
    # Asked for together, as a boot does, the specification is made last.
    asked = "[Unit]\nWants=nvidia-cdi-refresh.service nvidia-mig-manager.service nvidia-dcgm.service\n"
    node.host.write("/run/systemd/system/like-a-boot.target", asked)
    node.host.run("rm /run/cdi/nvidia.yaml; systemctl stop nvidia-cdi-refresh; systemctl daemon-reload")
    after = node.lines("systemctl show --property=After --value nvidia-cdi-refresh")[0].split()
    assert "nvidia-mig-manager.service" in after
    assert node.host.run("systemctl start like-a-boot.target").returncode == 0
    assert partitions(node) == 28
    assert node.host.read("/run/cdi/nvidia.yaml").count("MIG-") == 28


def test_a_layout_is_planned_and_one_that_does_not_fit_is_refused(ubuntu_stack: Stack) -> None:
    planned = ubuntu_stack.play("mig", entry="plan", mig_layout="all-1g.10gb")
    plan = planned.task("Compare").result["ansible_facts"]["mig_plan"]
    assert plan["needed"]
    assert plan["installed"] == "GPU 0-3: 7 x 1g.10gb; GPU 4-7: whole"
    assert plan["actions"] == ["apply layout all-1g.10gb: GPU 0-3: 7 x 1g.10gb; GPU 4-7: whole -> GPU 0-7: 7 x 1g.10gb"]
    message = failed(ubuntu_stack.play("mig", mig_layout="all-1g.5gb")).message
    assert "layout 'all-1g.5gb' is not known for H100; there are: all-disabled, all-1g.10gb" in message
    message = failed(ubuntu_stack.play("mig", mig_owner="operator")).message
    assert "the GPU Operator's mig-manager changes MIG on dgx-41" in message
