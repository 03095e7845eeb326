"""Role nvidia_driver on a RHEL host: module streams, modules built on the host, locked versions.

Underneath is Debian with real dnf and rpm; packages, dkms and mokutil are stand-ins and doubles. Not proved here: that
NVIDIA's source compiles, and that firmware keeps an unsigned module out.
The tests are the life of one host and build on each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ansible.driver_plays import NEW, OLD, OTHER_BRANCH, gpus, packages, play_driver
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab

# The driver is installed on RHEL by test_site.py as well; upgrades and their failures are tried on Ubuntu.
pytestmark = [pytest.mark.xdist_group("hosts-nvidia-driver-redhat"), pytest.mark.long]

# Attributes in four bytes, then the value: on.
SECURE_BOOT = {"/var/lib/secure-boot": "\x06\x00\x00\x00\x01"}
STREAM = "/etc/dnf/modules.d/nvidia-driver.module"


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[Host]:
    host = lab.host("RedHat-9", name="dgx-01", machine="dgx-h100", files=SECURE_BOOT)
    yield host
    lab.stop(host)


@pytest.mark.reported("NVIDIA/ansible-role-nvidia-driver#78: modules that Secure Boot does not let in")
def test_modules_that_secure_boot_would_keep_out_are_refused(lab: Lab, host: Host) -> None:
    played = lab.role(
        "nvidia_driver",
        host,
        variables={"nvidia_driver_version": OLD, "host_facts_secure_boot_path": "/var/lib/secure-boot"},
    )
    assert "Secure Boot is on and the modules would be built on the host (dkms)" in played.messages, played.output
    assert "/var/lib/dkms/mok.pub is not enrolled" in played.messages
    assert packages(host) == {}


def test_a_dry_run_on_a_bare_host_says_what_would_be_done(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, OLD, check=True)
    assert played.rc == 0, played.output
    report = "\n".join(played.task("Report the plan").result["msg"])
    assert "would change the module stream: none -> 580-open" in report
    assert f"would change kmod-nvidia-open-dkms: absent -> {OLD}" in report
    assert packages(host) == {}


@pytest.mark.reported(
    "NVIDIA/ansible-role-nvidia-driver#18, #20: the running kernel's headers are gone, and no module is built"
)
def test_the_driver_is_built_and_loaded(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, OLD)
    assert played.rc == 0, played.output
    assert gpus(host) == [f"{OLD}, Enabled"] * 8
    assert "stream=580-open" in host.read(STREAM)


def test_a_second_run_changes_nothing(lab: Lab, host: Host) -> None:
    again = play_driver(lab, host, OLD)
    assert (again.rc, again.changed()) == (0, []), again.output


@pytest.mark.reported("NVIDIA/gpu-driver-container#735: without a lock the next release came in")
def test_nothing_else_moves_the_driver(host: Host) -> None:
    upgrade = host.run("dnf --assumeno upgrade")
    assert "nvidia" not in upgrade.stdout, upgrade.stdout
    assert f"nvidia-open-3:{OLD}" in host.run("dnf versionlock list").stdout


def test_a_module_that_can_not_be_built_is_taken_back_before_a_reboot(lab: Lab, host: Host) -> None:
    host.double.fail("dkms", "build-error")
    before = host.reboot_count
    played = play_driver(lab, host, NEW)
    host.double.heal()
    assert f"DKMS built no module of driver {NEW}" in played.messages, played.output
    assert f"The host was taken back to {OLD}, which passes its check" in played.messages
    assert host.reboot_count == before
    assert packages(host)["nvidia-open"] == OLD


def test_an_upgrade_moves_the_whole_family_at_once(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, NEW)
    assert played.rc == 0, played.output
    assert set(packages(host).values()) == {NEW}
    assert gpus(host) == [f"{NEW}, Enabled"] * 8


def test_a_change_of_branch_changes_the_module_stream(lab: Lab, host: Host) -> None:
    played = play_driver(lab, host, OTHER_BRANCH)
    assert played.rc == 0, played.output
    assert "stream=590-open" in host.read(STREAM)
    assert set(packages(host).values()) == {OTHER_BRANCH}
    assert gpus(host) == [f"{OTHER_BRANCH}, Enabled"] * 8
