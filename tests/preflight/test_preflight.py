"""What an account says about an update: each thing that would stop it, seen and told with its remedy.

moto answers where it can; for quotas, reservations and EKS versions, which it lacks, the answers are written here and
checked against botocore's model. What a real account answers in full is not proven.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from rich.console import Console

from preflight.access import ROOT, AccessError
from preflight.findings import Finding, Level, iam_action
from preflight.report import PreflightReport, inspect, render, to_json
from stacks.settings import Settings
from tests.preflight.emulated import ACCOUNT, REGION, answer, emulated_account, refuse, watched
from tests.preflight.staging import staging

QUOTAS = {
    "L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 640.0),
    "L-DB2E81BA": ("Running On-Demand G and VT instances", 768.0),
    "L-417A185B": ("Running On-Demand P instances", 1920.0),
    "L-3819A6DF": ("All G and VT Spot Instance Requests", 768.0),
    "L-0263D0A3": ("EC2-VPC Elastic IPs", 5.0),
    "L-D75D2E84": ("Running Dedicated g6 Hosts", 2.0),
}
VPC_QUOTAS = {"L-F678F1CE": ("VPCs per Region", 5.0), "L-FE5A380F": ("NAT gateways per Availability Zone", 5.0)}
RESERVATION = "cr-0123456789abcdef0"
OURS = {"llm-platform:environment": "staging", "llm-platform:managed-by": "pulumi"}
TAGS = [{"Key": key, "Value": value} for key, value in OURS.items()]


def quotas(session: boto3.Session, changes: dict[str, float] | None = None) -> None:
    """All values in the list of applied quotas; the defaults are empty, but for moto's own of `vpc`."""

    def applied(params: Any) -> dict[str, Any]:
        known = VPC_QUOTAS if '"vpc"' in str(params["body"]) else QUOTAS
        rows = [(code, name, (changes or {}).get(code, value)) for code, (name, value) in known.items()]
        return {"Quotas": [{"QuotaCode": code, "QuotaName": name, "Value": value} for code, name, value in rows]}

    answer(session, "service-quotas", "ListServiceQuotas", applied)
    answer(session, "service-quotas", "ListAWSDefaultServiceQuotas", {"Quotas": []})


def versions(session: boto3.Session, **status: str) -> None:
    entries = [
        {"clusterVersion": key.removeprefix("v").replace("_", "."), "versionStatus": s} for key, s in status.items()
    ]
    answer(session, "eks", "DescribeClusterVersions", {"clusterVersions": entries})


def reserved(session: boto3.Session, **changes: Any) -> None:
    reservation = {
        "CapacityReservationId": RESERVATION,
        "State": "active",
        "InstanceType": "p4d.24xlarge",
        "AvailabilityZone": "us-east-1b",
        "TotalInstanceCount": 8,
        "AvailableInstanceCount": 8,
        "ReservationType": "default",
        **changes,
    }
    answer(session, "ec2", "DescribeCapacityReservations", {"CapacityReservations": [reservation]})


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    """An empty account with enough quotas, that offers every type in both zones."""
    with emulated_account() as session:
        quotas(session)
        versions(session, v1_35="STANDARD_SUPPORT", v1_34="STANDARD_SUPPORT", v1_31="EXTENDED_SUPPORT")
        offered(session)
        yield session


def offered(session: boto3.Session, *but: tuple[str, str]) -> None:
    types = ("m7i.large", "p4d.24xlarge", "g6.xlarge", "g5.xlarge", "g6e.xlarge", "g6.48xlarge")
    pairs = [(name, zone) for name in types for zone in ("us-east-1a", "us-east-1b") if (name, zone) not in but]
    entries = [{"InstanceType": name, "LocationType": "availability-zone", "Location": zone} for name, zone in pairs]
    answer(session, "ec2", "DescribeInstanceTypeOfferings", {"InstanceTypeOfferings": entries})


@pytest.fixture
def settings() -> Settings:
    return staging()


def found(report: PreflightReport, level: Level) -> list[tuple[str, str]]:
    return [(finding.subject, finding.message) for finding in report.of(level)]


def one(report: PreflightReport, level: Level = Level.STOP) -> Finding:
    findings = report.of(level)
    assert len(findings) == 1, findings
    return findings[0]


