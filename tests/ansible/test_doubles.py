"""The doubles of GPU programs tell of one state, fail in the vendors' ways, and answer only what they were taught.

Not shown here: that the real programs print the same; where a format was seen, the double's file says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ansible.double_program import DRIVER, Double
from tests.ansible.lab.doubles.bundle import FOLDER
from tests.ansible.lab.doubles.state import FAILURES

PROGRAMS = ("nvidia_smi", "dcgmi", "mig_parted", "nodeadm", "nccl", "dkms", "mokutil", "fi_info", "crictl", "ctr")


@pytest.fixture
def double(tmp_path: Path) -> Double:
    return Double(tmp_path)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_nobody_taught_is_not_answered(double: Double, program: str) -> None:
    double.state.raise_flag("clients/nv-hostengine", "")
    seen = double.run(program, "--made-up" if program != "ctr" else "run", "x")
    assert seen.returncode != 0
    assert "not answered: " in seen.stderr
    assert seen.stdout == ""


def test_an_unknown_failure_is_refused(double: Double) -> None:
    with pytest.raises(ValueError, match=r"nvidia-smi does not know the failure on-fire; it knows .*library-mismatch"):
        double.state.fail("nvidia-smi", "on-fire")


def test_every_failure_is_one_that_a_double_looks_for_and_a_test_asks_for() -> None:
    doubles = "".join(file.read_text() for file in FOLDER.glob("*.py"))
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    for ways in FAILURES.values():
        for way in ways:
            assert doubles.count(f'"{way}"') > 1, f"{way} is looked for by no double"
            assert f'"{way}"' in tests, f"{way} is asked for by no test"


@pytest.mark.parametrize(
    ("way", "status", "words"),
    [
        ("no-driver", 9, "couldn't communicate with the NVIDIA driver"),
        ("library-mismatch", 18, "Driver/library version mismatch"),
        ("gpu-lost", 15, "Unable to determine the device handle for GPU0000:8B:00.0: GPU is lost"),
    ],
)
def test_nvidia_smi_refuses_as_the_real_one(double: Double, way: str, status: int, words: str) -> None:
    double.state.fail("nvidia-smi", way)
    seen = double.run("nvidia_smi", "-L")
    assert seen.returncode == status
    assert words in seen.stdout
    double.state.heal()
    assert double.run("nvidia_smi", "-L").returncode == 0


def test_a_newer_library_over_the_loaded_module_is_a_mismatch(double: Double) -> None:
    """NVIDIA/deepops#1186: the driver was upgraded and the old module stays until a reboot."""
    double.write("usr/share/gpu-double/driver-version", "580.200.01")
    assert double.run("nvidia_smi", "-q", "-x").returncode == 18
    (double.root / "run/gpu-double/nvidia-version").unlink()
    assert double.run("nvidia_smi", "-q", "-x").returncode == 9


def test_the_inventory_is_the_catalogues(double: Double) -> None:
    log = double.xml()
    assert log.findtext("driver_version") == DRIVER
    names = [gpu.findtext("product_name") for gpu in log.iter("gpu")]
    assert names == ["NVIDIA H100 80GB HBM3"] * 8
    assert {gpu.findtext("fabric/state") for gpu in log.iter("gpu")} == {"In Progress"}
    double.state.raise_flag("fabric-manager")
    assert {gpu.findtext("fabric/state") for gpu in double.xml().iter("gpu")} == {"Completed"}


def test_fabric_manager_wants_the_loaded_drivers_version(double: Double) -> None:
    double.write("usr/share/gpu-double/fabric-manager-version", "580.126.09")
    seen = double.run("fabric_manager", "-c", "/usr/share/nvidia/nvswitch/fabricmanager.cfg")
    assert seen.returncode == 1
    assert f"interface version 580.126.09 don't match with driver version {DRIVER}" in seen.stdout


