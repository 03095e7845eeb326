"""Role base_os on Ubuntu 24.04 and RHEL 9: from a fresh system to one that holds a GPU node, and what it refuses.

Proved by behaviour where it can be: which packages unattended upgrades and dnf leave alone, what the host boots, where
packages come from, what happens at a lock. Stand-ins: the packages of kernel and driver, the boot loader. Not proved:
that the kernel takes the parameters (hosts share this machine's), and that chronyd keeps the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ansible.complaints import complaints, refused
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played
from tests.ansible.role_filters import role_filters

pytestmark = [pytest.mark.xdist_group("hosts-base-os"), pytest.mark.timeout(1800)]
# Not the newest of the repository: a kernel that isn't held would move on.
PINNED = "{{ '6.8.0-134' if host_facts_os_family == 'Debian' else '5.14.0-570.12.1.el9_6' }}"
GIVEN: dict[str, Any] = {
    "base_os_minimum_free_gib": {"/": 1, "/var": 1},
    "base_os_kernel_version": PINNED,
    "base_os_time_servers": ["time-1.example.com", "time-2.example.com"],
    "base_os_sysctl": {"vm.swappiness": 1},
}
UPGRADES = "unattended-upgrade --dry-run --verbose 2>&1 | grep -m1 'Packages that will be upgraded'"


@pytest.mark.parametrize(
    ("files", "newest"),
    [
        (["/boot/vmlinuz-6.8.0-95-generic", "/boot/vmlinuz-6.8.0-149-generic"], "6.8.0-149-generic"),
        (["/boot/vmlinuz-5.14.0-611.11.1.el9_7.x86_64", "/boot/vmlinuz-0-rescue-3f2a"], "5.14.0-611.11.1.el9_7.x86_64"),
        ([], ""),
    ],
)
def test_the_newest_kernel_is_told_by_numbers(files: list[str], newest: str) -> None:
    assert role_filters("base_os", "kernels")["newest_kernel"](files) == newest


@pytest.fixture(scope="module")
def ubuntu(lab: Lab) -> Iterator[Host]:
    host = lab.host("Ubuntu-24.04", name="base-ubuntu", machine="dgx-h100")
    yield host
    lab.stop(host)


@pytest.fixture(scope="module")
def rhel(lab: Lab) -> Iterator[Host]:
    host = lab.host("RedHat-9", name="base-rhel", machine="dgx-h100")
    yield host
    lab.stop(host)


def test_wrong_hosts_and_wrong_inputs_are_refused_by_name(lab: Lab, ubuntu: Host) -> None:
    swap = "Filename Type Size Used Priority\n/dev/nvme0n1p3                          partition\t8388604\t0\t-2\n"
    ubuntu.write("/var/lib/lab/swaps", swap)
    easy = {"base_os_minimum_free_gib": {"/": 1}}
    cases: dict[str, dict[str, Any]] = {
        "base_os_minimum_free_gib": {"base_os_minimum_free_gib": {"/var": 4_000_000}},
        "base_os_maximum_clock_skew_seconds": {**easy, "base_os_maximum_clock_skew_seconds": -1},
        "base_os_swap_partition": {**easy, "base_os_swaps_path": "/var/lib/lab/swaps"},
        "base_os_sysctl": {"base_os_sysctl": {"kernel.panic": 0}},
        "base_os_limits": {"base_os_limits": {"memory": "unlimited"}},
        "base_os_kernel_version": {"base_os_kernel_version": "6.8.0-149-generic"},
        "base_os_apt_daily_enabled": {"base_os_apt_daily_enabled": False},
        "base_os_mirror_keyring_checksum": {
            "base_os_mirror": [{"name": "os", "url": "http://mirror:8000/apt/Ubuntu-24.04"}]
        },
    }
    for name, said in refused(lab, "base_os", ubuntu, {case: GIVEN | values for case, values in cases.items()}).items():
        assert name in said
        assert "Nothing was changed" in said


def put_older(host: Host, package: str) -> None:
    """Install a package without content, of which the repository has a newer version."""
    folder = f"/root/{package}"
    control = f"Package: {package}\\nVersion: 0.1\\nArchitecture: amd64\\nMaintainer: lab\\nDescription: old\\n"
    done = host.run(
        f"mkdir -p {folder}/DEBIAN && printf '{control}' > {folder}/DEBIAN/control &&"
        f" dpkg-deb --build {folder} {folder}.deb && dpkg --install {folder}.deb"
    )
    assert done.returncode == 0, done.stderr


def mirror(lab: Lab, host: Host) -> dict[str, Any]:
    """The lab's packages as a mirror, and the host's own way to packages replaced by one that leads nowhere."""
    debian = host.description.system != "RedHat-9"
    host.run("rm -rf /etc/apt/sources.list.d/* /etc/yum.repos.d/* /var/lib/apt/lists/*")
    host.write(*(OWN_APT if debian else OWN_DNF))
    key = lab.repository.folder / "files" / "archive-keyring.asc"
    url = f"http://mirror:8000/{'apt' if debian else 'rpm'}/{host.description.system}"
    return {
        "base_os_mirror": [{"name": "os", "url": url, "suites": ["./"]}],
        "base_os_mirror_signed": "metadata",
        "base_os_mirror_keyring_url": "http://mirror:8000/files/archive-keyring.asc",
        "base_os_mirror_keyring_checksum": f"sha256:{hashlib.sha256(key.read_bytes()).hexdigest()}",
        "base_os_extra_packages": ["rdma-core" if debian else "tuned"],
    }


OWN_APT = ("/etc/apt/sources.list", "deb http://archive.ubuntu.com/ubuntu noble main\n")
OWN_DNF = ("/etc/yum.repos.d/redhat.repo", "[rhel]\nname=rhel\nbaseurl=http://cdn.redhat.com/\n")


@pytest.mark.reported(
    "GoogleCloudPlatform/compute-gpu-installation#25: a newer kernel came by itself, and the driver was gone"
)
def test_both_systems_converge_from_a_mirror_reboot_once_and_stay(lab: Lab, ubuntu: Host, rhel: Host) -> None:
    """Check mode, first run, second run, reboot, in one sequence: each stands on the one before."""
    for package in ("libnvidia-container1", "linux-image-generic", "ibverbs-utils"):
        put_older(ubuntu, package)
    ubuntu.write("/etc/apt/apt.conf.d/99lab", 'Unattended-Upgrade::Origins-Pattern { "site=mirror"; };\n')
    ubuntu.run("apt-get -qq update")
    bare = ubuntu.run(UPGRADES, timeout=240).stdout.split()
    assert {"libnvidia-container1", "linux-image-generic", "ibverbs-utils"} <= set(bare), "what would happen without"
    per_host = {host.name: mirror(lab, host) for host in (ubuntu, rhel)}

    def played(*arguments: str) -> Played:
        inventory = lab.inventory([ubuntu, rhel], variables=GIVEN, per_host=per_host)
        playbook = inventory.with_name("play.yml")
        playbook.write_text("- {name: Alone, hosts: all, gather_facts: false, become: true, roles: [base_os]}\n")
        return lab.play(playbook, inventory, *arguments, timeout=900)

    said = played("--check", "--diff")
    assert said.rc == 0, said.output
    assert not (rhel.root / "etc/sysctl.d/90-llm-platform.conf").exists()
    assert not (ubuntu.root / "boot/vmlinuz-6.8.0-134-generic").exists()
    assert "archive.ubuntu.com" in ubuntu.read(OWN_APT[0])

    first = played()
    assert first.rc == 0, first.output
    settings_are_right(ubuntu, rhel)
    packages_come_from_the_mirror_alone(ubuntu, rhel)
    updates_leave_kernel_and_driver_alone(ubuntu, rhel)

    again = played()
    assert (again.rc, again.changed()) == (0, []), again.output
    why = again.task("Say that a reboot is needed", "base-ubuntu").message
    assert "6.8.0-134-generic is to start" in why
    assert "without iommu=pt" in why
    assert (ubuntu.reboot_count, rhel.reboot_count) == (0, 0)

    # A string, as extra variables come. A repeated command would reboot twice.
    allowed = played("--extra-vars", "base_os_reboot_allowed=true ansible_ssh_retries=0")
    assert allowed.rc == 0, allowed.output
    assert (ubuntu.reboot_count, rhel.reboot_count) == (1, 1)
    assert ubuntu.read("/run/gpu-double/kernel-release") == "6.8.0-134-generic\n"
    assert "iommu=pt" in rhel.read("/run/gpu-double/kernel-arguments")
    assert allowed.task("Keep the reasons for a reboot", "base-rhel").result["ansible_facts"] == {
        "base_os_reboot_reasons": []
    }


def settings_are_right(ubuntu: Host, rhel: Host) -> None:
    for host in (ubuntu, rhel):
        sysctl = host.read("/etc/sysctl.d/90-llm-platform.conf").splitlines()
        assert {"vm.overcommit_memory = 1", "kernel.panic = 10", "kernel.panic_on_oops = 1"} <= set(sysctl)
        assert {"-kernel.numa_balancing = 0", "vm.swappiness = 1"} <= set(sysctl)
        assert "* - memlock unlimited" in host.read("/etc/security/limits.d/90-llm-platform.conf")
    assert "server time-1.example.com iburst" in ubuntu.read("/etc/chrony/chrony.conf")
    assert "server time-2.example.com iburst" in rhel.read("/etc/chrony.conf")
    assert ubuntu.run("systemctl is-active chrony").stdout == "active\n"
    assert "$nrconf{restart} = 'l';" in ubuntu.read("/etc/needrestart/conf.d/90-llm-platform.conf")


def packages_come_from_the_mirror_alone(ubuntu: Host, rhel: Host) -> None:
    assert "archive.ubuntu.com" not in ubuntu.read(OWN_APT[0])
    assert "cdn.redhat.com" not in rhel.read(OWN_DNF[0])
    assert "http://mirror:8000" in ubuntu.run("apt-cache policy rdma-core").stdout
    assert rhel.run("dnf repolist --quiet").stdout.split()[-1] == "mirror"


def updates_leave_kernel_and_driver_alone(ubuntu: Host, rhel: Host) -> None:
    """Both repositories have a newer kernel than the one that is held."""
    upgraded = ubuntu.run(UPGRADES, timeout=240).stdout
    assert "ibverbs-utils" in upgraded, "security updates still come"
    assert "nvidia" not in upgraded
    assert "linux" not in upgraded
    held = ubuntu.run("apt-mark showhold").stdout.split()
    assert {"linux-image-6.8.0-134-generic", "linux-modules-6.8.0-134-generic", "linux-image-generic"} <= set(held)
    locked = rhel.run("dnf --assumeno upgrade 'kernel*' 2>&1", timeout=240).stdout
    assert "5.14.0-611.11.1.el9_7" not in locked
    unlocked = rhel.run("dnf --assumeno --disableplugin=versionlock upgrade 'kernel*' 2>&1", timeout=240).stdout
    assert "5.14.0-611.11.1.el9_7" in unlocked, "without the lock it would have moved"


def test_a_held_package_manager_is_named_after_the_timeout(lab: Lab, ubuntu: Host) -> None:
    wait = (
        "import fcntl,time; f=open('/var/lib/dpkg/lock-frontend','w'); fcntl.lockf(f, fcntl.LOCK_EX);"
        " open('/run/held','w').close(); time.sleep(900)"
    )
    ubuntu.run(f'systemd-run --unit=holder /usr/bin/python3 -c "{wait}"')
    wanted = {"base_os_extra_packages": ["infiniband-diags"], "base_os_lock_timeout": 2}
    try:
        assert ubuntu.run("timeout 60 sh -c 'until [ -e /run/held ]; do sleep 0.1; done'").returncode == 0
        played = lab.role("base_os", ubuntu, variables=GIVEN | wanted)
    finally:
        ubuntu.run("systemctl stop holder")
    assert played.rc != 0
    assert "base_os_lock_timeout = 2 s" in complaints(played)
    assert "infiniband-diags" in complaints(played)
    assert "fuser" in complaints(played)