def test_an_empty_account_with_enough_quotas_lets_the_update_through(
    settings: Settings, session: boto3.Session
) -> None:
    report = inspect(settings, session)
    assert found(report, Level.STOP) == []
    assert found(report, Level.UNSEEN) == []
    assert report.exit_status == 0
    assert {finding.area for finding in report.findings} == {
        "identity",
        "kubernetes",
        "names",
        "offerings",
        "quotas",
    }
    assert ("account 222233334444", report.findings[0].message) == (
        report.findings[0].subject,
        "signed in as arn:aws:sts::222233334444:assumed-role/engineer/tests",
    )


def test_every_request_only_reads(session: boto3.Session) -> None:
    """With everything configured that a check looks at, nothing but Describe, Get and List is called."""
    reserved(session)
    session.client("s3").create_bucket(Bucket=f"llm-platform-staging-models-{ACCOUNT}-{REGION}")
    session.client("logs").create_log_group(logGroupName="/aws/eks/llm-platform-staging/cluster")
    session.client("ecr").create_repository(repositoryName="llm-platform-staging/serving/vllm")
    key = session.client("kms").create_key()["KeyMetadata"]["KeyId"]
    session.client("kms").create_alias(AliasName="alias/llm-platform-staging/cluster", TargetKeyId=key)
    seen = watched(session)
    changes = {"kind": "reservation", "reservation_id": RESERVATION}
    inspect(staging({"node_groups.training[0].capacity": changes}), session)
    assert {name for _, name in seen if not name.startswith(("Describe", "Get", "List"))} == set()
    assert len(set(seen)) >= 20


def test_another_account_stops_everything_else(settings: Settings) -> None:
    with emulated_account("333344445555") as other:
        report = inspect(settings, other)
    assert report.exit_status == 1
    assert found(report, Level.STOP) == [
        ("account 333344445555", "the credentials are of another account than aws.account_id, 222233334444")
    ]
    assert len(report.findings) == 1


def test_without_credentials_there_is_no_report(settings: Settings, session: boto3.Session) -> None:
    def lost(**_: Any) -> None:
        raise NoCredentialsError

    session.events.register_first("before-call.sts", lost)
    with pytest.raises(AccessError, match="AWS cannot be asked: Unable to locate credentials; sign in"):
        inspect(settings, session)


def test_expired_credentials_give_no_report(settings: Settings, session: boto3.Session) -> None:
    refuse(session, "sts", "GetCallerIdentity", "ExpiredToken", "The security token included is expired")
    with pytest.raises(AccessError, match="AWS does not say who you are: sts GetCallerIdentity answers ExpiredToken"):
        inspect(settings, session)


def test_a_region_that_is_not_enabled_stops_it(settings: Settings, session: boto3.Session) -> None:
    answer(session, "ec2", "DescribeRegions", {"Regions": [{"RegionName": REGION, "OptInStatus": "not-opted-in"}]})
    assert one(inspect(settings, session)).message == "not enabled for the account"


def test_a_zone_that_the_account_lacks_stops_it(settings: Settings, session: boto3.Session) -> None:
    zones = [{"ZoneName": "us-east-1a", "State": "available"}, {"ZoneName": "us-east-1b", "State": "unavailable"}]
    answer(session, "ec2", "DescribeAvailabilityZones", {"AvailabilityZones": zones})
    finding = one(inspect(settings, session))
    assert (finding.subject, finding.message) == (
        "zone us-east-1b",
        "the account has no such zone; it has us-east-1a",
    )


def test_a_type_that_its_zone_lacks_stops_it(settings: Settings, session: boto3.Session) -> None:
    offered(session, ("p4d.24xlarge", "us-east-1b"), ("g5.xlarge", "us-east-1a"))
    report = inspect(settings, session)
    finding = one(report)
    assert (finding.subject, finding.message, finding.remedy) == (
        "group train-a100 in us-east-1b",
        "p4d.24xlarge: not offered in this zone",
        "take one of us-east-1a",
    )
    assert found(report, Level.NOTE) == [
        (
            "group spot-serve in us-east-1a",
            "g5.xlarge: not offered in this zone; the group's other types are",
        )
    ]


