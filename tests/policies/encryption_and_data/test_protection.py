"""What development may do that other environments may not, what replicas and scratch need not, and configuration.

Does not prove that a backup can be restored.
"""

from __future__ import annotations

from typing import Any

import pytest

from policies.encryption_and_data import (
    databases_are_backed_up,
    databases_are_protected,
    databases_leave_backups,
    deletions_can_be_undone,
    file_systems_are_backed_up,
    keys_rotate,
    logs_are_retained,
    stateful_resources_are_protected,
)
from policies.policy import Judgement, ResourcePolicy
from tests.policies.sample import UNKNOWN, Sample, stack_of

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/instance:Instance"
KEY = "aws:kms/key:Key"
LOG = "aws:cloudwatch/logGroup:LogGroup"


def judged(
    policy: ResourcePolicy, sample: Sample, environment: str = "prod", configuration: dict[str, Any] | None = None
) -> Judgement:
    """Return what a policy says of one resource."""
    return policy.judge(sample.changed(environment=environment).resource(), policy.configuration(configuration))


@pytest.mark.parametrize(
    ("policy", "sample"),
    [
        (databases_are_protected.POLICY, Sample(CLUSTER, "it", {})),
        (databases_leave_backups.POLICY, Sample(CLUSTER, "it", {"skipFinalSnapshot": True})),
        (deletions_can_be_undone.POLICY, Sample(KEY, "it", {"deletionWindowInDays": 7})),
        (stateful_resources_are_protected.POLICY, Sample("aws:s3/bucket:Bucket", "it", {"forceDestroy": True})),
    ],
)
def test_development_is_free_until_it_is_configured(policy: ResourcePolicy, sample: Sample) -> None:
    assert judged(policy, sample, "dev") == Judgement()
    assert judged(policy, sample, "dev", {"relaxed_environments": []}).violations
    assert judged(policy, sample, "staging").violations


@pytest.mark.parametrize(
    ("environment", "days", "violations"),
    [("dev", 1, 0), ("dev", 0, 1), ("staging", 6, 1), ("staging", 7, 0), ("prod", 7, 0), ("prod", UNKNOWN, 0)],
)
def test_days_of_backups_go_by_environment(environment: str, days: Any, violations: int) -> None:
    found = judged(databases_are_backed_up.POLICY, Sample(CLUSTER, "it", {"backupRetentionPeriod": days}), environment)

    assert len(found.violations) == violations


def test_days_of_backups_are_configuration() -> None:
    sample = Sample(CLUSTER, "it", {"backupRetentionPeriod": 14})

    [violation] = judged(
        databases_are_backed_up.POLICY, sample, configuration={"minimum_days": {"prod": 35}}
    ).violations
    assert (violation.fault, violation.remedy) == ("is 14 days", "set it to at least 35")


@pytest.mark.parametrize(
    "policy", [databases_are_backed_up.POLICY, databases_are_protected.POLICY, databases_leave_backups.POLICY]
)
def test_instance_without_a_source_is_no_replica(policy: ResourcePolicy) -> None:
    assert judged(policy, Sample(INSTANCE, "it", {"replicateSourceDb": None})).violations


@pytest.mark.parametrize(
    "policy", [databases_are_backed_up.POLICY, databases_are_protected.POLICY, databases_leave_backups.POLICY]
)
@pytest.mark.parametrize("source", ["runs", UNKNOWN])
def test_replicas_leave_it_to_their_source(policy: ResourcePolicy, source: str) -> None:
    assert judged(policy, Sample(INSTANCE, "it", {"replicateSourceDb": source})) == Judgement()


def test_database_is_protected_twice() -> None:
    found = judged(databases_are_protected.POLICY, Sample(CLUSTER, "it", {}))

    assert [violation.path for violation in found.violations] == ["", "deletionProtection"]


def test_scratch_needs_no_protection_and_no_backup() -> None:
    scratch = Sample("aws:fsx/lustreFileSystem:LustreFileSystem", "it", {"skipFinalBackup": True})
    policy = file_systems_are_backed_up.POLICY

    cache = Sample("aws:fsx/fileCache:FileCache", "it", {})
    everything = {"scratch_types": []}

    assert judged(stateful_resources_are_protected.POLICY, scratch) == Judgement()
    assert stateful_resources_are_protected.POLICY.looks_at(cache.type)
    assert judged(stateful_resources_are_protected.POLICY, cache) == Judgement()
    assert judged(stateful_resources_are_protected.POLICY, scratch, configuration=everything).violations
    assert judged(stateful_resources_are_protected.POLICY, cache, configuration=everything).violations
    assert policy.judge(stack_of([scratch]), policy.configuration()) == Judgement()
    assert len(policy.judge(stack_of([scratch]), policy.configuration({"scratch_types": []})).violations) == 2


