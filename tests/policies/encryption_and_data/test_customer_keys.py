"""Which keys count as customer keys, and what the messages say.

Does not prove that a key that is named exists, nor that its policy lets the service use it.
"""

from __future__ import annotations

from typing import Any

import pytest

from policies.encryption_and_data import (
    databases_use_customer_keys,
    file_systems_use_customer_keys,
    queues_and_topics_use_customer_keys,
    secrets_use_customer_keys,
    volumes_use_customer_keys,
)
from policies.policy import Judgement, ResourcePolicy
from tests.policies.sample import UNKNOWN, Sample

VOLUMES = volumes_use_customer_keys.POLICY
DATABASES = databases_use_customer_keys.POLICY
SECRETS = secrets_use_customer_keys.POLICY
QUEUES = queues_and_topics_use_customer_keys.POLICY
FILES = file_systems_use_customer_keys.POLICY


def judged(policy: ResourcePolicy, type_: str, inputs: dict[str, Any]) -> Judgement:
    """Return what a policy says of one resource."""
    return policy.judge(Sample(type_, "it", inputs).resource(), policy.configuration())


@pytest.mark.parametrize(
    "key",
    [
        "arn:aws:kms:us-east-1:333344445555:key/0d9f",
        "arn:aws:kms:us-east-1:333344445555:alias/llm-platform-prod/volumes",
        "alias/llm-platform-prod/volumes",
        "0d9f6a52-7d1c-4d1e-9a53-3c9a3d7b5a11",
        UNKNOWN,
    ],
)
def test_customer_key_in_any_form_passes_and_leaves_nothing_undecided(key: str) -> None:
    assert judged(VOLUMES, "aws:ebs/volume:Volume", {"encrypted": True, "kmsKeyId": key}) == Judgement()


def test_message_names_the_key_of_aws() -> None:
    found = judged(VOLUMES, "aws:ebs/volume:Volume", {"encrypted": True, "kmsKeyId": "alias/aws/ebs"})

    [violation] = found.violations
    assert (violation.path, violation.fault) == ("kmsKeyId", "is alias/aws/ebs, a key that AWS keeps")


def test_volume_that_is_not_encrypted_is_told_both_inputs() -> None:
    [violation] = judged(VOLUMES, "aws:ebs/volume:Volume", {}).violations

    assert violation.path == "encrypted"
    assert violation.remedy == "set it to true and kmsKeyId to a key of this environment"


def test_unknown_device_does_not_hide_another() -> None:
    plain = {"deviceName": "/dev/sdb", "ebs": {"encrypted": "true"}}
    unknown = {"deviceName": "/dev/sdc", "ebs": {"encrypted": UNKNOWN, "kmsKeyId": "0d9f"}}
    found = judged(
        VOLUMES, "aws:ec2/launchTemplate:LaunchTemplate", {"blockDeviceMappings": [unknown, plain, {"noDevice": ""}]}
    )

    assert [violation.path for violation in found.violations] == ["blockDeviceMappings.1.ebs.kmsKeyId"]
    assert found.undecided == ("blockDeviceMappings.0.ebs.encrypted",)


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:ec2/instance:Instance", {"launchTemplate": {"id": "lt-0"}}),
        ("aws:ec2/instance:Instance", {"launchTemplate": UNKNOWN}),
        ("aws:eks/nodeGroup:NodeGroup", {"launchTemplate": {"id": UNKNOWN}}),
        ("aws:ebs/encryptionByDefault:EncryptionByDefault", {}),
        ("kubernetes:storage.k8s.io/v1:StorageClass", {"provisioner": "efs.csi.aws.com"}),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            {"provisioner": "ebs.csi.eks.amazonaws.com", "parameters": {"encrypted": "True", "kmsKeyId": "0d9f"}},
        ),
    ],
)
def test_volumes_pass(type_: str, inputs: dict[str, Any]) -> None:
    assert judged(VOLUMES, type_, inputs) == Judgement()


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (
            "aws:rds/cluster:Cluster",
            {"storageEncrypted": True, "kmsKeyId": UNKNOWN, "performanceInsightsEnabled": False},
        ),
        ("aws:rds/instance:Instance", {"replicateSourceDb": "runs"}),
        (
            "aws:rds/instance:Instance",
            {"replicateSourceDb": "arn:aws:rds:us-east-1:3:db:runs", "storageEncrypted": True, "kmsKeyId": "0d9f"},
        ),
        (
            "aws:s3tables/tableBucket:TableBucket",
            {"encryptionConfiguration": {"sseAlgorithm": "aws:kms", "kmsKeyArn": "0d9f"}},
        ),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"globalReplicationGroupId": "global"}),
        ("aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy", {"type": "network", "policy": "[]"}),
        ("aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy", {"type": "encryption", "policy": UNKNOWN}),
    ],
)
def test_databases_pass(type_: str, inputs: dict[str, Any]) -> None:
    assert judged(DATABASES, type_, inputs).violations == ()


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:ssm/parameter:Parameter", {"type": "String", "value": "17.5"}),
        ("aws:rds/cluster:Cluster", {"manageMasterUserPassword": False}),
        ("aws:rds/cluster:Cluster", {}),
        ("aws:secretsmanager/secret:Secret", {"kmsKeyId": UNKNOWN, "replicas": []}),
        ("aws:eks/cluster:Cluster", {"encryptionConfig": {"provider": {"keyArn": UNKNOWN}, "resources": ["secrets"]}}),
        ("aws:eks/cluster:Cluster", {"encryptionConfig": UNKNOWN}),
    ],
)
def test_secrets_pass(type_: str, inputs: dict[str, Any]) -> None:
    assert judged(SECRETS, type_, inputs).violations == ()


@pytest.mark.parametrize(("resources", "fault"), [([], "is empty"), (["configmaps"], "is configmaps")])
def test_message_says_what_a_cluster_encrypts(resources: list[str], fault: str) -> None:
    inputs = {"encryptionConfig": {"provider": {"keyArn": UNKNOWN}, "resources": resources}}

    [violation] = judged(SECRETS, "aws:eks/cluster:Cluster", inputs).violations
    assert violation.fault == fault


def test_delivery_stream_from_kafka_stores_nothing_itself() -> None:
    inputs = {"mskSourceConfiguration": {"topicName": "events"}}

    assert judged(QUEUES, "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", inputs) == Judgement()


def test_replica_into_a_file_system_that_there_is_takes_its_key() -> None:
    inputs = {"sourceFileSystemId": "fs-0", "destination": {"fileSystemId": "fs-1"}}

    assert judged(FILES, "aws:efs/replicationConfiguration:ReplicationConfiguration", inputs) == Judgement()
