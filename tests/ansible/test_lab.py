"""The lab itself: hosts boot, reboot, reach each other and their packages, and nothing of them stays.

That a host behaves like Ubuntu, RHEL or DGX OS beyond what they are told by (files, package manager) is not shown here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.ansible.lab.command import LabError
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.operating_systems import OPERATING_SYSTEMS

pytestmark = pytest.mark.xdist_group("hosts-lab")

FACTS = {
    "Ubuntu-22.04": ["Ubuntu", "22.04", "Debian", "apt", "jammy"],
    "Ubuntu-24.04": ["Ubuntu", "24.04", "Debian", "apt", "noble"],
    "DGXOS-6": ["Ubuntu", "22.04", "Debian", "apt", "jammy"],
    "DGXOS-7": ["Ubuntu", "24.04", "Debian", "apt", "noble"],
    "RedHat-9": ["RedHat", "9.6", "RedHat", "dnf", "Plow"],
}


@pytest.fixture(scope="module")
def hosts(lab: Lab) -> Iterator[dict[str, Host]]:
    """One host of each operating system."""
    systems = {system: f"host-{number}" for number, system in enumerate(OPERATING_SYSTEMS, start=1)}
    hosts = {
        system: lab.host(system, name, "p5.48xlarge" if system == "RedHat-9" else "dgx-h100")
        for system, name in systems.items()
    }
    yield hosts
    for host in hosts.values():
        lab.stop(host)


def playbook(lab: Lab, *tasks: Mapping[str, object]) -> Path:
    file = lab.folder / "test-play.yml"
    play = {
        "name": "Test",
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        "tasks": [dict(task) for task in tasks],
    }
    file.write_text(yaml.safe_dump([play]))
    return file


def test_hosts_are_told_by_ansible_as_what_they_pose_as(lab: Lab, hosts: dict[str, Host]) -> None:
    asked = ["distribution", "distribution_version", "os_family", "pkg_mgr", "distribution_release"]
    tasks = [
        {"ansible.builtin.setup": {}, "name": "facts"},
        {"ansible.builtin.slurp": {"src": "/etc/dgx-release"}, "name": "dgx", "failed_when": False},
    ]
    played = lab.play(playbook(lab, *tasks), lab.inventory(hosts.values()))
    assert played.rc == 0, played.output
    found = {system: played.task("facts", host.name).result["ansible_facts"] for system, host in hosts.items()}
    assert {system: [facts[f"ansible_{name}"] for name in asked] for system, facts in found.items()} == FACTS
    assert all(facts["ansible_service_mgr"] == "systemd" for facts in found.values())
    assert {system for system, host in hosts.items() if "content" in played.task("dgx", host.name).result} == {
        "DGXOS-6",
        "DGXOS-7",
    }


def test_all_units_of_a_host_start(hosts: dict[str, Host]) -> None:
    states = {
        system: host.run("systemctl is-system-running --wait; systemctl --failed --no-legend").stdout
        for system, host in hosts.items()
    }
    assert set(states.values()) == {"running\n"}, states


def test_a_reboot_is_a_new_boot_of_the_same_disk(lab: Lab, hosts: dict[str, Host]) -> None:
    host = hosts["Ubuntu-24.04"]
    host.write("/etc/kept", "kept")
    host.write("/run/lost", "lost")
    before = host.read("/proc/sys/kernel/random/boot_id")
    played = lab.play(
        playbook(lab, {"ansible.builtin.reboot": {"reboot_timeout": 200}, "name": "Reboot"}),
        lab.inventory([host]),
        # A command whose connection broke would be repeated, and the host rebooted twice.
        settings={"ANSIBLE_SSH_RETRIES": "0"},
    )
    assert played.rc == 0, played.output
    assert played.changed() == ["Reboot"]
    assert host.reboot_count == 1
    assert host.read("/proc/sys/kernel/random/boot_id") != before
    assert host.read("/etc/kept") == "kept"
    with pytest.raises(FileNotFoundError):
        host.read("/run/lost")


def test_a_host_can_stay_down_after_a_reboot_and_be_switched_on_again(lab: Lab, hosts: dict[str, Host]) -> None:
    host = hosts["Ubuntu-22.04"]
    host.comes_back = False
    played = lab.play(
        playbook(lab, {"ansible.builtin.reboot": {"reboot_timeout": 4}, "name": "Reboot"}), lab.inventory([host])
    )
    assert played.rc != 0
    assert played.failed(host.name) == ["Reboot"]
    assert "Timed out waiting for last boot time check" in played.messages
    end = time.monotonic() + 120
    while host.running:
        assert time.monotonic() < end, "the host did not go down"
        time.sleep(0.1)
    again = lab.play(
        playbook(lab, {"ansible.builtin.ping": {}, "name": "Ping"}),
        lab.inventory([host]),
        settings={"ANSIBLE_SSH_RETRIES": "0"},
    )
    assert [task.status for task in again.tasks] == ["unreachable"], again.output
    host.comes_back = True
    host.start()
    assert host.run("true").returncode == 0


def test_hosts_reach_each_other_and_their_packages_and_nothing_else(lab: Lab, hosts: dict[str, Host]) -> None:
    host = hosts["DGXOS-7"]
    for other in hosts.values():
        assert host.run(f"ping -c 1 -W 2 {other.name}").returncode == 0
    lab.repository.requests.clear()
    assert host.run("apt-get update").returncode == 0
    assert [path for path in lab.repository.requests if path.endswith("InRelease")] == ["/apt/DGXOS-7/./InRelease"]
    el = hosts["RedHat-9"].run("dnf -qy makecache && dnf -q module list nvidia-driver")
    assert el.returncode == 0, el.stdout + el.stderr
    assert host.run("ping -c 1 -W 1 192.0.2.1").returncode != 0


def test_a_closed_mirror_is_refused(lab: Lab, hosts: dict[str, Host]) -> None:
    lab.repository.open = False
    try:
        done = hosts["Ubuntu-24.04"].run("apt-get -o Acquire::Retries=0 update")
    finally:
        lab.repository.open = True
    assert "503" in done.stdout + done.stderr


def test_a_link_in_a_host_leads_nowhere_on_this_machine(hosts: dict[str, Host], tmp_path: Path) -> None:
    host = hosts["DGXOS-6"]
    assert host.run(f"ln -s {tmp_path} /etc/away && ln -s {tmp_path / 'file'} /etc/link").returncode == 0
    with pytest.raises(LabError, match="a link in the host leads to"):
        host.write("/etc/away/file", "lost")
    host.write("/etc/link", "kept")
    assert list(tmp_path.iterdir()) == []
    assert host.run("cat /etc/link").stdout == "kept"


def test_keys_of_hosts_are_checked(lab: Lab, hosts: dict[str, Host]) -> None:
    known = lab.folder / "known_hosts"
    lines = known.read_text()
    stranger = hosts["DGXOS-6"]
    known.write_text(lines.replace(f"{stranger.address} ", "192.0.2.1 "))
    try:
        played = lab.play(
            playbook(lab, {"ansible.builtin.ping": {}}),
            lab.inventory([stranger]),
            settings={"ANSIBLE_SSH_CONTROL_PATH": "none", "ANSIBLE_SSH_RETRIES": "0"},
        )
    finally:
        known.write_text(lines)
    assert played.failed(stranger.name), played.output
    assert "Host key verification failed" in played.messages


def test_two_hosts_of_one_name_are_refused(lab: Lab, hosts: dict[str, Host]) -> None:
    with pytest.raises(LabError, match="there is a host host-1 already"):
        lab.host("Ubuntu-24.04", name=hosts["Ubuntu-22.04"].name)


def test_a_root_tree_is_entered_without_booting(root_trees: Lab) -> None:
    tree = root_trees.root_tree("Ubuntu-22.04", name="tree")
    try:
        played = root_trees.role("host_facts", tree)
        assert played.rc == 0, played.output
        assert tree.run("ls -d /proc/1 /dev/null").returncode == 0
    finally:
        root_trees.stop(tree)
    assert not tree.root.exists()
