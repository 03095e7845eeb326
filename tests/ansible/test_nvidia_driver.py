"""Role nvidia_driver on one Ubuntu host, from no driver through upgrades that fail and upgrades that don't.

The host, apt, systemd and reboots are real; the packages and nvidia-smi stand in for NVIDIA's, and a boot "loads" the
module that is installed for the kernel. Not proved here: that a real module loads, and Secure Boot.
The tests are the life of one host and build on each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ansible.driver_plays import NEW, OLD, OTHER_BRANCH, gpus, packages, play_driver, play_entries
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.package_repository import URL

pytestmark = [pytest.mark.xdist_group("hosts-nvidia-driver"), pytest.mark.timeout(900)]

MODULE = "linux-modules-nvidia-580-server-open-6.8.0-149-generic"
PREFERENCES = "/etc/apt/preferences.d/nvidia-driver"
FOREIGN_LIST = "/etc/apt/sources.list.d/cuda.list"
HOLD_THE_LOCK = """\
import fcntl, time
file = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(file, fcntl.LOCK_EX)
open("/run/held", "w").close()
time.sleep(600)
"""


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[Host]:
    host = lab.host("Ubuntu-24.04", name="dgx-01", machine="dgx-h100")
    yield host
    lab.stop(host)


def test_a_dry_run_on_a_bare_host_says_what_would_be_done(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, OLD, check=True)
    assert played.rc == 0, played.output
    report = "\n".join(played.task("Report the plan").result["msg"])
    assert f"installed none, loaded none, wanted {OLD} (branch 580, ubuntu_archive): install" in report
    assert f"would change {MODULE}: absent -> built for {OLD}" in report
    assert "would change nvidia-fabricmanager-580: absent" in report
    assert "reboot needed: yes" in report
    assert packages(host) == {}
    assert not (host.root / "etc/modprobe.d/nvidia-driver.conf").exists()


@pytest.mark.reported("NVIDIA/deepops#92, #88: the role reboots by itself; need and leave to reboot are two things")
@pytest.mark.reported("Azure/azhpc-images#86: a .run installation and packages on one host")
def test_without_leave_to_reboot_a_bare_host_gets_the_driver_and_says_what_is_left(lab: Lab, host: Host) -> None:
    host.write("/usr/bin/nvidia-uninstall", '#!/bin/sh\n[ "$*" = --silent ] && rm "$0"\n', 0o755)
    host.write(FOREIGN_LIST, "deb https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/ /\n")
    played = play_driver(lab, host, OLD, reboot_allowed="false", leftovers="remove")
    assert f"driver {OLD} is installed and takes a reboot to load" in played.messages, played.output
    assert packages(host)["nvidia-utils-580-server"].startswith(OLD)
    assert host.reboot_count == 0
    assert gpus(host) == ["rc 9"]
    assert not (host.root / "usr/bin/nvidia-uninstall").exists()
    assert not (host.root / FOREIGN_LIST.lstrip("/")).exists()


@pytest.mark.reported(
    "NVIDIA/deepops#1186: NVML mismatch until somebody reboots: the run that was to do it failed before"
)
def test_a_reboot_that_an_earlier_run_left_is_done_by_the_next(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, OLD, reboot_allowed="true")
    assert played.rc == 0, played.output
    assert played.changed() == ["Reboot"]
    assert gpus(host) == [f"{OLD}, Enabled"] * 8
    assert host.read("/run/gpu-double/kernel-release").strip() == "6.8.0-149-generic"


def test_a_second_run_changes_nothing(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, OLD)
    assert (played.rc, played.changed()) == (0, []), played.output


@pytest.mark.reported("pando85/homelab#4110: unattended upgrades moved the libraries under running pods")
def test_nothing_else_moves_the_driver(host: Host) -> None:
    simulated = host.run("apt-get --simulate dist-upgrade").stdout
    assert "Inst" not in simulated, simulated
    assert '"^(lib)?nvidia-"' in host.run("apt-config dump Unattended-Upgrade::Package-Blacklist").stdout
    assert {MODULE, "nvidia-fabricmanager-580"} <= set(host.run("apt-mark showhold").stdout.split())


def test_a_host_at_work_is_left_as_it_is(lab: Lab, host: Host) -> None:
    host.double.set("clients", ["python3"])
    played = play_driver(lab, host, NEW, reboot_allowed=False)
    host.double.set("clients", [])
    assert "1 processes use the GPUs (4711, python3" in played.messages, played.output
    assert "nvidia_driver_reboot_allowed is false. Nothing was changed" in played.messages
    assert gpus(host) == [f"{OLD}, Enabled"] * 8
    assert OLD in host.read(PREFERENCES)


def test_a_host_at_work_is_reported_where_the_play_asks_for_no_more(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, NEW, reboot_allowed=False, deferral="report")
    assert (played.rc, played.changed()) == (0, []), played.output
    assert "has to wait: a reboot is needed" in played.task("Say what has to wait").message


def test_what_a_drain_leaves_does_not_keep_an_interrupted_upgrade_from_going_on(lab: Lab, host: Host) -> None:
    """With packages newer than the module nvidia-smi doesn't say who computes; who holds the GPUs is looked up."""
    host.run("touch /dev/nvidia0; cp /bin/sleep /usr/local/bin/nvidia-device-plugin")
    for program in ("nvidia-device-plugin", "sleep"):
        host.run(f"systemd-run --unit={program} sh -c 'exec 9</dev/nvidia0; exec {program} infinity'")
    host.double.fail("nvidia-smi", "library-mismatch")
    played = play_entries(lab, host, NEW, "plan")
    pid = host.run("systemctl show --property=MainPID --value sleep").stdout.strip()
    host.run("systemctl stop nvidia-device-plugin sleep; rm /dev/nvidia0")
    host.double.heal()
    assert played.task("Plan").result["ansible_facts"]["nvidia_driver_plan"]["clients"] == [f"{pid}, sleep"]


