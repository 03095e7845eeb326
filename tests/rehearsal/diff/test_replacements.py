"""Which changes replace a resource. Does not prove that the providers still do what their sources said on the day."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal import sdk
from rehearsal.diff.replacements import facts, is_known, told_by_sdk
from tests.rehearsal.diff.environments import ENVIRONMENTS, previewed
from tests.rehearsal.diff.sides_in_memory import diff_of_inputs, only

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
PARAMETER = "aws:ssm/parameter:Parameter"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
INSTANCE = "aws:ec2/instance:Instance"
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
DATABASE = "aws:rds/cluster:Cluster"
NAMESPACE = "kubernetes:core/v1:Namespace"
RELEASE = "kubernetes:helm.sh/v3:Release"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_type_of_the_environments_has_facts(environment: str) -> None:
    types = {resource.type for resource in previewed(environment).resources if not resource.is_component}
    assert not {type_ for type_ in types if not type_.startswith("pulumi:") and not is_known(type_)}


@pytest.mark.parametrize("type_", sorted(facts()))
def test_facts_say_something_and_where_it_is_said(type_: str) -> None:
    fact = facts()[type_]
    assert fact.source.startswith("https://")
    assert fact.replaces or fact.refused or fact.nothing, "neither a property nor the reason why there is none"
    assert not (fact.replaces and fact.nothing)


@pytest.mark.parametrize("type_", sorted(type_ for type_ in facts() if type_.startswith("aws:") and "*" not in type_))
def test_facts_name_inputs_that_there_are(type_: str) -> None:
    fact = facts()[type_]
    paths = [rule.path for rule in fact.rules] + [*fact.in_place, *fact.unordered, *fact.refused]
    named = {path.split(".")[0].split("[")[0] for path in paths}
    assert named <= sdk.input_names(type_)


@pytest.mark.parametrize(
    ("type_", "old", "new", "replaced"),
    [
        (CLUSTER, {}, {"remoteNetworkConfig": {"remoteNodeNetworks": {"cidrs": ["10.1.0.0/16"]}}}, False),
        ("aws:ssm/activation:Activation", {"registrationLimit": 1}, {"registrationLimit": 2}, True),
        (NODE_GROUP, {"instanceTypes": ["a"]}, {"instanceTypes": ["b"]}, True),
        (NODE_GROUP, {"instanceTypes": ["a", "b"]}, {"instanceTypes": ["b", "a"]}, True),
        (NODE_GROUP, {"scalingConfig": {"maxSize": 1}}, {"scalingConfig": {"maxSize": 2}}, False),
        (NODE_GROUP, {"launchTemplate": {"id": "a", "version": "1"}}, {"launchTemplate": {"id": "b"}}, True),
        (NODE_GROUP, {"launchTemplate": {"version": "1"}}, {"launchTemplate": {"version": "2"}}, False),
        (NODE_GROUP, {"tags": {"instanceTypes": "a"}}, {"tags": {"instanceTypes": "b"}}, False),
        (INSTANCE, {"rootBlockDevice": {"encrypted": False}}, {"rootBlockDevice": {"encrypted": True}}, True),
        (INSTANCE, {"rootBlockDevice": {"volumeSize": 1}}, {"rootBlockDevice": {"volumeSize": 2}}, False),
        (INSTANCE, {"ebsBlockDevices": [{"deviceName": "a", "volumeSize": 1}]}, {"ebsBlockDevices": []}, True),
        (
            INSTANCE,
            {"ebsBlockDevices": [{"deviceName": "a", "volumeSize": 1}]},
            {"ebsBlockDevices": [{"deviceName": "a", "volumeSize": 2}]},
            True,
        ),
        (INSTANCE, {"userData": "a"}, {"userData": "b"}, False),
        (
            INSTANCE,
            {"userData": "a", "userDataReplaceOnChange": True},
            {"userData": "b", "userDataReplaceOnChange": True},
            True,
        ),
        (LUSTRE, {"storageCapacity": 2400}, {"storageCapacity": 1200}, True),
        (LUSTRE, {"storageCapacity": 1200}, {"storageCapacity": 2400}, False),
        (
            LUSTRE,
            {"storageCapacity": 1200, "deploymentType": "SCRATCH_1"},
            {"storageCapacity": 2400, "deploymentType": "SCRATCH_1"},
            True,
        ),
        (LUSTRE, {"fileSystemTypeVersion": "2.15"}, {"fileSystemTypeVersion": "2.12"}, True),
        (LUSTRE, {"fileSystemTypeVersion": "2.9"}, {"fileSystemTypeVersion": "2.12"}, False),
        (PARAMETER, {"tier": "Advanced"}, {"tier": "Standard"}, True),
        (PARAMETER, {"tier": "Standard"}, {"tier": "Advanced"}, False),
        (PARAMETER, {"value": "a"}, {"value": "b"}, False),
        (ENDPOINT, {"privateDnsEnabled": True}, {"privateDnsEnabled": False}, True),
        (
            ENDPOINT,
            {"privateDnsEnabled": True, "vpcEndpointType": "Interface"},
            {"privateDnsEnabled": False, "vpcEndpointType": "Interface"},
            False,
        ),
        (CLUSTER, {}, {"encryptionConfig": {"resources": ["secrets"]}}, False),
        (CLUSTER, {"encryptionConfig": {"resources": ["secrets"]}}, {}, True),
        (CLUSTER, {"version": "1.34"}, {"version": "1.35"}, False),
        (CLUSTER, {"bootstrapSelfManagedAddons": True}, {"bootstrapSelfManagedAddons": False}, True),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv4": "10.1.0.0/16"}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv6": "fc00::/7"}, True),
        (DATABASE, {"storageType": "aurora"}, {"storageType": "aurora-iopt1"}, False),
        (DATABASE, {"storageEncrypted": True}, {"storageEncrypted": False}, True),
        (NAMESPACE, {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, True),
        (NAMESPACE, {"metadata": {"labels": {"name": "a"}}}, {"metadata": {"labels": {"name": "b"}}}, False),
        (RELEASE, {"namespace": "a"}, {"namespace": "b"}, True),
        (RELEASE, {"values": {"name": "a"}}, {"values": {"name": "b"}}, False),
        (STORAGE_CLASS, {"parameters": {"type": "gp3"}}, {"parameters": {"type": "io2"}}, True),
        ("aws:sns/topic:Topic", {"region": "us-east-1"}, {"region": "us-west-2"}, True),
    ],
)
def test_what_replaces(type_: str, old: dict[str, Any], new: dict[str, Any], *, replaced: bool) -> None:
    diff = diff_of_inputs(type_, old, new)
    assert bool(diff.replaced) is replaced
    assert bool(diff.changed) is not replaced


def test_a_list_that_the_provider_keeps_as_a_set_has_no_order() -> None:
    assert diff_of_inputs(NODE_GROUP, {"subnetIds": ["a", "b"]}, {"subnetIds": ["b", "a"]}).counts["unchanged"] == 1


def test_what_can_neither_be_updated_nor_replaces_is_told() -> None:
    diff = diff_of_inputs("kubernetes:scheduling.k8s.io/v1:PriorityClass", {"value": 1}, {"value": 2})
    assert "value cannot be updated" in only(diff.changed).notes[0]


def test_a_type_without_facts_is_told_by_its_docstrings_and_as_not_known() -> None:
    type_ = "aws:opensearch/domain:Domain"
    assert not is_known(type_)
    assert "domainName" not in told_by_sdk("aws:s3/bucket:Bucket")
    diff = diff_of_inputs(type_, {"accessPolicies": "a"}, {"accessPolicies": "b"})
    assert only(diff.changed).notes == ["which changes replace a Domain is not known here"]


def test_docstrings_of_the_sdk_are_read() -> None:
    assert "availabilityZones" in told_by_sdk(DATABASE)
    assert "privateDnsEnabled" not in told_by_sdk(ENDPOINT), "it replaces in some cases only"
    assert told_by_sdk("aws:no/such:Thing") == frozenset()
    assert told_by_sdk(NAMESPACE) == frozenset()
