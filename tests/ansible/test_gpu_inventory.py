"""How gpu_verify reads nvidia-smi and the kernel's log, odd outputs included, and what it makes of them.

The XML is the doubles', shaped after published outputs; no GPU printed it here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from tests.ansible.lab.doubles.machine import machine_state
from tests.ansible.lab.doubles.state import State
from tests.ansible.lab.doubles.xml_log import xml_log
from tests.ansible.role_filters import role_filters
from tests.ansible.roles import ANSIBLE

NOUNS = ("smi_inventory", "gpu_faults", "xid_events")
FILTERS = {name: function for noun in NOUNS for name, function in role_filters("gpu_verify", noun).items()}
DRIVER = "580.178.04"
EXPECTED: dict[str, Any] = {
    "driver_version": DRIVER,
    "installed": DRIVER,
    "loaded": DRIVER,
    "gpus": 8,
    "product_names": ["NVIDIA H100 80GB HBM3"],
    "ecc": True,
    "persistence": True,
    "fabric": True,
    "nvlinks": False,
    "inactive_links": {},
}


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A sound DGX H100."""
    state = State(tmp_path / "var/lib/gpu-double/state.json")
    state.write(machine_state("dgx-h100"))
    for flag, text in (("nvidia-version", DRIVER), ("persistence", ""), ("fabric-manager", "")):
        state.raise_flag(flag, text)
    return state


def inventory(state: State) -> dict[str, Any]:
    return FILTERS["smi_inventory"]({"rc": 0, "stdout": xml_log(state)})


def faults(state: State, **expected: Any) -> list[str]:
    return FILTERS["gpu_faults"](inventory(state), EXPECTED | expected)


class TestInventory:
    """nvidia-smi -q -x."""

    def test_a_sound_machine_has_no_faults(self, state: State) -> None:
        read = inventory(state)
        assert (read["driver_version"], len(read["gpus"]), read["refusal"]) == (DRIVER, 8, "")
        assert faults(state) == []

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"ecc": False}, "ECC is off"),
            ({"volatile_uncorrectable": 3}, "3 uncorrectable memory errors"),
            ({"remap_pending": True}, "a memory row waits to be remapped"),
            ({"remap_failure": True}, "the GPU has to be replaced"),
            ({"recovery_action": "Node Reboot"}, "asks for a recovery: Node Reboot"),
            ({"link_width": 8}, "8 of 16 PCIe lanes"),
            ({"mig_pending": "Enabled"}, "MIG mode Enabled waits for a reset, Disabled holds"),
        ],
    )
    def test_a_fault_of_one_gpu_names_it(self, state: State, values: dict[str, Any], words: str) -> None:
        state.set_gpu(2, **values)
        (fault,) = faults(state)
        assert fault.startswith("GPU 2 (00000000:3B:00.0): ")
        assert words in fault

    def test_an_idle_links_lower_generation_is_none(self, state: State) -> None:
        state.set_gpu(2, link_generation=1)
        assert faults(state) == []

    def test_a_lost_gpu_and_another_product_are_counted_and_named(self, state: State) -> None:
        gpus = state.get("gpus")
        state.set("gpus", [gpu | {"name": "NVIDIA H100 PCIe"} for gpu in gpus[:7]])
        assert faults(state) == [
            "7 GPUs answer, the machine has 8",
            "the GPUs are NVIDIA H100 PCIe, the inventory says NVIDIA H100 80GB HBM3",
        ]

    def test_persistence_and_fabric_are_asked_where_expected(self, state: State) -> None:
        for flag in ("persistence", "fabric-manager"):
            (state.run / flag).unlink()
        found = faults(state)
        assert sum("persistence mode is off" in fault for fault in found) == 8
        assert sum("fabric is In Progress" in fault for fault in found) == 8
        assert faults(state, persistence=False, fabric=False) == []

    def test_what_a_gpu_does_not_have_is_no_fault(self) -> None:
        """A T4's log without fabric, MIG and remapped rows, and an old driver's without newer elements."""
        printed = "<nvidia_smi_log><driver_version>580.178.04</driver_version>"
        printed += "<gpu id='0'><product_name>Tesla T4</product_name>"
        printed += "<mig_mode><current_mig>N/A</current_mig><pending_mig>N/A</pending_mig></mig_mode>"
        printed += "<persistence_mode>Enabled</persistence_mode></gpu></nvidia_smi_log>"
        read = FILTERS["smi_inventory"]({"rc": 0, "stdout": printed})
        wanted = EXPECTED | {"gpus": 1, "product_names": ["Tesla T4"], "fabric": False}
        assert FILTERS["gpu_faults"](read, wanted) == []

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({"rc": 9, "stdout": "NVIDIA-SMI has failed"}, "no driver is loaded (NVIDIA-SMI has failed)"),
            ({"rc": 18, "stdout": ""}, "different versions: the host has to be rebooted"),
            ({"rc": 15, "stdout": "GPU is lost"}, "fell off the bus"),
            ({"rc": 124}, "does not answer"),
            ({"rc": 127, "stderr": "No such file"}, "nvidia-smi is not installed"),
            ({"rc": 255, "stdout": "Unknown Error"}, "exit status 255 (Unknown Error)"),
            ({}, "nvidia-smi is not installed"),
            ({"rc": 0, "stdout": "WARNING: infoROM is corrupted\n"}, "printed no XML"),
        ],
    )
    def test_a_refusal_is_told_in_words(self, answer: dict[str, Any], words: str) -> None:
        read = FILTERS["smi_inventory"](answer)
        assert words in read["refusal"]
        assert words in FILTERS["gpu_faults"](read, EXPECTED)[-1]

    def test_links_that_are_down_are_named(self) -> None:
        printed = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)\n\t Link 0: 26.562 GB/s\n\t Link 1: <inactive>\n"
        assert FILTERS["inactive_links"](printed) == {"GPU-a": [1]}
        assert FILTERS["inactive_links"]("GPU 0: NVIDIA L4 (UUID: GPU-a)\n") == {}

    def test_a_machine_with_nvswitch_has_to_tell_links(self, state: State) -> None:
        first = inventory(state)["gpus"][0]["uuid"]
        found = faults(state, nvlinks=True, inactive_links={first: [4, 5]})
        assert "GPU 0 (00000000:1B:00.0): NVLinks 4, 5 are down" in found
        assert sum("no NVLinks are told" in fault for fault in found) == 7


