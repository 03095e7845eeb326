"""What a host has installed and running, held against the version set, and the report on the whole fleet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ansible.role_filters import playbook_filters, role_filters

FILTERS = role_filters("gpu_verify", "installed_versions")
DRIVER = "580.178.04"


class TestExamination:
    """What is installed and running, against the version set."""

    PACKAGES = {"containerd": [{"version": "2.2.1-0ubuntu1"}], "nvidia-mig-manager": [{"version": "1:0.14.0-1"}]}

    def software(self, package: str, version: str, optional: bool = False) -> dict[str, Any]:
        wanted = [{"name": package, "package": package, "version": version, "optional": optional}]
        return FILTERS["software_versions"](self.PACKAGES, wanted)[0]

    def test_versions_are_compared_without_epoch_and_suffix(self) -> None:
        assert not self.software("containerd", "2.2.1")["wrong"]
        assert self.software("nvidia-mig-manager", "0.15.0", optional=True) == {
            "name": "nvidia-mig-manager",
            "wanted": "0.15.0",
            "installed": "0.14.0",
            "wrong": True,
        }
        assert self.software("dcgm", "4.5.2")["wrong"]
        assert not self.software("dcgm", "4.5.2", optional=True)["wrong"]

    def test_services_that_should_run_and_those_that_failed(self) -> None:
        services = {
            "containerd.service": {"state": "running", "status": "enabled"},
            "nvidia-dcgm.service": {"state": "stopped", "status": "enabled"},
            "snapd.service": {"state": "failed", "status": "enabled"},
        }
        states = FILTERS["service_states"](services, ["containerd", "nvidia-dcgm", "kubelet"])
        wrong = {state["name"]: state["state"] for state in states if state["wrong"]}
        assert wrong == {"nvidia-dcgm": "stopped", "kubelet": "absent", "snapd": "failed"}

    @pytest.mark.parametrize(
        ("date", "age", "old"),
        [("11/21/2024", 730, False), ("11/20/2024", 731, True), ("", -1, False), ("2024", -1, False)],
    )
    def test_firmwares_age(self, date: str, age: int, old: bool) -> None:
        now = datetime(2026, 11, 21, tzinfo=UTC)
        found = FILTERS["firmware"]({"bios_version": "1.6.7", "bios_date": date}, now, 730)
        assert (found["age_days"], found["old"]) == (age, old)

    def test_another_kernel_is_a_problem_and_old_firmware_a_warning(self) -> None:
        machine = {"bios_version": "1.6.7", "age_days": 900, "old": True}
        found = {"software": [], "services": [], "kernel": {"running": "6.8.0-100-generic", "wanted": "6.8.0-149"}}
        told = FILTERS["examination"](found | {"firmware": machine})
        assert told["problems"] == ["kernel 6.8.0-100-generic runs, 6.8.0-149 is wanted"]
        assert told["warnings"] == ["firmware 1.6.7 is 900 days old"]


class TestFleet:
    """The report on all hosts."""

    FLEET = playbook_filters("fleet_report")

    def test_nobody_is_lost(self) -> None:
        driver = {"wanted": DRIVER, "loaded": DRIVER, "installed": DRIVER}
        hostvars: dict[str, dict[str, Any]] = {
            "a": {"fleet_entry": {"status": "passed", "driver": driver, "gpus": [{"vbios": "96"}]}},
            "b": {"fleet_entry": {"status": "failed", "problems": ["x"], "driver": driver | {"loaded": "580.126.09"}}},
            "c": {"fleet_entry": {"status": "unreachable", "problems": ["no route"]}},
            "d": {},
            "e": {"fleet_entry": {"status": "no-result"}},
        }
        report = self.FLEET["fleet_report"](list(hostvars), hostvars)
        assert report["fleet"]["failed"] == ["b", "c", "d", "e"]
        assert report["fleet"]["unreachable"] == ["c", "d"]
        assert report["fleet"]["versions"]["loaded driver"] == {DRIVER: ["a"], "580.126.09": ["b"]}
        lines = "\n".join(self.FLEET["fleet_lines"](report))
        for words in ("5 hosts, 1 GPUs, 4 not as they should be", "c: unreachable", "! no route", "580.126.09 on b"):
            assert words in lines

    def test_an_examination_joins_the_verdict(self) -> None:
        report = {"problems": [], "verdict": "passed"}
        joined = self.FLEET["examined"](report, {"problems": ["service kubelet is absent"], "warnings": []})
        assert (joined["status"], joined["verdict"]) == ("failed", "failed")
