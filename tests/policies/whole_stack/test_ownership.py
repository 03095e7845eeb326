"""What makes two registrations one thing: the facts are pulumi-aws's own, and unknown names are never equal.

Does not prove that AWS refuses a second one; most of it is in its documentation of each name.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from policies.ownership import Owners, identity_facts
from policies.whole_stack.one_owner_per_resource import POLICY
from tests.policies.sample import PROVIDER, UNKNOWN, Sample, stack_of

PROVIDER_CLASSES = Path(importlib.util.find_spec("pulumi_aws").origin or "").parent  # pyright: ignore[reportOptionalMemberAccess] - the project depends on it
FOLDERS = {"lambda": "lambda_"}


def snake(name: str) -> str:
    """Return a property's name as Python has it."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def source_of(type_: str) -> str:
    """Return the source of a type's class."""
    _, place, _ = type_.split(":")
    service, name = place.split("/")
    return (PROVIDER_CLASSES / FOLDERS.get(service, service) / f"{snake(name)}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("type_", sorted(identity_facts().types))
def test_types_and_properties_are_the_providers_own(type_: str) -> None:
    source = source_of(type_)

    assert f"'{type_}'" in source
    for part in identity_facts().types[type_]:
        assert f'"{snake(part.property_)}"' in source, part.property_
        assert (
            not part.of_type or part.of_type in identity_facts().types or f"'{part.of_type}'" in source_of(part.of_type)
        )


@pytest.mark.parametrize("type_", sorted(identity_facts().named_for_the_account))
def test_names_for_the_account_are_the_providers_own(type_: str) -> None:
    assert f'"{snake(identity_facts().named_for_the_account[type_])}"' in source_of(type_)


def log_group(name: str, log: str = "/llm-platform/prod/batch", **fields: object) -> Sample:
    """Return a log group."""
    return Sample("aws:cloudwatch/logGroup:LogGroup", name, {"name": log}).changed(**fields)


def bucket(name: str, bucket_name: str) -> Sample:
    """Return a bucket whose name is known before it is there, and whose id is not."""
    return Sample("aws:s3/bucket:Bucket", name, {"bucket": bucket_name}, {"id": UNKNOWN, "arn": UNKNOWN})


def versioning(name: str, bucket_name: str, of: str) -> Sample:
    """Return the versioning of a bucket."""
    inputs = {"bucket": bucket_name, "versioningConfiguration": {"status": "Enabled"}}
    return Sample("aws:s3/bucketVersioning:BucketVersioning", name, inputs, refers={"bucket": [of]})


def owners_of(*samples: Sample) -> list[str]:
    """Return the resources that the policy reports."""
    judgement = POLICY.judge(stack_of(samples), POLICY.configuration({}))
    assert judgement.undecided == ()
    return [violation.resource.name for violation in judgement.violations if violation.resource]


def test_the_second_of_one_name_is_named_with_the_first() -> None:
    judgement = POLICY.judge(stack_of([log_group("a"), log_group("b")]), POLICY.configuration({}))

    [violation] = judgement.violations
    assert violation.fault == "manages the same LogGroup as a does; each undoes what the other sets"
    assert violation.resource
    assert violation.resource.name == "b"


def test_unknown_names_are_never_one() -> None:
    assert owners_of(log_group("a", UNKNOWN), log_group("b", UNKNOWN)) == []


def test_absent_names_are_never_one() -> None:
    assert owners_of(log_group("a", inputs={}), log_group("b", inputs={})) == []


def test_one_name_in_two_regions_is_two() -> None:
    elsewhere = {**PROVIDER, "region": "eu-central-1"}

    assert owners_of(log_group("a"), log_group("b", provider=elsewhere)) == []
    assert owners_of(log_group("a"), log_group("b", inputs={"name": "/llm-platform/prod/batch", "region": "x"})) == []


def test_one_name_in_two_accounts_is_two() -> None:
    providers = [Sample("pulumi:providers:aws", name, {}) for name in ("one", "other")]
    elsewhere = {**PROVIDER, "allowedAccountIds": '["444455556666"]'}

    assert owners_of(*providers, log_group("a"), log_group("b", provider=elsewhere)) == []
    assert owners_of(*providers, log_group("a"), log_group("b")) == ["b"]


def test_two_clusters_whose_addresses_are_not_known_are_not_taken_for_one() -> None:
    def namespace(name: str) -> Sample:
        return Sample(
            "kubernetes:core/v1:Namespace", name, {"metadata": {"name": "serving"}}, provider={"kubeconfig": UNKNOWN}
        )

    providers = [Sample("pulumi:providers:kubernetes", name, {}) for name in ("one", "other")]

    assert owners_of(*providers, namespace("a"), namespace("b")) == []
    assert owners_of(providers[0], namespace("a"), namespace("b")) == ["b"]


def test_objects_of_one_name_in_two_namespaces_or_of_two_kinds_are_two() -> None:
    def object_(name: str, type_: str, namespace: str) -> Sample:
        return Sample(f"kubernetes:{type_}", name, {"metadata": {"name": "gate", "namespace": namespace}})

    assert owners_of(object_("a", "core/v1:Service", "serving"), object_("b", "core/v1:Service", "training")) == []
    assert owners_of(object_("a", "core/v1:Service", "serving"), object_("b", "core/v1:Secret", "serving")) == []
    assert owners_of(object_("a", "apps/v1:Deployment", "x"), object_("b", "apps/v1beta1:Deployment", "x")) == ["b"]


def test_companions_of_one_bucket_are_seen_by_dependency_and_by_name() -> None:
    models, logs = bucket("models", "llm-platform-prod-models"), bucket("logs", "llm-platform-prod-logs")
    unknown = versioning("a", UNKNOWN, "models")

    assert owners_of(models, unknown, versioning("b", UNKNOWN, "models")) == ["b"]
    assert owners_of(models, unknown, versioning("b", "llm-platform-prod-models", "nothing")) == ["b"]
    assert owners_of(models, logs, unknown, versioning("b", UNKNOWN, "logs")) == []


def test_rules_that_a_refresh_writes_into_a_group_are_not_a_second_list() -> None:
    rule = {"protocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrBlocks": ["10.0.0.0/8"]}
    group = Sample("aws:ec2/securityGroup:SecurityGroup", "group", {}, {"id": "sg-1", "ingress": [rule]})
    apart = Sample(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "rule",
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/8"},
        refers={"securityGroupId": ["group"]},
    )

    assert owners_of(group, apart) == []
    other = group.changed(outputs={"id": "sg-1", "ingress": [rule, {**rule, "toPort": 8443.0}]})
    assert owners_of(other, apart) == ["group"]


def test_everything_and_its_ports_are_one_however_they_are_written() -> None:
    rule = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.0.0/8"]}
    group = Sample("aws:ec2/securityGroup:SecurityGroup", "group", {}, {"id": "sg-1", "egress": [rule]})
    apart = Sample(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "rule",
        {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"},
        refers={"securityGroupId": ["group"]},
    )

    assert owners_of(group, apart) == []


def test_identities_of_types_without_facts_are_not_known() -> None:
    sample = Sample("aws:ec2/eip:Eip", "address", {"domain": "vpc"})
    stack = stack_of([sample])

    assert Owners(stack).identity(stack.resources[0]) is None
