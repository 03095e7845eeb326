"""The three environments, rehearsed whole with the program that `pulumi up` runs.

Does not prove that AWS would take them: it proves what the rehearsal's checks know.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import pytest

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.aws.translation import Recorded, translators
from rehearsal.environment import environment
from rehearsal.guard import offline
from rehearsal.kubernetes_provider import is_kubernetes
from rehearsal.phases import Rehearsal, Silence
from rehearsal.plan import Outcome
from rehearsal.report.document import document
from stacks.gpu_host_document import OUTPUT as GPU_HOSTS
from tests.rehearsal.test_monitor import HERE

pytestmark = pytest.mark.xdist_group("environments")
STACKS = ("dev", "staging", "prod")


@cache
def previewed(stack: str) -> Rehearsal:
    with environment(stack, HERE) as (target, _), offline(), Account(target.account_id, target.region) as account:
        return phases.preview(target, account, Silence())


def rehearsed_anew(stack: str) -> Rehearsal:
    with environment(stack, HERE) as (target, _), offline(), Account(target.account_id, target.region) as account:
        return phases.up(target, account, Silence())


rehearsed = cache(rehearsed_anew)


def without_timings(rehearsal: Rehearsal) -> dict[str, Any]:
    return {key: value for key, value in document(rehearsal).items() if key != "timings"}


@pytest.mark.parametrize("stack", STACKS)
def test_an_environment_is_created_read_back_and_destroyed_without_fault(stack: str) -> None:
    rehearsal = rehearsed(stack)
    assert rehearsal.faults == []
    assert [timing.phase for timing in rehearsal.timings] == [
        "account",
        "plan",
        "create",
        "policies",
        "read back",
        "destroy",
    ]
    outcomes = rehearsal.outcomes()
    recorded = [r for r in rehearsal.resources if r.outcome is Outcome.RECORDED]
    objects = [r for r in recorded if is_kubernetes(r.registration.type)]
    assert len(objects) > 50
    assert outcomes[Outcome.CREATED] > 5 * (len(recorded) - len(objects)) > 0
    assert outcomes[Outcome.FAILED] == outcomes[Outcome.SKIPPED] == 0


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_that_the_emulator_has_falls_back_to_being_recorded(stack: str) -> None:
    recorded = [r.registration for r in rehearsed(stack).resources if r.outcome is Outcome.RECORDED]
    of_aws = [r for r in recorded if not is_kubernetes(r.type)]
    assert [r.urn for r in of_aws if not isinstance(translators()[r.type], Recorded)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_unknown_outputs_do_not_change_the_shape_of_the_plan(stack: str) -> None:
    def shape(rehearsal: Rehearsal) -> list[tuple[str, tuple[str, ...], frozenset[str]]]:
        registrations = [resource.registration for resource in rehearsal.resources]
        return [(r.urn, r.dependencies, frozenset(r.inputs)) for r in registrations]

    assert previewed(stack).faults == []
    assert shape(previewed(stack)) == shape(rehearsed(stack))


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_carries_the_environment_s_tags(stack: str) -> None:
    untagged = [
        resource.registration.urn
        for resource in rehearsed(stack).resources
        if "tagsAll" in resource.registration.inputs
        and resource.registration.inputs["tagsAll"].get("llm-platform:environment") != stack
    ]
    assert untagged == []


def test_a_second_rehearsal_in_the_same_process_gives_the_same_document() -> None:
    assert without_timings(rehearsed("dev")) == without_timings(rehearsed_anew("dev"))


def test_only_what_is_declared_retained_is_left() -> None:
    assert rehearsed("dev").leftovers == []
    left = rehearsed("prod").leftovers
    assert {leftover.type for leftover in left} == {
        "aws:amp/workspace:Workspace",
        "aws:cloudwatch/logGroup:LogGroup",  # the database's
        "aws:ec2/securityGroup:SecurityGroup",  # the database's
        "aws:ecr/repository:Repository",
        "aws:iam/role:Role",  # the database's monitoring
        "aws:kms/key:Key",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:s3/bucket:Bucket",
    }
    assert all(leftover.retained for leftover in left)


def test_every_stack_output_but_ansibles_document_is_also_an_ssm_parameter() -> None:
    rehearsal = rehearsed("prod")
    published = {
        resource.registration.inputs["name"]
        for resource in rehearsal.resources
        if resource.registration.type == "aws:ssm/parameter:Parameter"
    }
    # The document for Ansible is more than a parameter of the standard tier holds.
    others = rehearsal.outputs.keys() - {GPU_HOSTS}
    assert published == {f"/llm-platform/prod/{output}" for output in others}
    assert "/llm-platform/prod/network/vpc-id" in published


def test_environments_share_no_account_and_no_bucket_s_name() -> None:
    def names(stack: str) -> set[str]:
        return {
            str(resource.registration.inputs["bucket"])
            for resource in rehearsed(stack).resources
            if resource.registration.type == "aws:s3/bucket:Bucket"
        }

    assert len({rehearsed(stack).account_id for stack in STACKS}) == 3
    for one, other in combinations(STACKS, 2):
        assert names(one)
        assert not names(one) & names(other)


def test_prod_has_what_is_promised_of_it() -> None:
    inputs = {r.registration.name: r.registration.inputs for r in rehearsed("prod").resources}
    types = [r.registration.type for r in rehearsed("prod").resources]
    cluster = next(i for i in inputs.values() if i.get("version") and "vpcConfig" in i)
    assert cluster["vpcConfig"]["endpointPublicAccess"] is False
    assert cluster["deletionProtection"] is True
    assert types.count("aws:ec2/natGateway:NatGateway") == 3
    zones = {i["availabilityZone"] for i in inputs.values() if "availabilityZone" in i and "cidrBlock" in i}
    assert zones == {"us-east-1a", "us-east-1b", "us-east-1c"}
