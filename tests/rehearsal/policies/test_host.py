"""Policies are asked as the engine's host asks them: what they see, what becomes of what they say or raise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.monitor import STACK_TYPE
from rehearsal.plan import UNKNOWN, Outcome, Registration, Resource
from rehearsal.policies.findings import PolicyResults
from rehearsal.policies.host import Declared, PolicyHost
from rehearsal.policies.pack import load_pack
from tests.rehearsal.policies.packs import RETENTION, write_pack

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
URN = "urn:pulumi:dev::p::aws:sqs/queue:Queue::jobs"


def queue(outcome: Outcome = Outcome.CREATED, outputs: dict[str, Any] | None = None, **inputs: Any) -> list[Resource]:
    registration = Registration(URN, "aws:sqs/queue:Queue", "jobs", STACK, custom=True, inputs=inputs)
    stack = Registration(STACK, STACK_TYPE, "p-dev", "", custom=False, inputs={})
    return [Resource(stack, Outcome.COMPONENT), Resource(registration, outcome, outputs=outputs or {"arn": "arn:x"})]


def judged(folder: Path, policies: str, resources: list[Resource]) -> PolicyResults:
    host = PolicyHost([load_pack(write_pack(folder, policies))])
    host.judge(resources)
    return host.results


def policy(name: str, rule: str, level: str = "MANDATORY", kind: str = "Resource") -> str:
    of_level = f"EnforcementLevel.{level}"
    return f'{kind}ValidationPolicy(name="{name}", description="d", validate={rule}, enforcement_level={of_level})'


def test_a_violation_carries_policy_level_severity_and_resource(tmp_path: Path) -> None:
    [finding] = judged(tmp_path, RETENTION, queue(messageRetentionSeconds=30)).findings

    assert (finding.pack, finding.policy, finding.level, finding.severity) == (
        "small",
        "retention",
        "mandatory",
        "high",
    )
    assert finding.urn == URN
    assert finding.message == "jobs keeps messages 30.0 s", "numbers are floats, as under the host"


def test_a_resource_that_keeps_the_policy_is_not_reported(tmp_path: Path) -> None:
    assert judged(tmp_path, RETENTION, queue(messageRetentionSeconds=900)).findings == []


def test_an_unknown_value_is_undecided_and_no_violation(tmp_path: Path) -> None:
    results = judged(tmp_path, RETENTION, queue(messageRetentionSeconds=UNKNOWN))

    assert results.findings == []
    [undecided] = results.undecided
    assert (undecided.policy, undecided.urn) == ("retention", URN)
    assert "messageRetentionSeconds" in undecided.message


def test_a_policy_that_raises_is_a_finding_and_the_others_run(tmp_path: Path) -> None:
    results = judged(tmp_path, f"{policy('broken', 'raises')}, {RETENTION}", queue(messageRetentionSeconds=30))

    assert {finding.policy for finding in results.findings} == {"broken", "retention"}
    broken = next(finding for finding in results.findings if finding.policy == "broken")
    assert broken.level == "mandatory"
    assert "the policy itself failed: KeyError: 'kmsMasterKeyId'" in broken.message


@pytest.mark.parametrize(
    ("level", "reported"), [("REMEDIATE", ["mandatory"]), ("ADVISORY", ["advisory"]), ("DISABLED", [])]
)
def test_levels_are_reported_as_the_host_does(tmp_path: Path, level: str, reported: list[str]) -> None:
    results = judged(tmp_path, policy("later", "later", level), queue())

    assert [finding.level for finding in results.findings] == reported
    assert results.disabled == (["later"] if level == "DISABLED" else [])


def test_what_is_not_applicable_is_neither_violated_nor_undecided(tmp_path: Path) -> None:
    results = judged(tmp_path, policy("not-here", "not_here"), queue())

    assert (results.findings, results.undecided) == ([], [])


def test_a_policy_of_the_whole_stack_sees_outputs_and_parents(tmp_path: Path) -> None:
    [finding] = judged(tmp_path, policy("count", "count", kind="Stack"), queue()).findings

    assert (finding.urn, finding.message) == (URN, "a queue of the stack")


def test_before_the_update_outputs_are_unknown_to_policies_of_the_whole_stack(tmp_path: Path) -> None:
    results = judged(tmp_path, policy("count", "count", kind="Stack"), queue(Outcome.PLANNED, {"name": "jobs"}))

    assert results.findings == []
    assert [undecided.policy for undecided in results.undecided] == ["count"]


def test_what_upstream_charts_render_is_advice(tmp_path: Path) -> None:
    host = PolicyHost([load_pack(write_pack(tmp_path))])
    inputs = {"messageRetentionSeconds": 30}
    host.judge_declared([Declared("aws:sqs/queue:Queue", "jobs", URN, inputs, advisory_only="rendered by a chart")])

    [finding] = host.results.findings
    assert finding.level == "advisory"
    assert finding.message.endswith("(rendered by a chart)")
