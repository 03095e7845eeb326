"""DCGM with one host engine that watches what it was told to, also after it was restarted by somebody else.

Host engine and dcgmi are doubles that answer as DCGM's sources print; the units that start them are real.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import yaml

from tests.ansible.gpu_stack import MARKS, STACKS, Stack, done_by, failed
from tests.ansible.role_filters import role_filters
from tests.ansible.roles import REPOSITORY

pytestmark = MARKS

ALL = ["ConnectX", "Driver", "InfoROM", "Memory", "NVLINK", "NvSwitch F", "NvSwitch NF", "PCIe", "Power", "Thermal"]
FILTERS = role_filters("dcgm", "dcgm_settings")
RELOADS = "journalctl --sync; journalctl --boot --identifier=systemd --grep=Reloading"


def answer(stack: Stack, command: str) -> dict[str, Any]:
    """Return the JSON between the lines that dcgmi prints around it."""
    text = stack.host.run(f"dcgmi {command}").stdout
    return json.loads(text[text.index("{") : text.rindex("}") + 1])["body"]


def watched(stack: Stack) -> list[str]:
    return sorted(name for name, value in answer(stack, "health --fetch --json").items() if value["value"] == "On")


@pytest.mark.parametrize("name", STACKS)
def test_the_engine_watches_everything(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    assert watched(stack) == ALL
    conditions = answer(stack, "policy --get --json")["Violation conditions"]
    assert conditions == {"value": "Double-bit ECC errors", "overflow": ["NVLink Errors", "XID error detected."]}
    assert stack.host.run("systemctl is-enabled nvidia-dcgm").returncode == 0


def test_dcgm_3_and_other_cuda_majors_are_gone(ubuntu_stack: Stack) -> None:
    assert "Take DCGM 3 and the libraries of other CUDA majors away" in done_by(ubuntu_stack.first, "dcgm", "changed")
    shown = ubuntu_stack.lines("dpkg-query --show --showformat '${Package} ${Version}\\n' 'datacenter-gpu-manager*'")
    assert [line for line in shown if line.split()[1:]] == [
        "datacenter-gpu-manager-4-core 1:4.5.2-1",
        "datacenter-gpu-manager-4-cuda13 1:4.5.2-1",
        "datacenter-gpu-manager-4-proprietary 1:4.5.2-1",
        "datacenter-gpu-manager-exporter 4.8.2-1",
    ]


@pytest.mark.parametrize("name", STACKS)
def test_the_exporter_exports_what_the_clusters_does_and_knows_its_node(
    name: str, request: pytest.FixtureRequest
) -> None:
    stack: Stack = request.getfixturevalue(name)
    values = yaml.safe_load((REPOSITORY / "helm-values/dcgm-exporter/values.yaml").read_text())
    exported = stack.host.run("cat /etc/dcgm-exporter/default-counters.csv").stdout
    assert exported == values["customMetrics"]
    assert stack.lines("cat /etc/default/nvidia-dcgm-exporter") == [
        "DCGM_REMOTE_HOSTENGINE_INFO=localhost:5555",
        "DCGM_EXPORTER_KUBERNETES=true",
        f"NODE_NAME={stack.host.name}",
    ]
    pid = stack.pid("nvidia-dcgm-exporter")
    assert f"NODE_NAME={stack.host.name}" in stack.host.run(f"tr '\\0' '\\n' < /proc/{pid}/environ").stdout.split()


def test_another_list_restarts_the_exporter_and_the_clusters_exporter_turns_it_off(ubuntu_stack: Stack) -> None:
    before = ubuntu_stack.pid("nvidia-dcgm-exporter")
    temperature = "DCGM_FI_DEV_GPU_TEMP, gauge, Temperature.\n"
    restarted = ["Enable it, and start it anew when what it reads has changed", "Note that it read both"]
    # As a run leaves it that was cut off before the exporter's restart.
    ubuntu_stack.host.write("/etc/dcgm-exporter/default-counters.csv", temperature)
    played = ubuntu_stack.play("dcgm", dcgm_exporter_metrics=temperature)
    assert played.rc == 0, played.output[-4000:]
    assert played.changed() == restarted
    assert ubuntu_stack.pid("nvidia-dcgm-exporter") not in ("0", before)
    played = ubuntu_stack.play("dcgm", dcgm_exporter_enabled=False)
    assert played.changed() == ["Turn it off where the cluster's exporter does it"]
    assert ubuntu_stack.pid("nvidia-dcgm-exporter") == "0"
    assert ubuntu_stack.play("dcgm").changed() == ["Say what it exports", *restarted]


def test_watches_outlive_a_restart_of_the_engine(ubuntu_stack: Stack) -> None:
    host = ubuntu_stack.host
    assert host.run("systemctl restart nvidia-dcgm").returncode == 0
    deadline = time.monotonic() + 120
    # The restart waits for the engine's process only; the unit waits until it listens.
    while host.run("systemctl is-active dcgm-watches").stdout.strip() != "active":
        assert time.monotonic() < deadline, host.run("systemctl status nvidia-dcgm dcgm-watches").stdout
        time.sleep(0.5)
    assert watched(ubuntu_stack) == ALL


@pytest.mark.reported(
    "NVIDIA/nvidia-container-toolkit#48, #1227: systemctl daemon-reload takes GPUs away from containers"
)
def test_what_differs_is_set_without_reloading_systemd(ubuntu_stack: Stack) -> None:
    host = ubuntu_stack.host
    assert host.run("dcgmi health --set m").returncode == 0
    reloads = len(ubuntu_stack.lines(RELOADS))
    played = ubuntu_stack.play("dcgm", dcgm_policy_limits={"max_temperature": 90})
    assert played.rc == 0, played.output[-4000:]
    assert played.changed() == ["Write what is watched", "Set watches and policies"]
    assert watched(ubuntu_stack) == ALL
    assert (
        "Max temperature threshold - 90"
        in answer(ubuntu_stack, "policy --get --json")["Violation conditions"]["overflow"]
    )
    assert len(ubuntu_stack.lines(RELOADS)) == reloads


def test_an_engine_whose_program_was_replaced_is_restarted(ubuntu_stack: Stack) -> None:
    """The double is a script, which the kernel doesn't mark; a copied `sleep` is a program like the real engine."""
    host, override = ubuntu_stack.host, "/run/systemd/system/nvidia-dcgm.service.d/program.conf"
    host.write(override, "[Service]\nExecStart=\nExecStart=/usr/local/bin/engine infinity\n")
    host.run("cp /bin/sleep /usr/local/bin/engine; systemctl daemon-reload; systemctl restart nvidia-dcgm")
    before = ubuntu_stack.pid("nvidia-dcgm")
    host.run(f"cp /bin/sleep /usr/local/bin/other; mv /usr/local/bin/other /usr/local/bin/engine; rm {override}")
    host.run("systemctl daemon-reload")
    played = ubuntu_stack.play("dcgm")
    assert "Start the engine, anew when its program was replaced" in played.changed(), played.output[-4000:]
    assert ubuntu_stack.pid("nvidia-dcgm") not in ("0", before)
    assert watched(ubuntu_stack) == ALL


