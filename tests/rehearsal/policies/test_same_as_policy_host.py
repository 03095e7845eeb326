"""What `rehearse` reports of an environment is what the engine's own policy host reports of the same registrations."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import config

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.environment import environment
from rehearsal.guard import offline
from rehearsal.phases import Silence
from rehearsal.plan import Resource
from rehearsal.policies.host import PolicyHost
from rehearsal.wire import encode
from tests.policies.policy_host import running_pack
from tests.policies.sample import Sample
from tests.rehearsal.test_monitor import HERE

pytestmark = pytest.mark.xdist_group("environments")
OPENED = {"cidrIpv4": "0.0.0.0/0"}


def broken(resource: Resource) -> Resource:
    """Return a resource with every ingress rule open, so that there is something to report."""
    registration = resource.registration
    if not registration.type.endswith(":SecurityGroupIngressRule"):
        return resource
    return replace(resource, registration=replace(registration, inputs={**registration.inputs, **OPENED}))


def sample(resource: Resource, provider: dict[str, Any]) -> Sample:
    registration = resource.registration
    inputs: dict[str, Any] = MessageToDict(encode(registration.inputs))
    return Sample(
        registration.type,
        registration.name,
        inputs,
        protect=registration.protect,
        provider=provider,
        environment="dev",
    )


def test_the_rehearsal_reports_what_the_host_does() -> None:
    with environment("dev", HERE) as (target, _), offline(), Account(target.account_id, target.region) as account:
        resources = [broken(each) for each in phases.preview(target, account, Silence()).resources]
        section = json.loads(config.get_config("llm-platform:policies") or "{}")
        host = PolicyHost(target.packs)
        host.judge(resources)
    [provider] = [each.registration.inputs for each in resources if each.registration.type == "pulumi:providers:aws"]
    of_ours = {(found.policy, found.urn.rsplit("::", 1)[-1], found.level) for found in host.results.findings}
    undecided = {(each.policy, each.urn.rsplit("::", 1)[-1]) for each in host.results.undecided if each.urn}

    samples = [sample(each, provider) for each in resources]
    with running_pack(section, "dev") as analyzer:
        analyzer.configure()
        answers = [(each, found) for each in samples for found in analyzer.analyze(each)]

    advised = {(found.policy, each.name) for each, found in answers if "can't run policy" in found.message}
    of_host = {(found.policy, each.name, found.level) for each, found in answers if "can't run" not in found.message}
    of_one_resource = {found.policy for _, found in answers}
    assert of_host == {each for each in of_ours if each[0] in of_one_resource}
    assert ("no-open-ingress", "cluster-api-from-vpc", "mandatory") in of_host
    assert advised == undecided
