"""What every workflow must keep, beside what actionlint knows: pins, permissions, and whose code runs with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from tests.workflows.workflow import EXPRESSION, Step, Workflow

PINNED: Final = re.compile(r"uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
TOP: Final[tuple[object, ...]] = ({}, {"contents": "read"})
READ: Final = "read"
OWN_BRANCH: Final = "github.event.pull_request.head.repo.full_name == github.repository"
MAIN: Final = "github.ref == 'refs/heads/main'"
MOST_MINUTES: Final = 90


def pins(workflow: Workflow) -> Iterator[str]:
    """Every action is pinned to a commit and says its version; one action has one pin."""
    for line in workflow.text.splitlines():
        if re.match(r"\s*(- )?uses:", line) and PINNED.fullmatch(line.strip().removeprefix("- ")) is None:
            yield f"{line.strip()}: allowed: owner/action@<commit> # v1.2.3"
    seen: dict[str, str] = {}
    for step in workflow.steps():
        action, _, commit = step.uses.partition("@")
        if seen.setdefault(action, commit) != commit:
            yield f"{action}: pinned to two commits"


def triggers(workflow: Workflow) -> Iterator[str]:
    """Nothing runs with a repository's rights on another's code."""
    for event in workflow.document["on"]:
        if event in {"pull_request_target", "workflow_run", "issue_comment"}:
            yield f"on {event}: runs with the repository's rights on what a stranger sent"


def permissions(workflow: Workflow) -> Iterator[str]:
    """Nobody may anything but who says so: a job names what it may, and little of it is writing."""
    if workflow.document.get("permissions") not in TOP:
        yield "permissions: allowed at the top: {} or contents: read"
    for name, job in workflow.jobs.items():
        if not isinstance(job.get("permissions"), dict):
            yield f"{name}: permissions: {job.get('permissions')!r}: allowed: those that the job needs"
        for scope, level in _granted(job).items():
            if level != READ and (scope, level) not in {("pull-requests", "write"), ("id-token", "write")}:
                yield f"{name}: {scope}: {level} is more than any job needs"


def by_hand(workflow: Workflow) -> bool:
    """Whether only somebody with the right to write to the repository starts it."""
    events: object = workflow.document["on"]
    return list(cast("Mapping[str, Any]", events)) == ["workflow_dispatch"] if isinstance(events, dict) else False


def rights_and_code(workflow: Workflow) -> Iterator[str]:
    """Who may write runs nothing that a pull request brought; who gets credentials is of this repository."""
    for name, job in workflow.jobs.items():
        granted = _granted(job)
        if granted.get("pull-requests") == "write":
            if set(granted) != {"pull-requests"}:
                yield f"{name}: may comment, and more"
            if any(step.uses.startswith("actions/checkout@") for step in _of(workflow, name)):
                yield f"{name}: may write, and checks out a pull request's code"
        if granted.get("id-token") == "write" and by_hand(workflow):
            if MAIN not in str(job.get("if")):
                yield f"{name}: gives credentials to any branch"
            if not job.get("environment"):
                yield f"{name}: takes credentials outside an environment"
        elif granted.get("id-token") == "write":
            if OWN_BRANCH not in str(job.get("if")):
                yield f"{name}: gives credentials to forks"
            if not str(job.get("environment", "")).startswith("preview-"):
                yield f"{name}: takes credentials outside an environment of previews"


def limits(workflow: Workflow) -> Iterator[str]:
    """Every job ends, on a runner of a known kind; a newer push ends the older run."""
    for name, job in workflow.jobs.items():
        minutes: object = job.get("timeout-minutes")
        if not isinstance(minutes, int) or not 0 < minutes <= MOST_MINUTES:
            yield f"{name}: timeout-minutes: {minutes!r}: allowed: 1 to {MOST_MINUTES}"
        if job.get("runs-on") != "ubuntu-24.04":
            yield f"{name}: runs-on: {job.get('runs-on')!r}: allowed: ubuntu-24.04"
    concurrency: Mapping[str, Any] = workflow.document.get("concurrency") or {}
    if by_hand(workflow):
        if "inputs." not in str(concurrency.get("group")) or concurrency.get("cancel-in-progress") is not False:
            yield "concurrency: two of them at once, or one that is cut off in the middle"
        return
    if "github.event.pull_request.number" not in str(concurrency.get("group")):
        yield "concurrency: has no group for each pull request"
    if concurrency.get("cancel-in-progress") is not True:
        yield "concurrency: an older run of a pull request goes on"


def expressions(workflow: Workflow) -> Iterator[str]:
    """No value becomes part of a script's text: variables carry them, and the shell quotes those."""
    for step in workflow.steps():
        for found in EXPRESSION.findall(step.script):
            yield f"{step.job}: a script holds ${{{{{found}}}}}: give it as a variable"


def secrets(workflow: Workflow) -> Iterator[str]:
    """No secret is stored: what is signed in, is signed in by OIDC."""
    for found in re.findall(r"secrets(?:\.\w+|\[.*?\]|: inherit)", workflow.text):
        if found != "secrets.GITHUB_TOKEN":
            yield f"{found}: no key may be stored"
    for word in ("aws-access-key-id", "aws-secret-access-key", "PULUMI_ACCESS_TOKEN"):
        if word in workflow.text:
            yield f"{word}: sign in by OIDC"


def credentials(workflow: Workflow) -> Iterator[str]:
    """A checkout leaves no token behind, where the code that was checked out could find it."""
    for step in workflow.steps():
        if step.uses.startswith("actions/checkout@"):
            given: Mapping[str, Any] = step.content.get("with") or {}
            if given.get("persist-credentials") is not False:
                yield f"{step.job}: the checkout leaves its token behind"
            if "ref" in given or "repository" in given:
                yield f"{step.job}: checks out something else than what is to be merged"


def failures(workflow: Workflow) -> Iterator[str]:
    """No failure is hidden."""
    for found in re.findall(r"continue-on-error: (?!false).*|\|\| true\b|\|\| :|set \+e", workflow.text):
        yield f"{found}: hides a failure"


def _granted(job: Mapping[str, Any]) -> Mapping[str, Any]:
    granted: object = job.get("permissions")
    return cast("Mapping[str, Any]", granted) if isinstance(granted, dict) else {}


def _of(workflow: Workflow, job: str) -> Iterator[Step]:
    return (step for step in workflow.steps() if step.job == job)


Demand = Callable[[Workflow], Iterator[str]]
DEMANDS: Final[tuple[Demand, ...]] = (
    pins,
    triggers,
    permissions,
    rights_and_code,
    limits,
    expressions,
    secrets,
    credentials,
    failures,
)
