"""The CI role may create the environments: each request that does so in a rehearsal is put to its policies.

Not proven: that the provider sends the same requests as the rehearsal, that AWS asks for no other action beside the
one named like the request, and that the role suffices to change and to delete, but for the cases below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from preflight.ci_permissions import statements
from rehearsal.aws.account import Account
from rehearsal.checks.world import World
from rehearsal.environment import environment
from rehearsal.guard import offline
from rehearsal.monitor import RehearsalMonitor
from rehearsal.plan import Resource
from rehearsal.program import run_program
from tests.preflight.role_decision import TAG, Request, allowed, places_of, requests
from tests.rehearsal.changed_dev import ROOT, changed_dev
from tests.rehearsal.test_burst_endpoint import ASYNCHRONOUS

pytestmark = pytest.mark.xdist_group("ci role")
STACKS: Final = ("dev", "staging", "prod")
ACTIVATION: Final = "secret:llm-platform-staging/hybrid-nodes/activation-AbCdEf"


STANDS: Final = {f"aws:ResourceTag/{TAG}": "staging"}
"""Of a request about something of staging's that stands already."""


class ListeningAccount(Account):
    """An emulated account that keeps what is asked of it."""

    def __init__(self, account_id: str, region: str) -> None:
        super().__init__(account_id, region)
        self.calls: list[tuple[str, str, Mapping[str, Any]]] = []

    def check(self, service: str, operation: str, **parameters: Any) -> None:
        """Note the request, be it sent afterwards or only recorded."""
        self.calls.append((service, operation, parameters))
        super().check(service, operation, **parameters)


@dataclass(frozen=True)
class Created:
    """What was asked of AWS to create an environment."""

    places: Mapping[str, str]
    requests: Sequence[Request]
    resources: Sequence[Resource]


@cache
def created(stack: str) -> Created:
    """Run the program once, creating; dev gets the burst endpoint that its stack file only shows."""
    with TemporaryDirectory() as folder:
        project = changed_dev(Path(folder), _with_burst_endpoint) if stack == "dev" else ROOT / "stacks"
        with (
            environment(stack, project) as (target, _),
            offline(),
            ListeningAccount(target.account_id, target.region) as account,
        ):
            world = World(target.account_id, target.region)
            world.declare_external((*target.declared, *target.prepare(account)))
            account.calls.clear()
            monitor = RehearsalMonitor(
                target.project, stack, account, world, preview=False, root=target.root, advance=lambda _: None
            )
            run_program(target.program, monitor, project=target.project, stack=stack, preview=False)
            calls = list(account.calls)
        assert monitor.faults == []
    places = places_of(stack, target.account_id, target.region)
    asked = [
        request
        for service, operation, parameters in calls
        for request in requests(service, operation, parameters, places)
    ]
    return Created(places, asked, list(monitor.record.values()))


def staging_may(action: str, resource: str, context: Mapping[str, str]) -> bool:
    return allowed(Request(action, resource, {"aws:RequestedRegion": "us-east-1", **context}), places_of("staging"))


def _with_burst_endpoint(sections: dict[str, Any]) -> None:
    sections["burst_endpoint"] = ASYNCHRONOUS


@pytest.mark.parametrize("stack", STACKS)
def test_every_request_that_creates_an_environment_is_allowed(stack: str) -> None:
    asked = created(stack)
    assert len({request.action for request in asked.requests}) > 50
    refused = {(one.action, one.resource) for one in asked.requests if not allowed(one, asked.places)}
    assert refused == set()


@pytest.mark.parametrize("stack", STACKS)
def test_every_role_that_a_service_takes_may_be_handed_to_it(stack: str) -> None:
    [passing] = [each for each in statements()["identity"] if each.sid == "PassRoles"]
    documents = [
        json.loads(resource.registration.inputs["assumeRolePolicy"])
        for resource in created(stack).resources
        if resource.registration.type == "aws:iam/role:Role"
    ]
    principals = [statement["Principal"].get("Service", []) for each in documents for statement in each["Statement"]]
    takers = {one for found in principals for one in ([found] if isinstance(found, str) else found)}
    assert "eks.amazonaws.com" in takers
    assert takers - set(passing.conditions["StringEquals"]["iam:PassedToService"]) == set()


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("rolesanywhere:GetTrustAnchor", "arn:aws:rolesanywhere:us-east-1:222233334444:trust-anchor/1"),
        ("rolesanywhere:UpdateTrustAnchor", "arn:aws:rolesanywhere:us-east-1:222233334444:trust-anchor/1"),
        ("rolesanywhere:DeleteTrustAnchor", "arn:aws:rolesanywhere:us-east-1:222233334444:trust-anchor/1"),
        ("rolesanywhere:GetProfile", "arn:aws:rolesanywhere:us-east-1:222233334444:profile/1"),
        ("rolesanywhere:UpdateProfile", "arn:aws:rolesanywhere:us-east-1:222233334444:profile/1"),
        ("rolesanywhere:DisableProfile", "arn:aws:rolesanywhere:us-east-1:222233334444:profile/1"),
        ("rolesanywhere:DeleteProfile", "arn:aws:rolesanywhere:us-east-1:222233334444:profile/1"),
        ("rolesanywhere:ListTagsForResource", "*"),
        ("ssm:DescribeActivations", "*"),
        ("ssm:DeleteActivation", "*"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:us-east-1:222233334444:{ACTIVATION}"),
        ("secretsmanager:DeleteSecret", f"arn:aws:secretsmanager:us-east-1:222233334444:{ACTIVATION}"),
        ("sns:SetSubscriptionAttributes", "arn:aws:sns:us-east-1:222233334444:llm-platform-staging-alerts-critical"),
        ("cloudtrail:DescribeTrails", "*"),
        ("cloudtrail:GetTrailStatus", "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging"),
        ("cloudtrail:UpdateTrail", "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging"),
        ("cloudtrail:PutEventSelectors", "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging"),
    ],
)
def test_own_machines_alerts_and_the_trail_can_be_read_changed_and_taken_down(action: str, resource: str) -> None:
    assert staging_may(action, resource, STANDS)


@pytest.mark.parametrize("action", ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"])
def test_the_trail_is_neither_stopped_nor_deleted(action: str) -> None:
    trail = "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging"
    assert not staging_may(action, trail, STANDS)


@pytest.mark.parametrize(
    ("action", "resource", "tag"),
    [
        ("rolesanywhere:CreateProfile", "*", "prod"),
        ("rolesanywhere:DeleteTrustAnchor", "arn:aws:rolesanywhere:us-east-1:222233334444:trust-anchor/1", "prod"),
        ("ssm:CreateActivation", "*", "prod"),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:us-east-1:222233334444:secret:llm-platform-prod/hybrid-nodes/activation-AbCdEf",
            "staging",
        ),
    ],
)
def test_what_is_another_environment_s_is_out_of_reach(action: str, resource: str, tag: str) -> None:
    assert not staging_may(action, resource, {f"aws:RequestTag/{TAG}": tag, f"aws:ResourceTag/{TAG}": tag})
