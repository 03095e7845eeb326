"""`rehearse` with policy packs, as a user runs it: the section, the exit status, the document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.rehearsal.policies.packs import RETENTION, write_pack
from tests.rehearsal.test_cli import project, rehearse, write_program

__all__ = ["project"]

QUEUE = 'queue = sqs.Queue("jobs", message_retention_seconds={seconds})'


@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_mandatory_violation_is_shown_and_fails(project: Path, tmp_path: Path, command: str) -> None:
    write_pack(project / "policies")
    write_program(project, more=QUEUE.format(seconds=120))
    done = rehearse(project, command, "dev", "--json", str(tmp_path / "found.json"))

    assert done.returncode == 1, done.stderr
    assert "policies (1 of small" in done.stdout
    assert "retention mandatory, high" in done.stdout
    assert "jobs keeps messages 120.0 s" in done.stdout
    assert "1 fault;" in done.stdout
    document = json.loads((tmp_path / "found.json").read_text())
    [finding] = document["policies"]["findings"]
    assert (finding["policy"], finding["level"], finding["severity"]) == ("retention", "mandatory", "high")
    assert [fault["check"] for fault in document["faults"]] == ["policy"]


def test_an_advisory_violation_is_shown_and_passes(project: Path) -> None:
    write_pack(project / "policies", RETENTION.replace("MANDATORY", "ADVISORY"))
    write_program(project, more=QUEUE.format(seconds=120))
    done = rehearse(project, "preview", "dev")

    assert done.returncode == 0, done.stdout
    assert "retention advisory, high" in done.stdout
    assert "no faults" in done.stdout


def test_a_pack_that_is_kept_says_so(project: Path) -> None:
    write_pack(project / "policies")
    write_program(project, more=QUEUE.format(seconds=900))
    done = rehearse(project, "preview", "dev")

    assert done.returncode == 0, done.stdout
    assert "no violations" in done.stdout


def test_a_pack_that_cannot_be_used_is_bad_input(project: Path) -> None:
    done = rehearse(project, "preview", "dev", "--policy-pack", str(project / "stacks"))

    assert done.returncode == 2
    assert "PulumiPolicy.yaml is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_exemptions_in_force_are_shown_and_past_ones_are_not(project: Path) -> None:
    write_pack(project / "policies")
    file = project / "stacks" / "Pulumi.dev.yaml"
    content = yaml.safe_load(file.read_text())
    until = {"owner": "ml-platform", "reason": "a demonstration", "policy": "retention"}
    content["config"]["llm-platform:policies"] = {
        "exemptions": [
            {**until, "resource": "jobs", "expires": "2999-12-31"},
            {**until, "resource": "others", "expires": "2020-12-31"},
        ]
    }
    file.write_text(yaml.safe_dump(content))
    done = rehearse(project, "preview", "dev")

    assert "exempted: retention for jobs until 2999-12-31, ml-platform: a demonstration" in done.stdout
    assert "others" not in done.stdout