class TestBoot:
    """Which kernel runs, and which module it loads."""

    @staticmethod
    def boot(double: Double) -> tuple[str, str]:
        assert double.run("boot").returncode == 0
        return (double.root / "run/gpu-double/kernel-release").read_text().strip(), double.state.loaded_version()

    @staticmethod
    def kernel(double: Double, release: str, module: str = "") -> None:
        double.write(f"boot/vmlinuz-{release}", "")
        if module:
            double.write("usr/share/gpu-double/branch", "580\n")
            double.write(f"usr/lib/modules/{release}/kernel/nvidia-580srv-open/nvidia-version", f"{module}\n")

    def test_without_packages_the_factorys_kernel_runs(self, double: Double) -> None:
        assert self.boot(double) == ("6.8.0-100-generic", "")

    def test_the_newest_kernel_runs_by_number(self, double: Double) -> None:
        self.kernel(double, "6.8.0-99-generic", DRIVER)
        self.kernel(double, "6.8.0-149-generic", DRIVER)
        assert self.boot(double) == ("6.8.0-149-generic", DRIVER)

    def test_a_newer_kernel_without_module_has_no_driver(self, double: Double) -> None:
        """NVIDIA/ansible-role-nvidia-driver#6: the kernel alone was updated, and no driver after the reboot."""
        self.kernel(double, "6.8.0-134-generic", DRIVER)
        self.kernel(double, "6.8.0-149-generic")
        assert self.boot(double) == ("6.8.0-149-generic", "")

    def test_grub_can_name_an_older_one(self, double: Double) -> None:
        self.kernel(double, "6.8.0-134-generic", DRIVER)
        self.kernel(double, "6.8.0-149-generic", DRIVER)
        double.write("etc/default/grub.d/50-kernel.cfg", 'GRUB_DEFAULT="Ubuntu, with Linux 6.8.0-134-generic"\n')
        assert self.boot(double)[0] == "6.8.0-134-generic"

    def test_secure_boot_refuses_a_built_module_without_key(self, double: Double) -> None:
        self.kernel(double, "6.8.0-149-generic", DRIVER)
        assert self.boot(double)[1] == DRIVER
        double.write("usr/lib/modules/6.8.0-149-generic/updates/dkms/nvidia-version", "580.126.09\n")
        assert self.boot(double)[1] == "580.126.09"
        double.state.set("secure_boot", True)
        assert self.boot(double)[1] == ""
        double.state.set("enrolled_keys", ["host"])
        assert self.boot(double)[1] == "580.126.09"


class TestDkms:
    """Modules built on the host."""

    @pytest.fixture(autouse=True)
    def source(self, double: Double) -> None:
        double.write("usr/src/nvidia/version", f"{DRIVER}\n")
        double.write("boot/vmlinuz-6.8.0-149-generic", "")

    def test_a_kernel_without_headers_is_skipped_with_success(self, double: Double) -> None:
        """GoogleCloudPlatform/compute-gpu-installation#25: nothing fails, and the driver is gone after the reboot."""
        seen = double.run("dkms", "autoinstall")
        assert (seen.returncode, "headers for this kernel do not seem to be installed" in seen.stdout) == (0, True)
        assert double.run("dkms", "status").stdout.strip() == ""

    def test_a_build_fails_as_a_compiler_does(self, double: Double) -> None:
        double.write("usr/src/linux-headers-6.8.0-149-generic/Makefile", "")
        double.state.fail("dkms", "build-error")
        seen = double.run("dkms", "autoinstall")
        assert seen.returncode == 10
        assert "Bad return status for module build on kernel: 6.8.0-149-generic" in seen.stdout
        double.state.heal("dkms")
        assert double.run("dkms", "autoinstall").returncode == 0
        assert DRIVER in double.run("dkms", "status").stdout


def test_bandwidth_grows_with_the_size(double: Double) -> None:
    seen = double.run("nccl", "-b", "8", "-e", "8G", "-f", "2", "-g", "8")
    rows = [line.split() for line in seen.stdout.splitlines() if not line.startswith("#")]
    assert (rows[0][0], rows[-1][0]) == ("8", str(8 * 2**30))
    assert float(rows[-1][7]) > 460 > float(rows[0][7])
    double.state.fail("all_reduce_perf", "slow")
    slow = double.run("nccl", "-b", "8", "-e", "8G", "-f", "2", "-g", "8")
    last = [line.split() for line in slow.stdout.splitlines() if not line.startswith("#")][-1]
    assert float(last[7]) < 0.6 * float(rows[-1][7])


def test_calls_are_remembered(double: Double) -> None:
    double.run("nvidia_smi", "-L")
    double.run("mokutil", "--test-key", "MOK.der")
    assert double.state.calls() == [["nvidia-smi", "-L"], ["mokutil", "--test-key", "MOK.der"]]
    assert double.state.calls("mokutil") == [["mokutil", "--test-key", "MOK.der"]]
