"""gpu_verify, verify.yml and doctor.yml on hosts that are sound, broken, slow and away.

The GPUs are doubles: what is shown is that their words are judged, not that real GPUs are found out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played
from tests.ansible.verified_host import IMAGE, equip

pytestmark = pytest.mark.xdist_group("hosts-gpu-verify")

BURNIN: dict[str, Any] = {"gpu_verify_level": "burnin", "gpu_verify_container_image": IMAGE}


@pytest.fixture(scope="module")
def equipped(lab: Lab) -> Iterator[Host]:
    host = lab.host("Ubuntu-24.04", name="dgx-01", machine="dgx-h100")
    equip(host)
    yield host
    lab.stop(host)


@pytest.fixture
def host(equipped: Host) -> Iterator[Host]:
    """The host, which is sound again afterwards."""
    before = json.loads(equipped.double.file.read_text())
    yield equipped
    equipped.double.write(before)


def report(played: Played) -> dict[str, Any]:
    """The role's report, as the play kept it."""
    return played.task("Put the report together").result["ansible_facts"]["gpu_verify_report"]


def statuses(played: Played) -> dict[str, str]:
    return {name: check["status"] for name, check in report(played)["checks"].items()}


def test_a_sound_host_passes_every_check_and_is_left_as_it_is(lab: Lab, host: Host) -> None:
    played = lab.role("gpu_verify", host, variables=BURNIN)
    assert played.rc == 0, played.output
    assert played.changed("dgx-01") == []
    assert statuses(played) == dict.fromkeys(["inventory", "xid", "diagnostics", "all_reduce", "container"], "passed")
    assert report(played)["driver"] == dict.fromkeys(["wanted", "installed", "loaded"], "580.178.04")
    assert ["dcgmi", "diag", "--run", "2", "--json"] in host.double.calls("dcgmi")


def test_a_broken_host_fails_with_every_fault_and_is_not_loaded(lab: Lab, host: Host) -> None:
    host.double.set("gpus", host.double.get("gpus")[:7])
    host.double.set_gpu(2, remap_pending=True)
    host.double.set("clients", ["python3"])
    host.run("logger -t kernel 'NVRM: Xid (PCI:0000:8b:00): 79, pid=1, name=x, GPU has fallen off the bus.'")
    host.run("journalctl --sync")
    before = len(host.double.calls("dcgmi"))
    played = lab.role("gpu_verify", host, variables=BURNIN)
    assert played.rc != 0
    for words in (
        "inventory: 7 GPUs answer, the machine has 8",
        "inventory: GPU 2 (00000000:3B:00.0): a memory row waits to be remapped",
        "xid: Xid 79 of 0000:8b:00: pid=1, name=x, GPU has fallen off the bus.",
        "diagnostics: processes use the GPUs (python3): drain the host first",
    ):
        assert words in played.task("Stop where the host is not as it should be").message
    assert len(host.double.calls("dcgmi")) == before


def test_what_is_slow_or_did_not_run_has_not_passed(lab: Lab, host: Host) -> None:
    host.double.fail("all_reduce_perf", "slow")
    host.double.fail("dcgmi", "test-skipped")
    host.double.fail("ctr", "no-such-device")
    played = lab.role("gpu_verify", host, variables={**BURNIN, "gpu_verify_left_out": ["xid"]})
    assert played.rc != 0
    assert statuses(played) == {
        "inventory": "passed",
        "xid": "left-out",
        "diagnostics": "not-run",
        "all_reduce": "failed",
        "container": "failed",
    }
    assert "below 414.0, 90% of 460" in played.output


def test_without_a_known_figure_the_first_measurement_is_the_measure(lab: Lab, host: Host) -> None:
    variables = {"gpu_verify_all_reduce_gb_per_s": 0, "gpu_verify_left_out": ["xid", "container"]}
    first = lab.role("gpu_verify", host, variables={**variables, "gpu_verify_level": "acceptance"})
    assert first.rc == 0, first.output
    assert json.loads(host.read("/var/lib/gpu-verify/all-reduce.json"))["bus_gb_per_s"] > 460
    host.double.fail("all_reduce_perf", "slow")
    second = lab.role("gpu_verify", host, variables={**variables, "gpu_verify_level": "acceptance"})
    assert second.changed("dgx-01") == []
    assert "all_reduce" in report(second)["problems"][0]