def test_an_unreachable_repository_leaves_the_old_driver_at_work(lab: Lab, host: Host) -> None:
    lab.repository.open = False
    try:
        played = play_driver(lab, host, NEW, repository_retries=0)
    finally:
        lab.repository.open = True
    assert "the repository could not be reached" in played.messages, played.output
    assert f"the host runs {OLD} as before" in played.messages
    assert OLD in host.read(PREFERENCES)


@pytest.mark.reported("NVIDIA/ansible-role-nvidia-driver#60: the version vanished from the repository")
def test_a_version_that_is_gone_is_named_before_anything_changes(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, "580.200.01")
    assert "the repository does not offer nvidia-headless-no-dkms-580-server-open 580.200.01 (it has" in played.messages
    assert f"the host runs {OLD} as before" in played.messages, played.output


def test_a_package_manager_at_work_is_waited_for_and_named(lab: Lab, host: Host) -> None:
    host.write("/root/hold-the-lock.py", HOLD_THE_LOCK)
    host.run("systemd-run --unit=holder --quiet python3 /root/hold-the-lock.py")
    assert host.run("timeout 60 sh -c 'until [ -e /run/held ]; do sleep 0.1; done'").returncode == 0
    played = play_driver(lab, host, NEW, lock_timeout=2)
    host.run("systemctl stop holder")
    assert "another program holds the package manager's lock" in played.messages, played.output
    assert f"the host runs {OLD} as before" in played.messages


def test_a_full_disk_is_seen_before_anything_changes(lab: Lab, host: Host) -> None:
    host.run("mount -t tmpfs -o size=1m tmpfs /var/cache/apt/archives")
    played = play_driver(lab, host, NEW, free_mib={"/var/cache/apt/archives": 64})
    host.run("umount /var/cache/apt/archives")
    assert "/var/cache/apt/archives has 1 MiB free and the driver needs 64 MiB" in played.messages, played.output
    assert packages(host)["nvidia-utils-580-server"].startswith(OLD)


@pytest.mark.reported("NVIDIA/ansible-role-nvidia-driver#20: nothing checked that the driver works")
@pytest.mark.reported("NVIDIA/deepops#1017: is a failed upgrade taken back?")
def test_a_driver_that_fails_its_check_is_taken_back(lab: Lab, host: Host) -> None:
    host.double.set("broken_versions", [NEW])
    played = play_driver(lab, host, NEW)
    host.double.set("broken_versions", [])
    assert played.rc != 0
    assert "GPU is lost" in played.messages, played.output
    assert f"The host was taken back to {OLD}, which passes its check" in played.messages
    assert gpus(host) == [f"{OLD}, Enabled"] * 8
    assert {version.split("-")[0] for name, version in packages(host).items() if name != MODULE} == {OLD}
    assert MODULE in host.run("apt-mark showhold").stdout.split()


@pytest.mark.reported(
    "dstackai/dstack#2355: pinning the metapackage did not pin its parts; state=present does not upgrade"
)
def test_an_upgrade_moves_the_whole_family_at_once(lab: Lab, host: Host) -> None:
    host.run("apt-mark hold libnvidia-compute-580-server")
    # What a dpkg that was killed leaves.
    host.write("/var/lib/dpkg/updates/0000", "")
    played = play_driver(lab, host, NEW)
    host.run("apt-mark unhold libnvidia-compute-580-server")
    assert played.rc == 0, played.output
    assert {version.split("-")[0] for name, version in packages(host).items() if name != MODULE} == {NEW}
    assert packages(host)[MODULE] == "6.8.0-149.149+1"
    assert gpus(host) == [f"{NEW}, Enabled"] * 8


@pytest.mark.reported("NVIDIA/ansible-role-nvidia-driver#11: an upgrade ends at held broken packages")
def test_a_change_of_branch_out_of_a_mirror_leaves_nothing_of_the_old_one(lab: Lab, host: Host) -> None:
    (host.root / "etc/apt/sources.list.d/lab.sources").unlink()
    key = (lab.repository.folder / "files/archive-keyring.asc").read_bytes()
    mirror: dict[str, Any] = {
        "mirror_url": f"{URL}/apt/Ubuntu-24.04",
        "keyring_url": f"{URL}/files/archive-keyring.asc",
        "keyring_checksum": f"sha256:{hashlib.sha256(key).hexdigest()}",
    }
    played = play_driver(lab, host, OTHER_BRANCH, **mirror)
    assert played.rc == 0, played.output
    assert not [name for name in packages(host) if "580" in name]
    assert gpus(host) == [f"{OTHER_BRANCH}, Enabled"] * 8
    again = play_driver(lab, host, OTHER_BRANCH, **mirror)
    assert (again.rc, again.changed()) == (0, []), again.output


def test_the_way_back_is_an_entry_of_its_own(lab: Lab, host: Host) -> None:
    played = play_entries(lab, host, OTHER_BRANCH, "rollback")
    assert played.rc == 0, played.output
    assert gpus(host) == [f"{OLD}, Enabled"] * 8
    assert not [name for name in packages(host) if "590" in name]


def test_a_host_that_does_not_come_back_is_said_so(lab: Lab, host: Host) -> None:
    host.comes_back = False
    played = play_driver(lab, host, NEW, reboot_timeout=5)
    assert "the host did not come back within 5 seconds" in played.messages, played.output
    assert "keep it out of service" in played.messages
