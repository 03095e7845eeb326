"""The doubles of nvidia-mig-parted and dcgmi: layouts, diagnostics, and what DCGM's host engine keeps in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.double_program import Double


@pytest.fixture
def double(tmp_path: Path) -> Double:
    return Double(tmp_path)


class TestMig:
    """Layouts of GPUs."""

    @pytest.fixture
    def layouts(self, double: Double) -> str:
        half = {"devices": "all", "mig-enabled": True, "mig-devices": {"3g.40gb": 2}}
        off = {"devices": "all", "mig-enabled": False}
        wrong = {"devices": [0], "mig-enabled": True, "mig-devices": {"1g.5gb": 7}}
        layouts = {"half": [half], "all-disabled": [off], "wrong": [wrong]}
        return str(double.write("layouts.yaml", json.dumps({"version": "v1", "mig-configs": layouts})))

    def test_a_layout_is_applied_once_and_forgotten_by_a_boot(self, double: Double, layouts: str) -> None:
        asked = ("--config-file", layouts, "--selected-config", "half")
        assert double.run("mig_parted", "assert", *asked).returncode == 1
        assert double.run("mig_parted", "apply", *asked).returncode == 0
        assert double.run("mig_parted", "assert", *asked).returncode == 0
        exported: dict[str, Any] = json.loads(double.run("mig_parted", "export", "--output-format", "json").stdout)
        assert exported["mig-configs"]["current"][7]["mig-devices"] == {"3g.40gb": 2}
        (double.root / "run/gpu-double/mig.json").unlink()
        assert double.run("mig_parted", "assert", *asked).returncode == 1

    def test_whoever_holds_the_gpus_stands_in_the_way(self, double: Double, layouts: str) -> None:
        double.state.set("clients", ["python3"])
        seen = double.run("mig_parted", "apply", "-f", layouts, "-c", "half")
        assert seen.returncode == 1
        assert "In use by another client" in seen.stdout

    def test_pending_is_not_applied(self, double: Double, layouts: str) -> None:
        """NVIDIA/mig-parted#9: success without partitions."""
        double.state.fail("nvidia-mig-parted", "mode-pending")
        assert double.run("mig_parted", "apply", "-f", layouts, "-c", "half").returncode == 0
        assert double.run("mig_parted", "assert", "-f", layouts, "-c", "half").returncode == 1
        gpu = next(double.xml().iter("gpu"))
        assert (gpu.findtext("mig_mode/current_mig"), gpu.findtext("mig_mode/pending_mig")) == ("Disabled", "Enabled")

    def test_profiles_of_another_gpu_are_refused(self, double: Double, layouts: str) -> None:
        seen = double.run("mig_parted", "apply", "-f", layouts, "-c", "wrong")
        assert seen.returncode == 1
        assert "1g.5gb" in seen.stdout


class TestDcgm:
    """Diagnostics and settings."""

    def test_without_host_engine_there_is_no_answer(self, double: Double) -> None:
        seen = double.run("dcgmi", "diag", "-r", "1", "-j")
        assert (seen.returncode, "Unable to connect to host engine" in seen.stdout) == (235, True)

    @pytest.mark.parametrize(("way", "status"), [("", 0), ("test-fails", 226), ("test-skipped", 0)])
    def test_diagnostics(self, double: Double, way: str, status: int) -> None:
        double.state.raise_flag("clients/nv-hostengine", "")
        if way:
            double.state.fail("dcgmi", way)
        seen = double.run("dcgmi", "diag", "--run", "3", "--json")
        assert seen.returncode == status
        categories = json.loads(seen.stdout)["DCGM Diagnostic"]["test_categories"]
        tests = {test["name"]: test["test_summary"]["status"] for category in categories for test in category["tests"]}
        worst = {"": "Pass", "test-fails": "Fail", "test-skipped": "Skip"}[way]
        assert (tests["software"], tests["targeted_power"]) == ("Pass", worst)

    def test_the_engine_remembers_until_it_ends(self, double: Double) -> None:
        double.state.raise_flag("clients/nv-hostengine", "")
        assert double.run("dcgmi", "health", "--set", "mp").returncode == 0
        body = json.loads(double.run("dcgmi", "health", "--fetch", "--json").stdout.partition("\n")[2])["body"]
        assert sorted(name for name, said in body.items() if said["value"] == "On") == ["Memory", "PCIe"]
        assert double.run("dcgmi", "policy", "--set", "0,0", "-e", "-x").returncode == 0
        assert "XID error detected." in double.run("dcgmi", "policy", "--get", "--json").stdout
