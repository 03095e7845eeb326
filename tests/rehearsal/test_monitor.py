"""The monitor: what the engine and the provider do around a registration.

Does not prove that a translator or a rule is right; those have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.aws.translation import translators
from rehearsal.phases import Rehearsal, Silence, Target
from rehearsal.plan import Check, Outcome, Resource
from rehearsal.report.document import document

ACCOUNT = "111122223333"
HERE = Path(__file__).resolve()


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(ACCOUNT, "us-east-1") as emulated:
        yield emulated


def target(program: Callable[[], None], *declared: str) -> Target:
    return Target(program, "demo", "test", HERE.parents[2], ACCOUNT, "us-east-1", declared)


def one(rehearsal: Rehearsal, name: str) -> Resource:
    found = [resource for resource in rehearsal.resources if resource.registration.name == name]
    assert len(found) == 1, [resource.registration.urn for resource in rehearsal.resources]
    return found[0]


class Outer(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("demo:outer:Outer", name, None, opts)
        self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
        self.register_outputs({"vpc_id": self.inner.vpc.id})


class Inner(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("demo:inner:Inner", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.vpc = aws.ec2.Vpc(f"{name}-vpc", cidr_block="10.0.0.0/16", opts=child)
        self.register_outputs({})


def nested() -> None:
    outer = Outer("outer")
    pulumi.export("vpc", outer.inner.vpc.id)


def test_urns_have_the_engine_s_shape(account: Account) -> None:
    rehearsal = phases.preview(target(nested), account, Silence())
    assert [resource.registration.urn for resource in rehearsal.resources] == [
        "urn:pulumi:test::demo::demo:outer:Outer$demo:inner:Inner$aws:ec2/vpc:Vpc::outer-inner-vpc",
        "urn:pulumi:test::demo::demo:outer:Outer$demo:inner:Inner::outer-inner",
        "urn:pulumi:test::demo::demo:outer:Outer::outer",
        "urn:pulumi:test::demo::pulumi:pulumi:Stack::demo-test",
    ]


def test_a_created_resource_s_id_reaches_the_stack_s_outputs(account: Account) -> None:
    rehearsal = phases.up(target(nested), account, Silence())
    vpc = one(rehearsal, "outer-inner-vpc")
    assert vpc.outcome is Outcome.CREATED
    assert vpc.id.startswith("vpc-")
    assert rehearsal.outputs == {"vpc": vpc.id}
    assert rehearsal.faults == []
    assert rehearsal.leftovers == []


def test_a_preview_creates_nothing_and_knows_no_outputs(account: Account) -> None:
    seen: list[str] = []

    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        vpc.id.apply(seen.append)
        aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone="us-east-1a")

    rehearsal = phases.preview(target(program), account, Silence())
    assert rehearsal.faults == []
    assert seen == []
    assert document(rehearsal)["resources"][0]["inputs"]["vpcId"] == "[unknown]"
    assert len(account.call("ec2", "describe_vpcs")["Vpcs"]) == 1, "only the account's default VPC"


def test_a_duplicate_urn_is_refused(account: Account) -> None:
    def program() -> None:
        aws.ec2.Eip("address", domain="vpc")
        aws.ec2.Eip("address", domain="vpc")

    [fault] = phases.preview(target(program), account, Silence()).faults
    assert (fault.check, fault.urn) == (Check.PROGRAM, "urn:pulumi:test::demo::aws:ec2/eip:Eip::address")
    assert "duplicate URN" in fault.message


def test_all_faults_show_in_one_run_and_dependants_are_skipped(account: Account) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("bad-vpc", cidr_block="10.0.0.0/8")
        aws.ec2.Subnet("dependant", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        aws.ec2.Vpc("other-bad-vpc", cidr_block="10.1.0.0/30")
        aws.ec2.Vpc("good-vpc", cidr_block="10.2.0.0/16")

    rehearsal = phases.up(target(program), account, Silence())
    assert {fault.urn.split("::")[-1] for fault in rehearsal.faults} == {"bad-vpc", "other-bad-vpc"}
    assert {r.registration.name: r.outcome for r in rehearsal.resources if r.registration.custom} == {
        "bad-vpc": Outcome.FAILED,
        "dependant": Outcome.SKIPPED,
        "other-bad-vpc": Outcome.FAILED,
        "good-vpc": Outcome.CREATED,
    }
    assert one(rehearsal, "dependant").reason == "depends on bad-vpc"


def test_a_fault_names_the_line_that_registered_the_resource(account: Account) -> None:
    def program() -> None:
        aws.ec2.Vpc("bad-vpc", cidr_block="10.0.0.0/8")

    faults = phases.preview(target(program), account, Silence()).faults
    line = program.__code__.co_firstlineno + 1
    assert {fault.at for fault in faults} == {f"tests/rehearsal/test_monitor.py:{line}"}


def test_the_provider_s_default_tags_and_automatic_name_are_applied(account: Account) -> None:
    def program() -> None:
        provider = aws.Provider(
            "aws",
            region="us-east-1",
            default_tags=aws.ProviderDefaultTagsArgs(tags={"team": "ml", "env": "test"}),
        )
        aws.sqs.Queue("jobs", tags={"env": "special"}, opts=pulumi.ResourceOptions(provider=provider))

    rehearsal = phases.up(target(program), account, Silence(), keep=True)
    queue = one(rehearsal, "jobs")
    assert queue.registration.inputs["tagsAll"] == {"team": "ml", "env": "special"}
    assert queue.registration.inputs["name"].startswith("jobs-")
    assert len(queue.registration.inputs["name"]) == len("jobs-") + 7
    assert account.call("sqs", "list_queue_tags", QueueUrl=queue.id)["Tags"] == {
        "team": "ml",
        "env": "special",
    }


def test_secrets_reach_the_emulator_in_plain_and_the_report_masked(account: Account) -> None:
    def program() -> None:
        parameter = aws.ssm.Parameter(
            "token", name="/demo/token", type="SecureString", value=pulumi.Output.secret("hush")
        )
        pulumi.export("token", parameter.value)

    rehearsal = phases.up(target(program), account, Silence(), keep=True)
    stored = account.call("ssm", "get_parameter", Name="/demo/token", WithDecryption=True)
    assert stored["Parameter"]["Value"] == "hush"
    report = document(rehearsal)
    assert "hush" not in str(report)
    assert report["outputs"] == {"token": "[secret]"}


def test_transforms_run(account: Account) -> None:
    def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:sqs/queue:Queue":
            return None
        return pulumi.ResourceTransformResult(
            {**args.props, "delaySeconds": 7},
            pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True)),
        )

    def program() -> None:
        pulumi.runtime.register_resource_transform(protect)
        aws.sqs.Queue("jobs")

    queue = one(phases.preview(target(program), account, Silence()), "jobs")
    assert queue.registration.inputs["delaySeconds"] == 7
    assert queue.registration.protect


def test_an_exception_of_the_program_is_a_fault_with_its_line(account: Account) -> None:
    def program() -> None:
        raise ValueError("no such zone")

    [fault] = phases.up(target(program), account, Silence()).faults
    assert (fault.check, fault.message) == (Check.PROGRAM, "ValueError: no such zone")


def test_what_is_retained_is_left_over_as_declared_and_nothing_else(account: Account) -> None:
    def program() -> None:
        aws.sqs.Queue("kept", opts=pulumi.ResourceOptions(retain_on_delete=True))
        aws.sqs.Queue("gone")

    rehearsal = phases.up(target(program), account, Silence())
    assert [(leftover.urn.split("::")[-1], leftover.retained) for leftover in rehearsal.leftovers] == [("kept", True)]
    assert rehearsal.faults == []


def test_what_nothing_declared_is_a_fault_when_it_is_left_over(account: Account) -> None:
    def program() -> None:
        queue = aws.sqs.Queue("gone")
        # Stands for what a service makes behind the program's back.
        queue.id.apply(lambda _: account.call("sqs", "create_queue", QueueName="behind-the-back")["QueueUrl"])

    rehearsal = phases.up(target(program), account, Silence())
    assert [leftover.retained for leftover in rehearsal.leftovers] == [False]
    assert [fault.check for fault in rehearsal.faults] == [Check.TEARDOWN]


def test_a_translator_that_trips_is_a_fault_of_its_resource_alone(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(*_: object) -> None:
        raise KeyError("cidrBlock")

    monkeypatch.setattr(translators()["aws:ec2/vpc:Vpc"], "create", trip)

    def program() -> None:
        aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.sqs.Queue("jobs")

    rehearsal = phases.up(target(program), account, Silence())
    assert [fault.message for fault in rehearsal.faults] == ["the rehearsal cannot create it: KeyError: 'cidrBlock'"]
    assert one(rehearsal, "jobs").outcome is Outcome.CREATED


def test_a_name_prefix_stands_in_place_of_the_logical_name(account: Account) -> None:
    def program() -> None:
        aws.sqs.Queue("jobs", name_prefix="prefixed-", fifo_queue=True)

    name = one(phases.preview(target(program), account, Silence()), "jobs").registration.inputs["name"]
    assert name.startswith("prefixed-")
    assert name.endswith(".fifo")


def test_two_rehearsals_in_one_process_give_the_same_document() -> None:
    def program() -> None:
        for index in range(8):
            vpc = aws.ec2.Vpc(f"vpc-{index}", cidr_block=f"10.{index}.0.0/16")
            aws.ec2.Subnet(f"subnet-{index}", vpc_id=vpc.id, cidr_block=f"10.{index}.0.0/24")

    documents: list[object] = []
    for _ in range(2):
        with Account(ACCOUNT, "us-east-1") as account:
            report = document(phases.up(target(program), account, Silence()))
        del report["timings"]
        documents.append(report)
    assert documents[0] == documents[1]


def test_a_type_without_a_translator_is_recorded_with_invented_outputs(account: Account) -> None:
    def program() -> None:
        hub = aws.grafana.Workspace(
            "dashboards",
            account_access_type="CURRENT_ACCOUNT",
            authentication_providers=["SAML"],
            permission_type="SERVICE_MANAGED",
        )
        pulumi.export("arn", hub.arn)

    rehearsal = phases.up(target(program), account, Silence())
    assert one(rehearsal, "dashboards").outcome is Outcome.RECORDED
    assert rehearsal.outputs["arn"].startswith("arn:aws:grafana:us-east-1:111122223333:")
