"""What node_health's watcher makes of lines of the kernel's log, without a host."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.ansible.roles import ANSIBLE, defaults, read

ROLE: Final = ANSIBLE / "roles" / "node_health"
OFF_THE_BUS: Final = "NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."
RECOVERY: Final = "NVRM: Xid (PCI:0000:9b:00): 154, GPU recovery action"
PAGE_FAULT: Final = "NVRM: Xid (PCI:0000:1b:00): 31, pid=1896, name=python3, Ch 00000008, intr 00000000. MMU Fault"


def settings() -> dict[str, Any]:
    known = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())
    return {"xids": known["node_health_known_xids"], "patterns": known["node_health_known_patterns"]}


def watcher() -> Any:
    spec = importlib.util.spec_from_file_location("node_health", ROLE / "files" / "node_health.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("line", "name", "action"),
    [
        (OFF_THE_BUS, "xid-79", "cordon"),
        (PAGE_FAULT, "xid-31", "report"),
        ("NVRM: Xid (PCI:0000:9b:00): 94, Contained: SM (0x1). RST: No, D-RST: No", "xid-94", "report"),
        ("NVRM: Xid (PCI:0000:9b:00): 95, Uncontained: LTC TAG (0x2,0x0). RST: Yes, D-RST: No", "xid-95", "cordon"),
        ("NVRM: Xid (PCI:0000:9b:00): 999, something new", "xid-999", "report"),
        (f"{RECOVERY} changed from 0x0 (None) to 0x2 (Node Reboot Required)", "xid-154", "cordon"),
        (f"{RECOVERY} changed from 0x1 (GPU Reset Required) to 0x0 (None)", "", ""),
        ("nvidia-nvswitch3: SXid (PCI:0000:cd:00.0): 20034, Fatal, Link 24 LTSSM Fault Up", "sxid-fatal", "cordon"),
        (
            "nvidia-nvswitch2: SXid (PCI:0000:8a:00.0): 12028, Non-fatal, Link 61 egress non-posted PRIV error",
            "sxid",
            "report",
        ),
        ("EXT4-fs (nvme0n1p2): Remounting filesystem read-only", "read-only-filesystem", "cordon"),
        ("mce: [Hardware Error]: CPU 3: Machine Check: 0 Bank 7: cc00000c00010092", "machine-check", "report"),
        (
            "pcieport 0000:16:01.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer",
            "pcie-fatal",
            "cordon",
        ),
        ("nvidia 0000:1b:00.0: enabling device (0140 -> 0142)", "", ""),
        ("usb 1-1: new high-speed USB device number 2 using xhci_hcd", "", ""),
    ],
)
def test_each_line_is_judged_by_the_table(line: str, name: str, action: str) -> None:
    found = watcher().Problems(settings())
    assert found.read(line, 1000.0) == bool(name)
    assert [(problem["name"], problem["action"]) for problem in found.listed()] == ([(name, action)] if name else [])


def test_a_problem_that_may_happen_cordons_when_it_happens_often() -> None:
    line = "NVRM: Xid (PCI:0000:9b:00): 109, pid=1896, name=python3, Ch 00000008, errorString CTX SWITCH TIMEOUT"
    found = watcher().Problems(settings())
    for minute in (0, 50, 100):
        found.read(line, 60.0 * minute)
    assert found.acted_on() == {}, "three within an hour and forty minutes"
    found.read(line, 60.0 * 105)
    assert found.acted_on() == {"xid-109 0000:9b:00": 60.0 * 105}
    assert not watcher().Problems(settings()).acted_on()


def test_a_code_without_an_action_that_is_known_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({**settings(), "xids": {"31": {"action": "drain"}}}))
    with pytest.raises(ValueError, match="node_health_xids: 31: needs says, and action cordon or report"):
        watcher().settings_in(file)


def test_every_code_of_the_table_says_what_it_is_and_what_is_done() -> None:
    for code, rule in settings()["xids"].items():
        assert code.isdigit()
        assert set(rule) <= {"says", "action", "count", "minutes"}, code
        assert rule["action"] in {"cordon", "report"}, code


def test_what_is_only_reported_does_not_fail_a_verification() -> None:
    known = read(ANSIBLE / "roles" / "node_health" / "vars" / "main.yml")["node_health_known_xids"]
    reported = {int(code) for code, rule in known.items() if rule["action"] == "report"}
    assert set(defaults("gpu_verify")["gpu_verify_tolerated_xids"]) == reported