@pytest.mark.parametrize(
    ("code", "value", "subject", "message"),
    [
        ("L-417A185B", 0.0, "Running On-Demand P instances (L-417A185B)", "0 vCPUs, but the peak needs {}"),
        ("L-DB2E81BA", 4.0, "Running On-Demand G and VT instances (L-DB2E81BA)", "4 vCPUs, but the peak needs {}"),
        ("L-3819A6DF", 0.0, "All G and VT Spot Instance Requests (L-3819A6DF)", "0 vCPUs, but the peak needs {}"),
        ("L-D75D2E84", 0.0, "Running Dedicated g6 Hosts", "0 hosts, but the peak needs {}"),
        ("L-0263D0A3", 0.0, "EC2-VPC Elastic IPs (L-0263D0A3)", "0 addresses, but the peak needs 1"),
    ],
)
def test_a_quota_that_is_too_small_stops_it(
    session: boto3.Session, settings: Settings, code: str, value: float, subject: str, message: str
) -> None:
    quotas(session, {code: value})
    groups = settings.node_groups
    needed = {
        "L-417A185B": sum(group.max_nodes for group in groups.training) * 96,
        "L-DB2E81BA": sum(group.max_nodes for group in groups.inference) * 4,
        "L-3819A6DF": sum(group.max_nodes for group in groups.spot) * 4,
        "L-D75D2E84": sum(host.hosts for host in settings.dedicated_hosts),
        "L-0263D0A3": 1,
    }[code]
    finding = one(inspect(settings, session))
    assert (finding.subject, finding.message) == (subject, message.format(needed))
    assert finding.remedy == f"ask for {needed} in Service Quotas, or lower the maximum in the stack file"


def test_a_quota_is_shared_with_what_others_run(settings: Settings, session: boto3.Session) -> None:
    ec2 = session.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    launch: dict[str, Any] = {"ImageId": "ami-12c6146b", "InstanceType": "g6.xlarge", "SubnetId": subnet}
    specification = [{"ResourceType": "instance", "Tags": TAGS}]
    ec2.run_instances(**launch, MinCount=3, MaxCount=3)
    ec2.run_instances(**launch, MinCount=2, MaxCount=2, TagSpecifications=specification)
    needed = sum(group.max_nodes for group in settings.node_groups.inference) * 4
    quotas(session, {"L-DB2E81BA": needed + 11.0})
    finding = one(inspect(settings, session))
    assert finding.message == f"{needed + 11} vCPUs, but the peak needs {needed} and 12 used by others"


def test_a_capacity_block_draws_on_no_quota(session: boto3.Session) -> None:
    quotas(session, {"L-417A185B": 0.0})
    reserved(session, ReservationType="capacity-block", InstanceType="p5.48xlarge")
    changes = {
        "node_groups.training[0].instance_type": "p5.48xlarge",
        "node_groups.training[0].capacity": {"kind": "capacity-block", "reservation_id": RESERVATION},
    }
    assert not [f for f in inspect(staging(changes), session).of(Level.STOP) if f.area == "quotas"]


def test_a_quota_that_nobody_lists_is_not_taken_for_enough(settings: Settings, session: boto3.Session) -> None:
    answer(session, "service-quotas", "ListServiceQuotas", {"Quotas": []})
    report = inspect(settings, session)
    assert report.exit_status == 0
    assert {finding.message.split(";")[0] for finding in report.of(Level.UNSEEN)} == {"Service Quotas does not list it"}


def test_vpcs_of_others_count(settings: Settings, session: boto3.Session) -> None:
    ec2 = session.client("ec2")
    for number in range(4):  # and the default VPC
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    finding = one(inspect(settings, session))
    assert (finding.subject, finding.message) == (
        "VPCs per Region (L-F678F1CE)",
        "5 VPCs, but the peak needs 1 and 5 used by others",
    )


def test_our_own_vpc_does_not_count(settings: Settings, session: boto3.Session) -> None:
    ec2 = session.client("ec2")
    for number in range(4):
        tags = [{"ResourceType": "vpc", "Tags": TAGS}] if number == 0 else []
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16", TagSpecifications=tags)
    assert inspect(settings, session).exit_status == 0


RESERVED = {"node_groups.training[0].capacity": {"kind": "reservation", "reservation_id": RESERVATION}}


def test_a_reservation_with_room_is_fine(session: boto3.Session) -> None:
    reserved(session)
    report = inspect(staging(RESERVED), session)
    assert report.exit_status == 0
    assert (f"{RESERVATION} of group train-a100", "8 of 8 free") in found(report, Level.FINE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"State": "expired"}, "it is expired"),
        ({"InstanceType": "p5.48xlarge"}, "it is for p5.48xlarge, the group takes p4d.24xlarge"),
        ({"AvailabilityZone": "us-east-1a"}, "it is in us-east-1a, the group in us-east-1b"),
        ({"ReservationType": "capacity-block"}, "its kind is capacity-block, the group's is reservation"),
        ({"TotalInstanceCount": 1}, "it holds 1 instances, the group goes up to {}"),
    ],
)
def test_a_reservation_that_does_not_fit_stops_it(
    session: boto3.Session, changes: dict[str, Any], message: str
) -> None:
    settings = staging(RESERVED)
    reserved(session, **changes)
    finding = one(inspect(settings, session))
    assert finding.message == message.format(settings.node_groups.training[0].max_nodes)


