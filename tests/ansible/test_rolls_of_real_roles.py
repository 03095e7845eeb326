"""The playbooks that roll, with their real roles, on a booted host whose node serves a model.

The host, its reboots, apt and SSH are real, packages and GPU programs stand in for NVIDIA's, the node and its pods are
simulated. A whole fleet: test_fleet_upgrade.py.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import yaml

from components.naming import GPU_RESOURCE
from tests.ansible.control_plane import Cluster, names
from tests.ansible.driver_plays import NEW, OLD, gpus, play_driver
from tests.ansible.lab.command import LabError
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played

# With fewer roles by test_fleet_upgrade.py and test_node_maintenance.py, the roles by themselves by tests of their own.
pytestmark = [pytest.mark.xdist_group("hosts-rolls"), pytest.mark.timeout(1800), pytest.mark.long]

BOOT_ID = "/proc/sys/kernel/random/boot_id"
PLUGIN = "nvidia-device-plugin-daemonset"
SLICE = "nvidia.com/mig-1g.10gb"


@pytest.fixture(scope="module")
def host(lab: Lab, control_plane_of_playbooks: Cluster) -> Generator[Host]:
    """A DGX with the old driver, on whose node a model serves."""
    host = lab.host("Ubuntu-24.04", name="dgx-01", machine="dgx-h100")
    installed = play_driver(lab, host, OLD)
    assert installed.rc == 0, installed.output
    control_plane_of_playbooks.nodes("dgx-01")
    control_plane_of_playbooks.model("chat", 1, gpus=8, budget={"maxUnavailable": 1})
    control_plane_of_playbooks.settle()
    control_plane_of_playbooks.nodes("dgx-02")
    control_plane_of_playbooks.daemon_set("device-plugin", {"app": PLUGIN})
    with kubelet(control_plane_of_playbooks, host):
        yield host
    lab.stop(host)
    control_plane_of_playbooks.clear()


@contextmanager
def kubelet(cluster: Cluster, host: Host) -> Generator[None]:
    """Report the host's boots on its node; and its devices, as the device plugin counts them when it starts."""
    stop = threading.Event()

    def report() -> None:
        boot = plugin = ""
        while not stop.wait(0.5):
            status: dict[str, Any] = {}
            with suppress(LabError, OSError, subprocess.TimeoutExpired):  # it is being booted
                if boot != (now := host.run(f"cat {BOOT_ID}").stdout.strip()) and now:
                    boot, status["nodeInfo"] = now, {"bootID": now}
                pods = names([pod for pod in cluster.pods(host.name) if pod["metadata"]["labels"].get("app") == PLUGIN])
                if pods and plugin != pods[0]:
                    listed = host.run("nvidia-smi -L")
                    whole = len(re.findall("^GPU ", listed.stdout, re.MULTILINE)) if listed.returncode == 0 else 0
                    partitions = listed.stdout.count("MIG 1g.10gb")
                    devices = {GPU_RESOURCE: "0" if partitions else str(whole), SLICE: str(partitions)}
                    plugin, status["allocatable"] = pods[0], devices
            if status:
                cluster.api.patch("Node", "v1", host.name, None, {"status": status}, subresource="status")

    thread = threading.Thread(target=report, name="kubelet", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def settings(cluster: Cluster) -> dict[str, Any]:
    return {
        **cluster.variables,
        "nvidia_driver_version": NEW,
        "nvidia_driver_branch": NEW[:3],
        "nvidia_driver_free_mib": {},
        "gpu_verify_driver_version": NEW,
        # No DCGM on this host.
        "gpu_verify_left_out": ["diagnostics"],
        "node_maintenance_soak_seconds": 1,
        "node_maintenance_drain_poll": 1,
        "node_maintenance_return_delay": 1,
        "node_maintenance_return_timeout": 120,
    }


def partition(lab: Lab, cluster: Cluster, host: Host, *arguments: str) -> Played:
    inventory = lab.inventory([host], {**settings(cluster), "mig_layout": "all-1g.10gb"})
    return lab.play("mig_layout.yml", inventory, *arguments, timeout=1200)


def upgrade(lab: Lab, cluster: Cluster, host: Host, *arguments: str) -> Played:
    return lab.play("upgrade_driver.yml", lab.inventory([host], settings(cluster)), *arguments, timeout=1200)


def test_the_plan_touches_nothing(lab: Lab, control_plane_of_playbooks: Cluster, host: Host) -> None:
    planned = upgrade(lab, control_plane_of_playbooks, host, "-e", "plan_only=true")
    assert (planned.rc, planned.changed()) == (0, []), planned.output
    lines = planned.task("Print the plan").result["msg"]
    assert lines[0].startswith("node dgx-01: takes pods, 1 pods to drain (serving/chat-")
    assert f"driver: installed {OLD}, loaded {OLD}, wanted {NEW}" in "\n".join(lines)
    assert "reboot needed: yes" in "\n".join(lines)
    assert lines[-1] == "would be taken out of service"
    assert (control_plane_of_playbooks.cordoned("dgx-01"), host.reboot_count) == (False, 1)


def test_a_host_out_of_reach_is_named_and_keeps_the_roll_from_beginning(
    lab: Lab, control_plane_of_playbooks: Cluster, host: Host
) -> None:
    inventory = lab.inventory([host], settings(control_plane_of_playbooks))
    known = yaml.safe_load(inventory.read_text())
    dgx = known["all"]["children"]["gpu_hosts"]["children"]["dgx"]["hosts"]
    dgx["dgx-09"] = {**dgx["dgx-01"], "ansible_host": "127.0.0.1", "ansible_port": 1, "kubernetes_node_name": "dgx-09"}
    inventory.write_text(yaml.safe_dump(known))
    played = lab.play("upgrade_driver.yml", inventory, timeout=1200)
    assert played.rc != 0
    assert "Hosts that failed or can't be reached: dgx-09. That is more than 0 % of a batch of 1." in played.messages
    assert "Nothing of this batch was touched." in played.messages
    assert played.changed("dgx-01") == []
    assert (control_plane_of_playbooks.cordoned("dgx-01"), host.reboot_count) == (False, 1)


def test_a_driver_that_fails_its_check_is_taken_back_and_the_node_stays_out(
    lab: Lab, control_plane_of_playbooks: Cluster, host: Host
) -> None:
    cluster = control_plane_of_playbooks
    host.double.set_gpu(3, remap_pending=True)
    played = upgrade(lab, cluster, host)
    assert played.rc != 0
    assert gpus(host) == [f"{OLD}, Enabled"] * 8
    assert host.reboot_count == 3  # the old driver's, the new one's and the old one's again
    assert cluster.cordoned("dgx-01")
    note = cluster.note("dgx-01")
    assert note is not None
    assert (note["operation"], note["wanted"], note["phase"]) == ("upgrade-driver", NEW, "failed")
    assert f"The host was brought back to {OLD}" in note["reason"]
    assert [pod["spec"]["nodeName"] for pod in cluster.pods(model="chat")] == ["dgx-02"]


def test_once_repaired_the_roll_goes_on_where_it_stopped(
    lab: Lab, control_plane_of_playbooks: Cluster, host: Host
) -> None:
    cluster = control_plane_of_playbooks
    host.double.set_gpu(3, remap_pending=False)
    played = upgrade(lab, cluster, host)
    assert played.rc == 0, played.output
    assert gpus(host) == [f"{NEW}, Enabled"] * 8
    assert (cluster.cordoned("dgx-01"), cluster.note("dgx-01")) == (False, None)
    assert any(line.startswith("begun earlier: ") for line in played.task("Print the plan").result["msg"])

    again = upgrade(lab, cluster, host)
    assert (again.rc, again.changed()) == (0, []), again.output
    assert "nothing to do: would be left alone" in again.task("Print the plan").result["msg"]


def test_a_layout_is_brought_about_out_of_service(lab: Lab, control_plane_of_playbooks: Cluster, host: Host) -> None:
    cluster = control_plane_of_playbooks
    planned = partition(lab, cluster, host, "--tags", "plan")
    assert (planned.rc, planned.changed()) == (0, []), planned.output
    assert "would apply layout all-1g.10gb" in "\n".join(planned.task("Print the plan").result["msg"])

    played = partition(lab, cluster, host)
    assert played.rc == 0, played.output
    assert cluster.node("dgx-01")["status"]["allocatable"][SLICE] == "56"
    assert (cluster.cordoned("dgx-01"), cluster.note("dgx-01")) == (False, None)
    assert partition(lab, cluster, host).changed() == []
