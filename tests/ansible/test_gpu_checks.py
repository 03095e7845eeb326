"""How gpu_verify reads diagnostics, bandwidths and containers, odd outputs included: what did not run did not pass.

DCGM's JSON and nccl-tests' table are shaped after published outputs; no GPU printed them here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ansible.role_filters import role_filters
from tests.ansible.roles import ANSIBLE, read

NOUNS = ("diagnosis", "all_reduce", "container_check", "verdict")
FILTERS = {name: function for noun in NOUNS for name, function in role_filters("gpu_verify", noun).items()}


def diag(*tests: tuple[str, list[str]], root: str = "DCGM Diagnostic", **more: Any) -> dict[str, Any]:
    listed = [
        {
            "name": name,
            "results": [{"entity_group": "GPU", "entity_id": n, "status": word} for n, word in enumerate(words)],
        }
        for name, words in tests
    ]
    return {"rc": 0, "stdout": json.dumps({root: {"test_categories": [{"category": "x", "tests": listed}], **more}})}


class TestDiagnosis:
    """dcgmi diag --json."""

    def test_all_passed(self) -> None:
        found = FILTERS["diagnosis"](diag(("software", ["Pass", "Pass"]), ("pcie", ["Pass", "PASS"])))
        assert (found["status"], found["tests"]) == ("passed", {"software": "Pass", "pcie": "Pass"})

    @pytest.mark.parametrize(
        ("words", "status"),
        [
            (["Pass", "Fail"], "failed"),
            (["Pass", "Skip"], "not-run"),
            (["Pass", "Warn"], "not-run"),
            (["Pass", "Not Run"], "not-run"),
            (["Pass", ""], "not-run"),
            ([], "not-run"),
        ],
    )
    def test_one_gpu_without_pass_is_no_pass(self, words: list[str], status: str) -> None:
        found = FILTERS["diagnosis"](diag(("software", ["Pass", "Pass"]), ("memory", words)))
        assert found["status"] == status
        assert (found["tests"]["software"], found["tests"]["memory"] == "Pass") == ("Pass", False)

    def test_a_test_without_results_is_no_pass(self) -> None:
        found = FILTERS["diagnosis"](diag(("software", ["Pass"]), ("memory", [])))
        assert found["status"] == "not-run"
        assert found["problems"] == ["memory: it told no result"]

    def test_a_failure_says_what_dcgm_says(self) -> None:
        result = {
            "entity_group": "GPU",
            "entity_id": 3,
            "status": "Fail",
            "warnings": [{"warning": "DBE", "error_id": 95}],
        }
        document = {"DCGM Diagnostic": {"test_categories": [{"tests": [{"name": "memory", "results": [result]}]}]}}
        found = FILTERS["diagnosis"]({"rc": 226, "stdout": f"a warning first\n{json.dumps(document)}"})
        assert (found["status"], found["problems"]) == ("failed", ["memory: GPU 3 failed: DBE"])

    def test_dcgm_3_is_read_too(self) -> None:
        assert FILTERS["diagnosis"](diag(("Memory", ["Pass"]), root="DCGM GPU Diagnostic"))["status"] == "passed"

    def test_a_test_that_the_product_lacks_may_be_skipped(self) -> None:
        answer = diag(("software", ["Pass"]), ("pulse_test", ["Skip"]))
        assert FILTERS["diagnosis"](answer, ["pulse_test"])["status"] == "passed"
        assert FILTERS["diagnosis"](answer, ["software"])["status"] == "not-run"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (
                {"rc": 235, "stdout": "", "stderr": "Error: Unable to connect"},
                "exit status 235: Error: Unable to connect",
            ),
            ({"rc": 127, "msg": "No such file"}, "No such file"),
            ({"rc": 0, "stdout": "{broken"}, "dcgmi gave no result"),
            ({"rc": 0, "stdout": "[]"}, "dcgmi gave no result"),
            ({"rc": 0, "stdout": "{}"}, "ran no test"),
            (diag(runtime_error="NVVS has crashed with signal: 11"), "broke off: NVVS has crashed"),
        ],
    )
    def test_no_result_is_no_pass(self, answer: dict[str, Any], words: str) -> None:
        found = FILTERS["diagnosis"](answer)
        assert found["status"] == "not-run"
        assert words in found["problems"][0]

    def test_a_bad_exit_status_spoils_good_words(self) -> None:
        assert FILTERS["diagnosis"](diag(("software", ["Pass"])) | {"rc": 1})["status"] == "failed"


TABLE = """\
# nThread 1 nGpus 8 minBytes 8 maxBytes 8589934592 step: 2(factor) warmup iters: 5 iters: 20 validation: 1
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
           8             2     float     sum      -1     34.5    0.00    0.00      0     33.9    0.00    0.00      0
  8589934592    2147483648     float     sum      -1  32104.1  267.57  468.24      0  32200.0  266.77  466.85      0
