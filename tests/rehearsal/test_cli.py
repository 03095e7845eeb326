"""The command as a user runs it: in a process of its own.

Does not prove what the phases find; they have their own tests.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "rehearsal"]

PROGRAM = """
import pulumi
from pulumi_aws import ec2, sqs

vpc = ec2.Vpc("vpc", cidr_block="{cidr}")
{more}
pulumi.export("vpc", vpc.id)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the real settings of dev and a small program in place of the platform's."""
    (tmp_path / "stacks").mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copy(ROOT / "stacks" / "Pulumi.dev.yaml", tmp_path / "stacks")
    write_program(tmp_path)
    return tmp_path


def write_program(project: Path, cidr: str = "10.0.0.0/16", more: str = "") -> None:
    (project / "stacks" / "__main__.py").write_text(PROGRAM.format(cidr=cidr, more=more))


def rehearse(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "160"}
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_up_shows_every_phase_and_ends_with_zero(project: Path) -> None:
    result = rehearse(project, "up", "dev")
    assert result.returncode == 0, result.stdout + result.stderr
    phases = [line.split()[0] for line in result.stdout.splitlines()[:5]]
    assert phases == ["account", "plan", "create", "read", "destroy"]
    assert result.stdout.splitlines()[-1].startswith("dev: no faults; 1 created, 1 component; ")
    assert "Traceback" not in result.stderr


def test_the_stack_defaults_to_dev(project: Path) -> None:
    result = rehearse(project, "preview")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].startswith("dev: no faults; 1 component, 1 planned; ")


def test_a_fault_ends_with_one_and_shows_resource_reason_and_line(project: Path) -> None:
    write_program(project, cidr="10.0.0.0/8")
    result = rehearse(project, "preview")
    assert result.returncode == 1
    assert "Vpc vpc stacks/__main__.py:5" in result.stdout
    assert "10.0.0.0/8" in result.stdout


def test_an_unknown_stack_ends_with_two(project: Path) -> None:
    result = rehearse(project, "up", "pord")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "stacks/Pulumi.pord.yaml: no such stack file; the stacks are: dev\n"


def test_a_bad_stack_file_ends_with_two_and_registers_nothing(project: Path) -> None:
    file = project / "stacks" / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("llm-platform:network:", "llm-platform:netwrok:"))
    write_program(project, more="print('the program ran')")
    result = rehearse(project, "up", "dev")
    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean 'network'" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_json_file_in_a_missing_folder_is_refused_before_the_work(project: Path) -> None:
    result = rehearse(project, "up", "--json", "missing/report.json")
    assert (result.returncode, result.stdout) == (2, "")
    assert "the folder missing does not exist" in result.stderr


def test_an_output_is_written_as_pulumi_prints_it(project: Path) -> None:
    result = rehearse(project, "up", "--output", "vpc=vpc.json")
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads((project / "vpc.json").read_text()).startswith("vpc-")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("vpc", "--output vpc: allowed: NAME=FILE, such as gpu-hosts=platform.json"),
        ("vpc=missing/vpc.json", "--output vpc=missing/vpc.json: the folder missing does not exist"),
        ("vpcs=vpc.json", "--output vpcs=vpc.json: the program exports no such output; it exports vpc"),
    ],
)
def test_an_output_that_cannot_be_written_ends_with_two(option: str, message: str, project: Path) -> None:
    result = rehearse(project, "up", "--output", option)
    assert (result.returncode, result.stderr.strip()) == (2, message)


def test_with_a_fault_no_output_is_written(project: Path) -> None:
    write_program(project, cidr="10.0.0.0/8")
    assert rehearse(project, "up", "--output", "vpc=vpc.json").returncode == 1
    assert not (project / "vpc.json").exists()


def test_a_port_in_use_is_refused_before_the_work(project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = rehearse(project, "up", "--serve", "--port", port)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"--port {port}: Address already in use; allowed: a free port, or 0 for any\n"


def test_the_json_document_has_what_the_reference_lists(project: Path) -> None:
    result = rehearse(project, "up", "--json", "report.json")
    assert result.returncode == 0, result.stdout + result.stderr
    report: dict[str, Any] = json.loads((project / "report.json").read_text())
    reference = (ROOT / "docs" / "reference" / "rehearse-json.md").read_text()
    for key in (*report, *report["resources"][0], *report["timings"][0]):
        assert f"`{key}`" in reference, f"{key} is not documented"
    assert [timing["phase"] for timing in report["timings"]] == [
        "account",
        "plan",
        "create",
        "read back",
        "destroy",
    ]


def test_every_command_has_help() -> None:
    for command in ("up", "preview", "preflight", "drill", "diff", "comment"):
        result = rehearse(ROOT, command, "--help")
        assert result.returncode == 0
        assert "Usage:" in result.stdout


def test_an_interruption_leaves_no_process_and_no_half_written_file(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs = tmp_path_factory.mktemp("mark") / "the-program-runs"
    write_program(project, more=f"import pathlib, time; pathlib.Path({str(runs)!r}).touch(); time.sleep(600)")
    (project / "report.json").write_text("the old report")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "up", "--json", "report.json"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    try:
        while not runs.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, output + errors
    assert "Traceback" not in errors
    assert (project / "report.json").read_text() == "the old report"
    assert sorted(file.name for file in project.iterdir()) == ["Pulumi.yaml", "report.json", "stacks"]


def test_keep_serves_the_account_until_it_is_interrupted(project: Path) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "up", "--keep", "--port", "0"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "stays up" in line:
            break
    exports = dict(line.strip().removeprefix("export ").split("=", 1) for line in lines if "export " in line)
    look = (
        "import boto3\n"
        "vpcs = boto3.client('ec2').describe_vpcs()['Vpcs']\n"
        "print(sorted(vpc['CidrBlock'] for vpc in vpcs))\n"
    )
    seen = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", look], env=os.environ | exports, capture_output=True, text=True, timeout=60, check=False
    )
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert seen.stdout == "['10.0.0.0/16', '172.31.0.0/16']\n", seen.stderr
    assert process.returncode == 130
