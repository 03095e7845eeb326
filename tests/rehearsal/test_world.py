"""What counts as standing, and what is judged against everything that stands: quotas and policies.

It does not prove that components refer to things in these forms; the rehearsals of the environments do.
"""

from __future__ import annotations

from typing import Any

from rehearsal.checks.judge import judge, judge_whole
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Outcome, Registration, Resource
from tests.rehearsal.accepted_inputs import ACCEPTED, policy
from tests.rehearsal.standing_world import ACCOUNT, GROUP, REGION, VPC, standing_world, trust

ROLE = "aws:iam/role:Role"


def registered(type_: str, name: str, inputs: dict[str, Any]) -> Registration:
    return Registration(f"urn:pulumi:dev::llm-platform::{type_}::{name}", type_, name, "", custom=True, inputs=inputs)


def stand(world: World, type_: str, name: str, inputs: dict[str, Any], **outputs: Any) -> Resource:
    identity = str(outputs.pop("id", name))
    resource = Resource(registered(type_, name, inputs), Outcome.CREATED, identity, {**inputs, **outputs})
    world.add(resource)
    return resource


def messages(world: World, type_: str, inputs: dict[str, Any]) -> list[str]:
    return [fault.message for fault in judge(registered(type_, "judged", inputs), world)]


def test_id_belongs_to_the_resource_that_made_it_and_not_to_those_that_echo_it() -> None:
    world = World(ACCOUNT, REGION)
    vpc = stand(world, "aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16"}, id=VPC)
    stand(world, "aws:ec2/subnet:Subnet", "subnet", {"vpcId": VPC}, id="subnet-0a00000000000001a")
    assert world.by_id(VPC) is vpc


def test_id_that_came_with_another_resource_resolves() -> None:
    world = standing_world()
    brought = {"vpcConfig": {"clusterSecurityGroupId": "sg-0c00000000000001c"}}
    stand(world, "aws:eks/cluster:Cluster", "other", {"name": "other"}, **brought)
    type_, inputs = ACCEPTED["ingress"]
    assert messages(world, type_, {**inputs, "securityGroupId": "sg-0c00000000000001c"}) == []


def test_arn_of_a_named_role_resolves_before_the_role_has_one() -> None:
    """A preview knows a role's name, and a policy may spell its ARN."""
    world = World(ACCOUNT, REGION)
    planned = registered(ROLE, "nodes", {"name": "nodes", "path": "/llm/", "assumeRolePolicy": UNKNOWN})
    world.add(Resource(planned, Outcome.PLANNED, "", dict(planned.inputs)))
    assert world.by_id(f"arn:aws:iam::{ACCOUNT}:role/llm/nodes") is not None
    assert world.find("", ROLE) is None


def test_name_may_be_that_of_a_thing_whose_name_is_not_known_yet() -> None:
    world = World(ACCOUNT, REGION)
    wanted = {"role": "later", "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    assert messages(world, attachment, wanted) == [
        "no IAM role later stands in the program, and none is declared external"
    ]
    stand(world, ROLE, "unnamed", {"name": UNKNOWN, "assumeRolePolicy": trust()})
    assert messages(world, attachment, wanted) == []


def test_configured_image_declares_its_repository() -> None:
    world = World(ACCOUNT, REGION)
    world.declare_external([f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/llm/embedder:1.0"])
    assert world.is_external(f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/llm/embedder")


def test_policy_may_name_what_stands_later_but_not_what_never_does() -> None:
    world = standing_world()
    inputs = {"name": "later", "policy": policy(Resource="arn:aws:s3:::llm-platform-later/*")}
    later = stand(world, "aws:iam/policy:Policy", "later", inputs)
    assert judge(later.registration, world) == []
    assert [(fault.urn, fault.property) for fault in judge_whole(world)] == [(later.registration.urn, "policy")]
    stand(world, "aws:s3/bucket:Bucket", "bucket", {"bucket": "llm-platform-later"})
    assert judge_whole(world) == []


def test_security_group_has_at_most_sixty_rules_each_way() -> None:
    world = standing_world()
    type_, inputs = ACCEPTED["ingress"]
    for port in range(2000, 2059):  # one stands already
        stand(world, type_, f"rule-{port}", {**inputs, "fromPort": port, "toPort": port})
    assert messages(world, type_, inputs) == [f"{GROUP} has 60 rules already; the quota is 60"]


def test_security_group_has_no_rule_twice() -> None:
    world = standing_world()
    type_, inputs = ACCEPTED["ingress"]
    stand(world, type_, "first", inputs)
    assert messages(world, type_, {**inputs, "description": "again"}) == [f"{GROUP} has this very rule already: first"]
    assert messages(world, type_, {**inputs, "toPort": UNKNOWN}) == []


def test_role_has_at_most_ten_managed_policies() -> None:
    world = standing_world()
    type_, inputs = ACCEPTED["attachment"]
    for number in range(10):
        stand(world, type_, f"attachment-{number}", {"role": "nodes", "policyArn": f"arn-{number}"})
    assert messages(world, type_, inputs) == ["nodes has 10 managed policies already; at most 10"]


def test_inline_policies_of_a_role_share_one_quota() -> None:
    world = standing_world()
    type_, inputs = ACCEPTED["role policy"]
    wide = policy(Resource=[f"arn:aws:s3:::llm-platform-models/{n:03}" for n in range(200)])
    assert messages(world, type_, {**inputs, "policy": wide}) == []
    stand(world, type_, "first", {**inputs, "name": "first", "policy": wide})
    assert any("at most 10240" in message for message in messages(world, type_, {**inputs, "policy": wide}))