def test_a_reservation_that_is_not_there_stops_it(session: boto3.Session) -> None:
    answer(session, "ec2", "DescribeCapacityReservations", {"CapacityReservations": []})
    finding = one(inspect(staging(RESERVED), session))
    assert finding.message.startswith("the account has no such reservation in this region")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AvailableInstanceCount": 0}, "0 of its 8 instances are free, the group goes up to {}"),
        (
            {"State": "scheduled", "StartDate": datetime(2026, 12, 1, 11, 30, tzinfo=UTC)},
            "scheduled: it gives no instance until 2026-12-01 11:30 UTC; 8 then",
        ),
    ],
)
def test_a_reservation_that_gives_nothing_now_is_noted(
    session: boto3.Session, changes: dict[str, Any], message: str
) -> None:
    settings = staging(RESERVED)
    reserved(session, **changes)
    report = inspect(settings, session)
    assert report.exit_status == 0
    assert one(report, Level.NOTE).message == message.format(settings.node_groups.training[0].max_nodes)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"v1_35": "EXTENDED_SUPPORT", "v1_36": "STANDARD_SUPPORT"}, "EKS says: extended support"),
        ({"v1_36": "STANDARD_SUPPORT"}, "EKS says: not offered"),
    ],
)
def test_a_version_without_standard_support_stops_it(
    settings: Settings, session: boto3.Session, status: dict[str, str], message: str
) -> None:
    versions(session, **status)
    finding = one(inspect(settings, session))
    assert (finding.subject, finding.message) == ("Kubernetes 1.35", message)
    assert finding.remedy == "set cluster.kubernetes_version to one under standard support: 1.36"


def clash(session: boto3.Session, *, tagged: bool) -> None:
    tags, pairs = (OURS, TAGS) if tagged else ({}, [])
    session.client("logs").create_log_group(logGroupName="/aws/eks/llm-platform-staging/cluster", tags=tags)
    session.client("ecr").create_repository(repositoryName="llm-platform-staging/serving/vllm", tags=pairs)
    kms = session.client("kms")
    key = kms.create_key(Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in pairs])
    kms.create_alias(AliasName="alias/llm-platform-staging/cluster", TargetKeyId=key["KeyMetadata"]["KeyId"])
    kms.create_alias(AliasName="alias/llm-platform-staging/pulumi", TargetKeyId=key["KeyMetadata"]["KeyId"])
    bucket = f"llm-platform-staging-models-{ACCOUNT}-{REGION}"
    session.client("s3").create_bucket(Bucket=bucket)
    if pairs:
        session.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs})
    session.client("s3").create_bucket(Bucket=f"llm-platform-staging-state-{ACCOUNT}-{REGION}")
    session.client("eks").create_cluster(
        name="llm-platform-staging",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        resourcesVpcConfig={"subnetIds": ["subnet-0123456789abcdef0"]},
        tags=tags,
    )


@pytest.mark.parametrize(("tagged", "level"), [(False, Level.STOP), (True, Level.NOTE)])
def test_names_that_are_taken_are_told_apart_by_their_tags(
    settings: Settings, session: boto3.Session, *, tagged: bool, level: Level
) -> None:
    clash(session, tagged=tagged)
    report = inspect(settings, session)
    assert [subject for subject, _ in found(report, level)] == [
        "EKS cluster llm-platform-staging",
        "log group /aws/eks/llm-platform-staging/cluster",
        "KMS alias alias/llm-platform-staging/cluster",
        "ECR repository llm-platform-staging/serving/vllm",
        f"S3 bucket llm-platform-staging-models-{ACCOUNT}-{REGION}",
    ]
    assert report.exit_status == (0 if tagged else 1)


