"""The workflows keep what is demanded of them, and each demand notices when one doesn't.

Not proven here: that a commit is the version which its comment names; that was looked up when it was written.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.workflows import demands
from tests.workflows.demands import DEMANDS, Demand
from tests.workflows.workflow import Workflow, pull_request, workflows


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda demand: demand.__name__)
@pytest.mark.parametrize("workflow", workflows(), ids=lambda workflow: workflow.name)
def test_the_workflows_keep_it(workflow: Workflow, demand: Demand) -> None:
    assert list(demand(workflow)) == []


CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
NO_TOKEN = "          persist-credentials: false\n"
OWN = "\n      && github.event.pull_request.head.repo.full_name == github.repository"
COMMENT = "    permissions:\n      pull-requests: write\n    steps:\n"

# What is broken, how, and who notices.
BROKEN: Sequence[tuple[str, str, Demand]] = [
    (CHECKOUT, "actions/checkout@v7", demands.pins),
    (CHECKOUT, CHECKOUT.removesuffix(" # v7.0.1"), demands.pins),
    (CHECKOUT, CHECKOUT.removesuffix(".0.1"), demands.pins),
    (CHECKOUT, "actions/checkout@3d3c42e # v7.0.1", demands.pins),
    (CHECKOUT, CHECKOUT.replace("3d3c42", "000000"), demands.pins),
    ("on:\n  pull_request:", "on:\n  pull_request_target:", demands.triggers),
    ("on:\n  pull_request:", "on: [pull_request, workflow_run]", demands.triggers),
    ("\npermissions: {}", "", demands.permissions),
    ("\npermissions: {}", "\npermissions: write-all", demands.permissions),
    ("\npermissions: {}", "\npermissions: {id-token: write}", demands.permissions),
    ("    permissions: {}\n", "", demands.permissions),
    ("    permissions: {}\n", "    permissions: write-all\n", demands.permissions),
    ("    permissions: {}\n", "    permissions: {contents: write}\n", demands.permissions),
    ("    permissions:\n      contents: read\n    outputs", "    outputs", demands.permissions),
    (COMMENT, f"{COMMENT}      - uses: {CHECKOUT}\n        with:\n{NO_TOKEN}", demands.rights_and_code),
    (COMMENT, COMMENT.replace("write\n", "write\n      contents: read\n"), demands.rights_and_code),
    (OWN, "", demands.rights_and_code),
    ("    environment: preview-", "    environment: ", demands.rights_and_code),
    ("    environment: preview-${{ matrix.environment }}\n", "", demands.rights_and_code),
    ("    timeout-minutes: 20\n", "", demands.limits),
    ("    timeout-minutes: 20\n", "    timeout-minutes: 360\n", demands.limits),
    ("    runs-on: ubuntu-24.04\n", "    runs-on: self-hosted\n", demands.limits),
    ("  cancel-in-progress: true\ndefaults", "defaults", demands.limits),
    ("group: pull-request-${{ github.event.pull_request.number }}", "group: one", demands.limits),
    ('"$ENVIRONMENT" --against', "${{ matrix.environment }} --against", demands.expressions),
    ("base=$(git", "echo '${{ github.event.pull_request.title }}'\n          base=$(git", demands.expressions),
    ("${{ github.token }}", "${{ secrets.COMMENT_TOKEN }}", demands.secrets),
    ("${{ github.token }}", "${{ secrets['COMMENT_TOKEN'] }}", demands.secrets),
    ("role-to-assume:", "aws-access-key-id: x\n          role-to-assume:", demands.secrets),
    (NO_TOKEN, "", demands.credentials),
    (NO_TOKEN, NO_TOKEN.replace("false", "true"), demands.credentials),
    (NO_TOKEN, f"{NO_TOKEN}          ref: ${{{{ github.event.pull_request.head.sha }}}}\n", demands.credentials),
    ("    name: rehearse ${{", "    continue-on-error: true\n    name: rehearse ${{", demands.failures),
    ("|| status=$?", "|| true", demands.failures),
]


@pytest.mark.parametrize(("old", "new", "demand"), BROKEN)
def test_a_broken_workflow_is_noticed(old: str, new: str, demand: Demand) -> None:
    ours = pull_request()
    assert old in ours.text, "this mutation changes nothing"
    broken = Workflow(ours.name, ours.text.replace(old, new, 1))
    assert [found.__name__ for found in DEMANDS if list(found(broken))] == [demand.__name__]


UPDATE = [
    ("    if: github.ref == 'refs/heads/main'\n", "", demands.rights_and_code),
    ("    environment: ${{ inputs.environment }}\n    steps", "    steps", demands.rights_and_code),
    ("on:\n  workflow_dispatch:", "on:\n  pull_request:\n  workflow_dispatch:", demands.rights_and_code),
    ("cancel-in-progress: false", "cancel-in-progress: true", demands.limits),
    ("group: update-${{ inputs.environment }}", "group: update", demands.limits),
    ('-m preflight.dashboards "$ENV', '-m preflight.dashboards "${{ inputs.environment }} $ENV', demands.expressions),
]


@pytest.mark.parametrize(("old", "new", "demand"), UPDATE)
def test_a_broken_update_is_noticed(old: str, new: str, demand: Demand) -> None:
    (ours,) = [workflow for workflow in workflows() if workflow.name == "update.yml"]
    assert old in ours.text, "this mutation changes nothing"
    broken = Workflow(ours.name, ours.text.replace(old, new, 1))
    assert demand in [found for found in DEMANDS if list(found(broken))]


def test_each_demand_has_been_seen_to_fail() -> None:
    assert {demand for _, _, demand in BROKEN} == set(DEMANDS)


def test_one_action_has_one_pin_in_all_workflows() -> None:
    pins = {step.uses for workflow in workflows() for step in workflow.steps() if step.uses}
    assert len(pins) == len({pin.partition("@")[0] for pin in pins})


def test_a_failed_rehearsal_fails_the_verdict() -> None:
    """The verdict hears of every job that decides; the comment decides nothing."""
    jobs = pull_request().jobs
    assert set(jobs["verdict"]["needs"]) == set(jobs) - {"verdict", "render", "comment"}
    assert jobs["verdict"]["if"] == "${{ always() }}"
