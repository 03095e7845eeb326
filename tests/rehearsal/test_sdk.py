"""What the SDK's classes say of a type. Does not prove that the real provider behaves so."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from rehearsal import sdk
from rehearsal.plan import UNKNOWN

ACCOUNT, REGION = "111122223333", "us-east-1"


def test_a_token_leads_to_its_class() -> None:
    cls = sdk.resource_class("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert cls.__name__ == "SecurityGroupIngressRule"


def test_an_unknown_token_has_no_class() -> None:
    with pytest.raises(KeyError, match="aws:moon/base:Base"):
        sdk.resource_class("aws:moon/base:Base")


def test_only_the_service_asked_for_is_imported() -> None:
    program = (
        "import sys; from rehearsal import sdk; sdk.input_names('aws:sqs/queue:Queue');"
        "print(sorted(m for m in sys.modules if m.startswith('pulumi_aws.')"
        " and m.count('.') == 2 and 'Lazy' not in type(sys.modules[m]).__name__))"
    )
    loaded = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert "pulumi_aws.sqs.queue" in loaded
    assert "pulumi_aws.ec2." not in loaded


@pytest.mark.parametrize(
    ("type_", "some"),
    [
        ("aws:eks/nodeGroup:NodeGroup", {"clusterName", "nodeGroupName", "scalingConfig", "tags"}),
        # its arguments class is called BucketVersioningInitArgs
        ("aws:s3/bucketVersioning:BucketVersioning", {"bucket", "versioningConfiguration"}),
    ],
)
def test_inputs_are_in_camel_case(type_: str, some: set[str]) -> None:
    names = sdk.input_names(type_)
    assert some <= names
    assert "arn" not in names
    assert not any("_" in name for name in names)


@pytest.mark.parametrize(
    ("type_", "taggable"),
    [
        ("aws:ec2/vpc:Vpc", True),
        ("aws:eks/accessEntry:AccessEntry", True),
        ("aws:kms/alias:Alias", False),
        ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", False),
        ("aws:autoscaling/group:Group", False),  # has tags of its own, which default tags do not reach
        ("pulumi:providers:aws", False),
    ],
)
def test_default_tags_reach_taggable_types(type_: str, taggable: bool) -> None:
    assert sdk.is_taggable(type_) is taggable


@pytest.mark.parametrize(
    ("type_", "named"),
    [
        ("aws:iam/role:Role", "name"),
        ("aws:eks/cluster:Cluster", "name"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "name"),
        ("aws:eks/nodeGroup:NodeGroup", "nodeGroupName"),
        ("aws:s3/bucket:Bucket", "bucket"),
        ("aws:route53/record:Record", None),  # demands its name
        ("aws:ec2/vpc:Vpc", None),
        ("aws:eks/addon:Addon", None),
        ("aws:moon/base:Base", None),
    ],
)
def test_the_provider_names_what_has_an_optional_name(type_: str, named: str | None) -> None:
    assert sdk.auto_named(type_) == named


def test_every_exception_names_an_input() -> None:
    for type_, named in sdk.AUTO_NAMED_BY.items():
        assert named in sdk.input_names(type_)


def test_invented_outputs_follow_the_annotations() -> None:
    inputs = {"name": "c", "version": "1.35", "tagsAll": {"team": "platform"}}
    outputs = sdk.invented_outputs("aws:eks/cluster:Cluster", "c", inputs, ACCOUNT, REGION)
    assert outputs["arn"] == "arn:aws:eks:us-east-1:111122223333:cluster/c"
    assert outputs["certificateAuthority"].keys() == {"data"}
    assert outputs["identities"][0]["oidcs"][0]["issuer"]
    assert outputs["deletionProtection"] is False
    assert outputs["outpostConfig"] is None
    assert {key: outputs[key] for key in inputs} == inputs


def test_invented_outputs_name_account_and_region() -> None:
    rule = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
    outputs = sdk.invented_outputs(rule, "quay", {}, ACCOUNT, REGION)
    assert (outputs["registryId"], outputs["region"]) == (ACCOUNT, REGION)


def test_invented_outputs_are_the_same_every_time() -> None:
    first, second = (sdk.invented_outputs("aws:ec2/vpc:Vpc", name, {}, ACCOUNT, REGION) for name in ("a", "a"))
    assert first == second
    other = sdk.invented_outputs("aws:ec2/vpc:Vpc", "b", {}, ACCOUNT, REGION)
    assert other["mainRouteTableId"] != first["mainRouteTableId"]


def test_an_unknown_type_only_echoes() -> None:
    assert sdk.invented_outputs("aws:moon/base:Base", "b", {"a": 1}, ACCOUNT, REGION) == {"a": 1}


@pytest.mark.parametrize(
    ("type_", "inputs", "named"),
    [
        ("aws:sqs/queue:Queue", {}, ("name", "jobs-")),
        ("aws:sqs/queue:Queue", {"fifoQueue": True}, ("name", "jobs-")),
        ("aws:iam/role:Role", {"namePrefix": "svc-"}, ("name", "svc-")),
        ("aws:eks/nodeGroup:NodeGroup", {"nodeGroupNamePrefix": "gpu-"}, ("nodeGroupName", "gpu-")),
        ("aws:s3/bucket:Bucket", {"bucketPrefix": "data-"}, ("bucket", "data-")),
    ],
)
def test_automatic_names_keep_the_program_s_prefix(type_: str, inputs: dict[str, Any], named: tuple[str, str]) -> None:
    found = sdk.automatic_name(type_, "jobs", "urn", inputs)
    assert found is not None
    assert (found[0], found[1][: len(named[1])]) == named
    digits = found[1][len(named[1]) :].removesuffix(".fifo")
    assert len(digits) == 7
    assert found[1].endswith(".fifo") is bool(inputs.get("fifoQueue"))
    assert found == sdk.automatic_name(type_, "jobs", "urn", inputs) != sdk.automatic_name(type_, "jobs", "x", inputs)


@pytest.mark.parametrize("inputs", [{"name": "mine"}, {"name": UNKNOWN}, {"namePrefix": UNKNOWN}])
def test_a_name_that_the_program_gives_stays(inputs: dict[str, Any]) -> None:
    assert sdk.automatic_name("aws:iam/role:Role", "jobs", "urn", inputs) is None