@pytest.mark.parametrize(
    ("service", "operation", "code", "subject", "action"),
    [
        (
            "ec2",
            "DescribeInstanceTypeOfferings",
            "UnauthorizedOperation",
            "instance types",
            "ec2:DescribeInstanceTypeOfferings",
        ),
        ("service-quotas", "ListServiceQuotas", "AccessDeniedException", "vCPUs", "servicequotas:ListServiceQuotas"),
        ("eks", "DescribeClusterVersions", "AccessDeniedException", "version", "eks:DescribeClusterVersions"),
        ("s3", "ListBuckets", "AccessDenied", "S3 buckets", "s3:ListAllMyBuckets"),
    ],
)
def test_what_may_not_be_seen_is_said_and_the_rest_goes_on(
    settings: Settings, session: boto3.Session, service: str, operation: str, code: str, subject: str, action: str
) -> None:
    whole = len(inspect(settings, session).findings)
    refuse(session, service, operation, code)
    report = inspect(settings, session)
    assert (subject, f"needs {action}") in found(report, Level.UNSEEN)
    assert len(report.findings) > whole - 10
    assert report.exit_status == 0


def test_an_answer_that_is_no_answer_is_said(settings: Settings, session: boto3.Session) -> None:
    refuse(session, "kms", "ListAliases", "ThrottlingException", "Rate exceeded")
    assert ("KMS aliases", "kms ListAliases answers ThrottlingException: Rate exceeded") in found(
        inspect(settings, session), Level.UNSEEN
    )


def adopting(session: boto3.Session, *, prefix: int = 20, **changes: Any) -> Settings:
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{16 * n}.0/{prefix}", AvailabilityZone=f"us-east-1{zone}")
        for n, zone in enumerate("ab")
    ]
    ids = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    adopt = {"vpc_id": vpc, "public_subnet_ids": [], "private_subnet_ids": ids, **changes}
    return staging({"network": {"zones": ["us-east-1a", "us-east-1b"], "adopt": adopt}})


def test_an_adopted_network_with_room_is_fine(session: boto3.Session) -> None:
    report = inspect(adopting(session), session)
    assert report.exit_status == 0
    assert [finding.level for finding in report.findings if finding.area == "network"] == [Level.FINE] * 4
    assert not [finding for finding in report.findings if finding.subject.startswith("VPCs")]


def test_an_adopted_vpc_that_is_not_there_stops_it(session: boto3.Session) -> None:
    report = inspect(adopting(session, vpc_id="vpc-0123456789abcdef0"), session)
    assert found(report, Level.STOP) == [("vpc-0123456789abcdef0", "the account has no such VPC in this region")]


def test_adopted_subnets_that_are_not_there_or_elsewhere_stop_it(session: boto3.Session) -> None:
    other = session.client("ec2").describe_subnets()["Subnets"][0]
    settings = adopting(session, public_subnet_ids=["subnet-0123456789abcdef0", other["SubnetId"]])
    report = inspect(settings, session)
    assert [message.split(",")[0] for _, message in found(report, Level.STOP)] == [
        "the account has no such subnet in this region",
        f"belongs to {other['VpcId']}",
    ]


def test_an_adopted_network_without_room_stops_it(session: boto3.Session) -> None:
    report = inspect(adopting(session, prefix=28), session)
    finding = one(report)
    assert finding.subject == "private subnets"
    assert finding.message.startswith("22 free addresses; ")


STATE: dict[str, Any] = {
    "version": 4,
    "outputs": {
        "vpc_id": {"value": "vpc-0123456789abcdef0", "type": "string"},
        "public_subnet_ids": {"value": [], "type": ["list", "string"]},
        "private_subnet_ids": {"value": ["subnet-0a", "subnet-0b"], "type": ["list", "string"]},
    },
}


def by_state(session: boto3.Session, text: str | None) -> PreflightReport:
    session.client("s3").create_bucket(Bucket="acme-terraform")
    if text is not None:
        session.client("s3").put_object(Bucket="acme-terraform", Key="network.tfstate", Body=text.encode())
    adopt = {"terraform_state": {"source": "s3://acme-terraform/network.tfstate"}}
    return inspect(staging({"network": {"zones": ["us-east-1a", "us-east-1b"], "adopt": adopt}}), session)


def test_a_terraform_state_is_read(session: boto3.Session) -> None:
    outputs = dict(STATE["outputs"])
    outputs["private_subnet_ids"] = {"value": [f"subnet-0123456789abcdef{n}" for n in "01"], "type": "list"}
    finding = one(by_state(session, json.dumps({**STATE, "outputs": outputs})))
    assert (finding.subject, finding.message) == (
        "vpc-0123456789abcdef0",
        "the account has no such VPC in this region",
    )


def test_a_terraform_state_that_cannot_be_used_stops_it(session: boto3.Session) -> None:
    finding = one(by_state(session, json.dumps(STATE)))
    assert finding.message.startswith("s3://acme-terraform/network.tfstate: outputs.private_subnet_ids: ['subnet-0a'")