def test_a_second_engine_is_refused_and_a_pods_engine_is_the_only_one(ubuntu_stack: Stack) -> None:
    host = ubuntu_stack.host
    host.run(
        "cp /bin/sleep /usr/local/bin/nv-hostengine; systemd-run --unit=other /usr/local/bin/nv-hostengine infinity"
    )
    other = ubuntu_stack.pid("other")
    message = failed(ubuntu_stack.play("dcgm")).message
    assert f"another nv-hostengine runs (process {other})" in message
    played = ubuntu_stack.play("dcgm", dcgm_host_engine="pod", dcgm_exporter_enabled=False)
    host.run("systemctl stop other")
    assert played.rc == 0, played.output[-4000:]
    assert ubuntu_stack.lines("systemctl is-active nvidia-dcgm; systemctl is-enabled nvidia-dcgm") == [
        "inactive",
        "disabled",
    ]
    assert ubuntu_stack.play("dcgm").rc == 0


def test_libraries_that_the_driver_does_not_know_are_refused(ubuntu_stack: Stack) -> None:
    played = ubuntu_stack.play("dcgm", dcgm_driver_branch=570, check=True)
    assert "which drivers know from branch 580 on; the host has branch 570" in failed(played).message
    played = ubuntu_stack.play("dcgm", dcgm_exporter_version="", check=True)
    assert "dcgm_exporter_enabled needs dcgm_exporter_version (is '')" in failed(played).message


@pytest.mark.parametrize(
    ("watches", "letters", "names"),
    [
        (["all"], "a", ALL),
        (["thermal", "memory"], "mt", ["Memory", "Power", "Thermal"]),
        ([], "", []),
    ],
)
def test_watches_in_letters_and_as_printed(watches: list[str], letters: str, names: list[str]) -> None:
    assert FILTERS["dcgm_watch_letters"](watches) == letters
    assert FILTERS["dcgm_watched_by_letters"](letters) == names


def test_policies_in_arguments_and_as_printed() -> None:
    limits = {"max_power": 700, "max_temperature": None}
    assert FILTERS["dcgm_policy_arguments"](["xid", "ecc"], limits) == "--set 0,0 -e -x -P 700"
    assert FILTERS["dcgm_policy_arguments"]([], {}) == "--clear"
    assert FILTERS["dcgm_condition_words"](["ecc"], limits) == ["Double-bit ECC errors", "Max power threshold - 700"]
    printed = 'Policy information\n{"body": {"Violation conditions": {"value": "None"}}}\n**** Non-homogenous\n'
    assert FILTERS["dcgm_conditions"](printed) == []
    assert FILTERS["dcgm_watched"]("Error: unable to establish a connection") == []
    with pytest.raises(Exception, match="dcgmi answered something that is not JSON"):
        FILTERS["dcgm_watched"]("{nothing}")