@pytest.mark.parametrize("status", ["ENABLED", UNKNOWN])
def test_file_system_whose_policy_refers_to_it_passes(status: str) -> None:
    files = Sample("aws:efs/fileSystem:FileSystem", "files", {})
    backup = Sample(
        "aws:efs/backupPolicy:BackupPolicy",
        "backup",
        {"fileSystemId": UNKNOWN, "backupPolicy": {"status": status}},
        refers={"fileSystemId": ["files"]},
    )
    policy = file_systems_are_backed_up.POLICY

    assert policy.judge(stack_of([files, backup]), policy.configuration()).violations == ()


@pytest.mark.parametrize(
    "inputs",
    [
        {"enableKeyRotation": True, "rotationPeriodInDays": 90},
        {"enableKeyRotation": UNKNOWN},
        {"customerMasterKeySpec": "RSA_4096"},
        {"customerMasterKeySpec": "HMAC_256", "keyUsage": "GENERATE_VERIFY_MAC"},
        {"customKeyStoreId": "cks-0"},
        {"xksKeyId": "k"},
    ],
)
def test_keys_that_rotate_or_cannot_pass(inputs: dict[str, Any]) -> None:
    assert judged(keys_rotate.POLICY, Sample(KEY, "it", inputs)).violations == ()


def test_window_of_aws_is_long_enough() -> None:
    assert judged(deletions_can_be_undone.POLICY, Sample(KEY, "it", {})) == Judgement()
    assert judged(deletions_can_be_undone.POLICY, Sample("aws:secretsmanager/secret:Secret", "it", {})) == Judgement()


@pytest.mark.parametrize(
    ("name", "environment", "days", "violations"),
    [
        ("/app", "prod", 14, 0),
        ("/aws/eks/llm/cluster", "dev", 14, 0),
        ("/aws/eks/llm/cluster", "prod", 14, 1),
        (UNKNOWN, "prod", 14, 0),
        ("/app", "prod", UNKNOWN, 0),
        ("/app", "dev", 7, 1),
        ("/aws/vpc/FLOW-LOGS", "prod", 14, 1),
        (None, "prod", 14, 0),
    ],
)
def test_audit_logs_are_held_to_more_outside_development(
    name: str | None, environment: str, days: Any, violations: int
) -> None:
    found = judged(logs_are_retained.POLICY, Sample(LOG, "it", {"name": name, "retentionInDays": days}), environment)

    assert len(found.violations) == violations


def test_log_group_whose_name_is_not_known_goes_by_its_logical_name() -> None:
    sample = Sample(LOG, "network-flow-logs-group", {"name": UNKNOWN, "retentionInDays": 14})

    assert len(judged(logs_are_retained.POLICY, sample).violations) == 1


def test_backups_of_files_are_not_asked_for_in_development() -> None:
    policy = file_systems_are_backed_up.POLICY
    files = Sample("aws:efs/fileSystem:FileSystem", "it", {}, environment="dev")

    assert policy.judge(stack_of([files]), policy.configuration()) == Judgement()


def test_older_type_of_buckets_and_directory_buckets_are_stateful() -> None:
    for type_ in ("aws:s3/bucketV2:BucketV2", "aws:s3/directoryBucket:DirectoryBucket", "aws:ebs/volume:Volume"):
        assert stateful_resources_are_protected.POLICY.looks_at(type_)
        assert judged(stateful_resources_are_protected.POLICY, Sample(type_, "it", {})).violations


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (
            "aws:dynamodb/table:Table",
            {
                "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7},
                "replicas": [{"regionName": "us-east-1", "pointInTimeRecovery": True}],
            },
        ),
        ("aws:dynamodb/table:Table", {"pointInTimeRecovery": {"enabled": UNKNOWN}}),
        ("aws:dynamodb/tableReplica:TableReplica", {"pointInTimeRecovery": True}),
    ],
)
def test_tables_that_can_be_put_back_pass(type_: str, inputs: dict[str, Any]) -> None:
    assert judged(databases_are_backed_up.POLICY, Sample(type_, "it", inputs)).violations == ()


def test_file_system_whose_policy_names_it_passes() -> None:
    policy = file_systems_are_backed_up.POLICY
    files = Sample("aws:efs/fileSystem:FileSystem", "files", {}, {"id": "fs-0"})
    backup = Sample(
        "aws:efs/backupPolicy:BackupPolicy", "backup", {"fileSystemId": "fs-0", "backupPolicy": {"status": "ENABLED"}}
    )

    assert policy.judge(stack_of([files, backup]), policy.configuration()) == Judgement()
    [violation] = policy.judge(
        stack_of([files, backup.changed(inputs={"fileSystemId": "fs-0", "backupPolicy": {}})]), policy.configuration()
    ).violations
    assert violation.fault == "is absent"
