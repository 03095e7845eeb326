"""Which layouts GPUs can hold, and what is said of them; no host is involved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalogue.gpu_machines import load_gpu_machines
from tests.ansible.role_filters import role_filters

FILTERS = role_filters("mig", "mig_layouts")
CLIENTS = role_filters("mig", "gpu_clients")["mig_clients_of"]
MACHINES = load_gpu_machines()


def profiles(gpu: str) -> dict[str, Any]:
    return {name: facts.model_dump() for name, facts in MACHINES.gpus[gpu].mig_profiles.items()}


def faults(entries: list[dict[str, Any]], gpu: str = "H100", gpus: int = 8) -> list[str]:
    return FILTERS["mig_layout_faults"]("mine", {"mine": entries}, profiles(gpu), gpus, gpu)


@pytest.mark.parametrize("gpu", [name for name, gpu in MACHINES.gpus.items() if gpu.mig_profiles])
def test_every_layout_of_one_profile_fits(gpu: str) -> None:
    for profile in profiles(gpu):
        name = f"all-{profile.replace('+', '.')}"
        assert FILTERS["mig_layout_faults"](name, {}, profiles(gpu), 8, gpu) == []
    assert FILTERS["mig_layout_faults"]("all-disabled", {}, profiles(gpu), 8, gpu) == []


@pytest.mark.parametrize(
    "held", [{"3g.40gb": 1, "2g.20gb": 1, "1g.10gb": 2}, {"4g.40gb": 1, "3g.40gb": 1}, {"2g.20gb": 3, "1g.10gb": 1}]
)
def test_mixed_profiles_fit_up_to_seven_and_eight_slices(held: dict[str, int]) -> None:
    assert faults([{"devices": "all", "mig_devices": held}]) == []


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            [{"devices": "all", "mig_devices": {"1g.5gb": 7}}],
            "profile '1g.5gb' is none of H100, which has 1g.10gb, 1g.10gb+me",
        ),
        ([{"devices": "all", "mig_devices": {"1g.10gb": 8}}], "8 of profile '1g.10gb'; one H100 holds 1 to 7 of it"),
        ([{"devices": "all", "mig_devices": {"1g.10gb": True}}], "True of profile '1g.10gb'"),
        ([{"devices": "all", "mig_devices": {"3g.40gb": 2, "1g.10gb": 1}}], "take 9 memory slices; one H100 has 8"),
        ([{"devices": "all", "mig_devices": {"4g.40gb": 1, "2g.20gb": 2}}], "take 8 compute slices; one H100 has 7"),
        ([{"devices": [0, 1]}], "GPU 2-7 stands in no entry"),
        ([{"devices": "all"}, {"devices": [3]}], "GPU 3 stands in more than one entry"),
        ([{"devices": "all"}, {"devices": [8]}], "GPU 8 isn't there; the machine has GPU 0 to 7"),
        ([{"devices": "0-3"}], "devices is '0-3'; it is 'all' or a list of numbers from 0 to 7"),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_allowed(entries: list[dict[str, Any]], words: str) -> None:
    said = faults(entries)
    assert any(words in fault for fault in said), said
    assert all(fault.startswith("layout 'mine': ") for fault in said)


def test_a_gpu_without_mig_has_no_layouts() -> None:
    (said,) = FILTERS["mig_layout_faults"]("all-1g.10gb", {}, {}, 4, "L40S")
    assert said == "layout 'all-1g.10gb': L40S has no MIG; leave mig_layout out, or say all-disabled"
    assert FILTERS["mig_layout_faults"]("all-disabled", {}, {}, 4, "L40S") == []


def test_a_layout_is_written_for_mig_parted() -> None:
    declared = {"mine": [{"devices": [0], "mig_devices": {"1g.10gb": 7}}, {"devices": [1], "mig_devices": {}}]}
    assert FILTERS["mig_parted_config"]("mine", declared, profiles("H100")) == {
        "version": "v1",
        "mig-configs": {
            "mine": [
                {"devices": [0], "mig-enabled": True, "mig-devices": {"1g.10gb": 7}},
                {"devices": [1], "mig-enabled": False},
            ]
        },
    }


def exported(*held: dict[str, int]) -> str:
    entries = [{"devices": [number], "mig-enabled": bool(own), "mig-devices": own} for number, own in enumerate(held)]
    return json.dumps({"version": "v1", "mig-configs": {"current": entries}})


def plan(name: str, export: str, modes: str = "") -> dict[str, Any]:
    return FILTERS["mig_plan_of"](name, {}, profiles("H100"), 2, {"export": export, "modes": modes})


def test_a_plan_says_what_is_there_and_what_would_be_done() -> None:
    assert plan("all-7g.80gb", exported({"7g.80gb": 1}, {"7g.80gb": 1}))["actions"] == []
    changed = plan("all-7g.80gb", exported({"7g.80gb": 1}, {}))
    assert changed["actions"] == ["apply layout all-7g.80gb: GPU 0: 1 x 7g.80gb; GPU 1: whole -> GPU 0-1: 1 x 7g.80gb"]
    pending = plan("all-disabled", exported({}, {}), "0, Enabled, Disabled\n1, Disabled, Disabled\n")
    assert (pending["reboot"], pending["needed"]) == (True, True)
    assert pending["actions"] == ["reset or reboot for the MIG mode of GPU 0 (Enabled, pending Disabled)"]
    assert plan("all-7g.80gb", "")["installed"].startswith("unknown")
    assert plan("", exported({}, {}))["wanted"] == "none declared"
    with pytest.raises(Exception, match="answered something else than a layout"):
        plan("all-disabled", "mig-configs:")


def test_clients_are_named_and_those_that_may_be_stopped_left_out() -> None:
    holders = [
        {"pid": 10, "name": "nv-hostengine", "unit": "nvidia-dcgm.service"},
        {"pid": 11, "name": "nvidia-device-p", "unit": "kubepods-besteffort-pod1234.slice"},
        {"pid": 12, "name": "python3", "unit": "session-4.scope"},
    ]
    services, agents = ["nvidia-dcgm.service"], ["nvidia-device-plugin"]
    compute = "10, nv-hostengine, GPU-1\n12, python3, GPU-1\n13, /opt/train, GPU-2\n"
    assert CLIENTS(holders, compute, services, agents) == [
        "python3 (process 12 of session-4.scope)",
        "/opt/train (process 13)",
    ]
    assert CLIENTS(holders[1:2], "", services, [])[0].startswith("nvidia-device-p (process 11 of kubepods")