@pytest.mark.parametrize(
    ("installed", "loaded", "words"),
    [
        (DRIVER, "580.126.09", ["580.126.09 is loaded", "a reboot is due"]),
        ("580.126.09", "580.126.09", ["580.126.09 is installed, 580.178.04 is wanted", "580.126.09 is loaded"]),
        (DRIVER, "", ["no kernel module is loaded"]),
        ("", "", ["no driver is installed"]),
    ],
)
def test_three_versions_have_to_be_one(state: State, installed: str, loaded: str, words: list[str]) -> None:
    found = faults(state, installed=installed, loaded=loaded)
    assert len(found) >= len(words)
    for word in words:
        assert any(word in fault for fault in found), found


def test_the_drivers_version_is_read_without_epoch_and_suffix() -> None:
    packages = {"libnvidia-compute-580-server": [{"version": "580.178.04-0ubuntu0.24.04.1"}], "libnvidia-compute": []}
    assert FILTERS["driver_version"](packages, r"libnvidia-compute-\d+(-server)?") == DRIVER
    assert FILTERS["driver_version"]({"nvidia-driver-cuda": [{"version": DRIVER}]}, "nvidia-driver-cuda") == DRIVER
    assert FILTERS["driver_version"]({}, "nvidia-driver-cuda") == ""


def test_xids_are_told_unless_an_application_caused_them() -> None:
    log = """\
NVRM: Xid (PCI:0000:1b:00): 79, pid=1896, name=python3, GPU has fallen off the bus.
NVRM: Xid (PCI:0000:1b:00): 13, pid=77, name=python3, Graphics Exception: ESR 0x404490=0x80000001
NVRM: Xid (PCI:0000:1b:00): 13, pid=77, name=python3, Graphics Exception: ESR 0x404490=0x80000001
nvidia-nvswitch0: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 32 LTSSM Fault Up
NVRM: SXid (PCI:0000:05:00.0): 13, Fatal, Link 32
NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64
"""
    events = FILTERS["xid_events"](log)
    assert [(event["kind"], event["number"]) for event in events][:3] == [("Xid", 79), ("Xid", 13), ("Xid", 13)]
    found = FILTERS["xid_faults"](events, [13, 31])
    assert [fault.partition(":")[0] for fault in found] == ["Xid 79 of 0000", "SXid 20034 of 0000", "SXid 13 of 0000"]
    assert "(2 times)" in FILTERS["xid_faults"](events, [])[1]


@pytest.mark.parametrize(
    ("told", "version"),
    [
        # doctor.yml and verify.yml, which don't run the driver's role.
        ({}, "580.178.04"),
        ({"nvidia_driver_state": "changed", "nvidia_driver_plan": {"loaded": "580.126.09"}}, "580.178.04"),
        ({"nvidia_driver_state": "deferred", "nvidia_driver_plan": {"loaded": "580.126.09"}}, "580.126.09"),
        ({"gpu_stack_owner": "operator"}, ""),
    ],
    ids=["strict", "changed", "deferred", "operator"],
)
def test_a_host_whose_change_waits_is_judged_by_the_driver_that_runs(told: dict[str, Any], version: str) -> None:
    loader = DataLoader()
    variables = loader.load_from_file(str(ANSIBLE / "group_vars/all/gpu_verify.yml"), trusted_as_template=True)
    known = {"gpu_stack_owner": "host", "versions": {"nvidia_driver": {"version": DRIVER}}, **told}
    assert Templar(loader, known).template(variables["gpu_verify_driver_version"]) == version
    for playbook in ("doctor.yml", "verify.yml"):
        assert "nvidia_driver" not in (ANSIBLE / playbook).read_text()