host: a line of the fabric's plugin: 12 interfaces
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 143.8
"""
G8 = 8 * 2**30


class TestAllReduce:
    """nccl-tests' all_reduce_perf."""

    def test_the_lower_of_both_ways_at_the_largest_size_counts(self) -> None:
        read = FILTERS["all_reduce"]({"rc": 0, "stdout": TABLE})
        assert (read["bus_gb_per_s"], read["size_bytes"], read["wrong"]) == (466.85, G8, 0)

    @pytest.mark.parametrize(("expected", "status"), [(460, "passed"), (518, "passed"), (520, "failed"), (0, "passed")])
    def test_a_fraction_of_the_expected_has_to_be_reached(self, expected: float, status: str) -> None:
        read = FILTERS["all_reduce"]({"rc": 0, "stdout": TABLE})
        assert FILTERS["bandwidth_check"](read, expected, 0.9, G8)["status"] == status

    @pytest.mark.parametrize(
        ("printed", "words"),
        [
            (TABLE.replace("466.85      0", "466.85      7"), "7 sums are wrong"),
            (TABLE.replace("      0\n", "    N/A\n").replace("      0  ", "    N/A  "), "sums were not checked"),
            (TABLE.replace("  8589934592 ", "  4294967296 "), "ended at 4294967296 bytes"),
        ],
    )
    def test_a_run_that_proves_little_fails(self, printed: str, words: str) -> None:
        found = FILTERS["bandwidth_check"](FILTERS["all_reduce"]({"rc": 0, "stdout": printed}), 0, 0.9, G8)
        assert found["status"] == "failed"
        assert words in found["problems"][0]

    def test_an_error_is_not_run(self) -> None:
        read = FILTERS["all_reduce"]({"rc": 1, "stdout": "Test CUDA failure common.cu:892 'invalid device ordinal'"})
        found = FILTERS["bandwidth_check"](read, 460, 0.9, G8)
        assert found["status"] == "not-run"
        assert "invalid device ordinal" in found["problems"][0]

    def test_sizes(self) -> None:
        assert [FILTERS["size_in_bytes"](text) for text in ("8", "512M", "8G", "x")] == [8, 2**29, G8, 0]


def test_a_verdict_counts_what_did_not_run() -> None:
    passed = {"status": "passed", "problems": []}
    left = {"status": "left-out", "problems": []}
    verdict = FILTERS["host_verdict"]
    assert verdict({"inventory": passed, "xid": left}, ["inventory", "xid"]) == {"verdict": "passed", "problems": []}
    assert verdict({"inventory": passed}, ["inventory", "container"]) == {
        "verdict": "failed",
        "problems": ["container: it did not run"],
    }


@pytest.mark.parametrize(
    ("answer", "image", "found", "status", "words"),
    [
        (
            {"rc": 0, "stdout": "GPU 0: NVIDIA H100 (UUID: a)\n  MIG 3g.40gb Device 0: (UUID: b)\n"},
            "i",
            "i",
            "passed",
            "",
        ),
        ({"rc": 0, "stdout": ""}, "i", "i", "failed", "sees 0 GPUs, the host 1"),
        ({"rc": 1, "stderr": "unresolvable CDI devices nvidia.com/gpu=all"}, "i", "i", "failed", "unresolvable CDI"),
        ({}, "", "", "not-run", "no image is named"),
        ({}, "i", "", "not-run", "the image i is not on the host"),
    ],
)
def test_a_container(answer: dict[str, Any], image: str, found: str, status: str, words: str) -> None:
    check = FILTERS["container_check"](answer, image, found, 1)
    assert check["status"] == status
    assert words in " ".join(check["problems"])


@pytest.mark.parametrize("role", ["fabric_manager", "gpu_verify", "mig", "nvidia_container_toolkit", "nvidia_driver"])
def test_no_role_waits_for_ever_for_a_driver_that_hangs(role: str) -> None:
    commands = [
        words
        for file in (ANSIBLE / "roles" / role / "tasks").glob("*.yml")
        for words in programs(read(file))
        if "nvidia-smi" in words
    ]
    assert commands, f"{role} has no command left that asks nvidia-smi"
    for words in commands:
        assert words[0] == "timeout", words


def programs(tasks: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Yield the words of each command, also of those in blocks."""
    for task in tasks:
        for block in ("block", "rescue", "always"):
            yield from programs(task.get(block, []))
        command = task.get("ansible.builtin.command", "")
        yield command.split() if isinstance(command, str) else command.get("argv", [])