def test_check_mode_judges_a_bare_host_without_failing(lab: Lab, host: Host) -> None:
    host.double.fail("nvidia-smi", "library-mismatch")
    played = lab.role("gpu_verify", host, variables={"gpu_verify_left_out": ["xid"]}, check=True)
    assert played.rc == 0, played.output
    assert report(played)["verdict"] == "failed"
    assert "different versions: the host has to be rebooted" in report(played)["problems"][0]


@pytest.fixture(scope="module")
def away(lab: Lab) -> Iterator[Host]:
    host = lab.host("Ubuntu-24.04", name="dgx-02", machine="dgx-h100")
    host.power_off()
    yield host
    lab.stop(host)


def fleet(lab: Lab, playbook: str, folder: Path, *hosts: Host, **variables: Any) -> tuple[Played, dict[str, Any], str]:
    # An unreachable host need not be asked as long as one that answers late.
    per_host = {"dgx-02": {"ansible_ssh_timeout": 3, "ansible_ssh_retries": 0}}
    inventory = lab.inventory(hosts, {"gpu_verify_tolerated_xids": [79], **variables}, per_host)
    played = lab.play(playbook, inventory, extra_vars={"report_folder": str(folder)})
    name = playbook.removesuffix(".yml")
    return played, json.loads((folder / f"{name}.json").read_text()), (folder / f"{name}.txt").read_text()


def test_verify_reports_on_those_that_are_away_too(lab: Lab, host: Host, away: Host, tmp_path: Path) -> None:
    played, found, text = fleet(lab, "verify.yml", tmp_path, host, away)
    assert played.rc != 0
    assert found["fleet"] | {"versions": {}} == {
        "hosts": 2,
        "gpus": 8,
        "failed": ["dgx-02"],
        "unreachable": ["dgx-02"],
        "warned": [],
        "versions": {},
    }
    assert "dgx-01: passed" in text
    assert "dgx-02: unreachable" in text
    alone, found, _ = fleet(lab, "verify.yml", tmp_path, host)
    assert (alone.rc, found["fleet"]["failed"]) == (0, []), alone.output
    assert alone.changed("dgx-01") == []


def test_doctor_tells_versions_and_firmware(lab: Lab, host: Host, tmp_path: Path) -> None:
    played, found, text = fleet(lab, "doctor.yml", tmp_path, host)
    assert played.rc == 0, text
    assert played.changed("dgx-01") == []
    examined = found["hosts"]["dgx-01"]
    versions = {software["name"]: software["installed"] for software in examined["software"]}
    assert (versions["driver"], versions["fabric manager"], versions["containerd"]) == ("580.178.04",) * 2 + ("2.2.1",)
    assert examined["firmware"]["bios_version"] == "1.06.07"
    assert found["fleet"]["warned"] == ["dgx-01"]
    assert "~ firmware 1.06.07 is " in text
    assert "firmware of the GPUs: 96.00.A5.00.01 on dgx-01" in text


def test_doctor_fails_on_what_differs_from_the_lock(lab: Lab, host: Host, tmp_path: Path) -> None:
    """The last of the module: the host does not get its newer packages back."""
    host.run("systemctl stop kubelet")
    host.run(
        "apt-get install -qq -y --allow-downgrades libnvidia-container1=1.19.1-1 libnvidia-container-tools=1.19.1-1 "
        "nvidia-container-toolkit-base=1.19.1-1 nvidia-container-toolkit=1.19.1-1"
    )
    host.double.fail("nvidia-smi", "no-driver")
    played, _, text = fleet(lab, "doctor.yml", tmp_path, host)
    host.run("systemctl start kubelet")
    assert played.rc != 0
    for words in (
        "! container toolkit 1.19.1 is installed, 1.20.1 is wanted",
        "! service kubelet is ",
        "! inventory: no driver is loaded",
    ):
        assert words in text
