"""Roles nvidia_driver and fabric_manager on a DGX B200 with DGX OS: one version for both, and a fabric that completes.

systemd is real and runs the unit; fabric manager is a double that checks the loaded driver as the real one does. Not
proved here: a fabric.
The tests are the life of one host and build on each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.ansible.driver_plays import NEW, OLD, gpus, packages, variables
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played

pytestmark = pytest.mark.xdist_group("hosts-fabric-manager")


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[Host]:
    host = lab.host("DGXOS-7", name="dgx-01", machine="dgx-b200")
    yield host
    lab.stop(host)


def play_both(lab: Lab, host: Host, version: str, *arguments: str) -> Played:
    inventory = lab.inventory([host], variables(version, {}))
    playbook = inventory.with_name("play.yml")
    play = {"hosts": "all", "gather_facts": False, "become": True, "roles": ["nvidia_driver", "fabric_manager"]}
    playbook.write_text(yaml.safe_dump([play]))
    return lab.play(playbook, inventory, *arguments)


def play_fabric_manager(lab: Lab, host: Host, version: str = NEW, **settings: Any) -> Played:
    given = {"version": version, "poll_seconds": 1, "start_timeout": 2} | settings
    return lab.role(
        "fabric_manager", host, variables={f"fabric_manager_{name}": value for name, value in given.items()}
    )


def test_the_fabric_completes_under_the_drivers_version(lab: Lab, host: Host) -> None:
    played = play_both(lab, host, OLD)
    assert played.rc == 0, played.output
    assert host.run(
        "systemctl is-active nvidia-fabricmanager; systemctl is-enabled nvidia-fabricmanager"
    ).stdout.split() == [
        "active",
        "enabled",
    ]
    assert packages(host)["nvidia-fabricmanager"].startswith(OLD)
    assert host.run("dpkg-query --show nvlsm").returncode == 0
    assert gpus(host) == [f"{OLD}, Enabled"] * 8


def test_a_second_run_changes_nothing(lab: Lab, host: Host) -> None:
    again = play_both(lab, host, OLD)
    assert (again.rc, again.changed()) == (0, []), again.output


def test_a_dry_run_of_an_upgrade_does_not_stop_at_the_version_that_it_left(lab: Lab, host: Host) -> None:
    played = play_both(lab, host, NEW, "--check")
    assert played.rc == 0, played.output
    # Where nothing of the driver is due, it stops there as a run would.
    alone = lab.role("fabric_manager", host, variables={"fabric_manager_version": NEW}, check=True)
    assert f"fabric manager {OLD} is installed, {NEW} is wanted, driver {OLD} is loaded" in alone.messages, alone.output


@pytest.mark.reported("NVIDIA/gpu-operator#544: fabric manager of another version than the driver")
def test_an_upgrade_moves_driver_and_fabric_manager_together(lab: Lab, host: Host) -> None:
    played = play_both(lab, host, NEW)
    assert played.rc == 0, played.output
    family = ("nvidia-fabricmanager", "libnvidia-nscq", "nvidia-driver-580-server-open")
    assert {packages(host)[name].split("-")[0] for name in family} == {NEW}
    assert host.run("systemctl is-active nvidia-fabricmanager").stdout.strip() == "active"


def test_another_version_than_the_loaded_drivers_is_refused_with_both_named(lab: Lab, host: Host) -> None:
    played = play_fabric_manager(lab, host, OLD)
    assert f"fabric manager {NEW} is installed, {OLD} is wanted, driver {NEW} is loaded" in played.messages, (
        played.output
    )
    assert "Nothing was changed" in played.messages


def test_a_fabric_that_does_not_complete_is_said_so(lab: Lab, host: Host) -> None:
    host.double.fail("nv-fabricmanager", "never-completes")
    host.run("systemctl stop nvidia-fabricmanager")
    played = play_fabric_manager(lab, host)
    assert "the NVLink fabric is not complete within 2 seconds" in played.messages, played.output
    host.run("systemctl stop nvidia-fabricmanager")


def test_fabric_managers_own_words_are_passed_on(lab: Lab, host: Host) -> None:
    host.double.fail("nv-fabricmanager", "version-mismatch")
    played = play_fabric_manager(lab, host)
    host.double.heal()
    assert "don't match with driver version" in played.messages, played.output


def test_a_driver_that_hangs_is_told_from_a_fabric_that_is_late(lab: Lab, host: Host) -> None:
    host.double.fail("nvidia-smi", "no-answer")
    played = play_fabric_manager(lab, host, start_timeout=300)
    host.double.heal()
    assert "nvidia-smi has not answered within 120 seconds; the driver hangs" in played.messages, played.output


def test_a_source_without_nvlsm_is_refused_for_this_generation(lab: Lab, host: Host) -> None:
    played = play_fabric_manager(lab, host, source="ubuntu_archive")
    assert "needs nvlsm, which ubuntu_archive does not have for DGXOS-7" in played.messages, played.output


def test_nothing_happens_without_nvswitch(lab: Lab, host: Host) -> None:
    played = play_fabric_manager(lab, host, "999.1", nvswitch=False)
    assert (played.rc, played.changed()) == (0, []), played.output
    assert played.task("Bring up the fabric of a machine that has one").status == "skipped"