def test_a_terraform_state_that_is_not_there_is_said(session: boto3.Session) -> None:
    finding = one(by_state(session, None))
    assert (finding.subject, finding.message) == (
        "network.adopt.terraform_state.source",
        "stacks/Pulumi.staging.yaml: network.adopt.terraform_state.source: 's3://acme-terraform/network.tfstate': "
        "S3 has no such object",
    )


def printed(report: PreflightReport, *, full: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(render(report, full=full))
    return str(console.file.getvalue())  # pyright: ignore[reportAttributeAccessIssue] - it is a StringIO


def test_what_stops_it_is_printed_with_its_remedy(settings: Settings, session: boto3.Session) -> None:
    quotas(session, {"L-417A185B": 0.0})
    report = inspect(settings, session)
    lines = [line.rstrip() for line in printed(report).splitlines()]
    assert lines[0].startswith("stop  quotas  Running On-Demand P instances (L-417A185B): 0 vCPUs, but the peak")
    assert "ask for " in lines[1]
    assert lines[-1].startswith("staging, account 222233334444, us-east-1: 1 thing would stop the update (")
    assert len(lines) == 4


def test_everything_is_printed_on_request(settings: Settings, session: boto3.Session) -> None:
    text = printed(inspect(settings, session), full=True)
    assert "group train-a100 in us-east-1b: p4d.24xlarge" in text
    assert "nothing seen that would stop the update (" in text


def test_the_report_is_plain_data(settings: Settings, session: boto3.Session) -> None:
    quotas(session, {"L-417A185B": 0.0})
    data = json.loads(json.dumps(to_json(inspect(settings, session))))
    assert (data["exit_status"], data["account_id"], data["environment"]) == (1, ACCOUNT, "staging")
    stop = next(finding for finding in data["findings"] if finding["level"] == "stop")
    assert set(stop) == {"level", "area", "subject", "message", "remedy"}


def test_the_documented_policy_is_exactly_what_is_asked(session: boto3.Session) -> None:
    """But for GetObject on a Terraform state, which the page gives apart."""
    reserved(session)
    clash(session, tagged=True)
    session.client("ec2").create_nat_gateway(
        SubnetId=session.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    )
    seen = watched(session)
    assert inspect(staging(RESERVED), session).of(Level.UNSEEN) == ()
    page = (ROOT / "docs" / "bootstrap.md").read_text()
    policy = json.loads(page[page.index('    {\n      "Version"') : page.index("(and `s3:GetObject`")])
    assert policy["Statement"][0]["Action"] == sorted({iam_action(*request) for request in seen})


def test_spot_and_hosted_instances_of_others_draw_on_other_quotas(settings: Settings, session: boto3.Session) -> None:
    running = [
        {"InstanceType": "g6.48xlarge", "Placement": {"Tenancy": "host"}},
        {"InstanceType": "g6.xlarge", "InstanceLifecycle": "spot"},
        {"InstanceType": "mac2.metal"},
    ]
    answer(session, "ec2", "DescribeInstances", {"Reservations": [{"Instances": running}]})
    messages = dict(found(inspect(settings, session), Level.FINE))
    assert "others" not in messages["Running On-Demand G and VT instances (L-DB2E81BA)"]
    assert messages["All G and VT Spot Instance Requests (L-3819A6DF)"].endswith("and 4 used by others")


def test_hosts_of_others_count(settings: Settings, session: boto3.Session) -> None:
    def host(family: str, state: str) -> dict[str, Any]:
        return {"State": state, "HostProperties": {"InstanceType": f"{family}.48xlarge"}}

    hosts = [host("g6", "available"), host("g6", "available"), host("g6", "released"), host("g5", "available")]
    answer(session, "ec2", "DescribeHosts", {"Hosts": hosts})
    needed = sum(group.hosts for group in settings.dedicated_hosts)
    finding = one(inspect(settings, session))
    assert finding.message == f"2 hosts, but the peak needs {needed} and 2 used by others"


def test_a_quota_that_was_never_changed_has_its_default(settings: Settings, session: boto3.Session) -> None:
    answer(session, "service-quotas", "ListServiceQuotas", {"Quotas": []})
    default = {"QuotaCode": "L-417A185B", "QuotaName": "Running On-Demand P instances", "Value": 0.0}
    answer(session, "service-quotas", "ListAWSDefaultServiceQuotas", {"Quotas": [default]})
    assert one(inspect(settings, session)).subject == "Running On-Demand P instances (L-417A185B)"
