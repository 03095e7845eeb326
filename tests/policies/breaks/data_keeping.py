"""What breaks the policies of rotation, deletion, versions, backups, protection and retention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.samples.databases import KEY

OFF = [ABSENT, None, False]


def unprotected(samples: str) -> Instead:
    """Take Pulumi's protection away."""
    return Instead(samples, lambda sample: sample.changed(protect=False), "is not protected")


def detached(samples: str, property_: str) -> Instead:
    """Let a companion be about something else."""
    return Instead(
        samples,
        lambda sample: sample.changed(inputs={**sample.inputs, property_: "another"}, refers={}),
        "is about something else",
    )


def added(name: str, type_: str, inputs: dict[str, Any]) -> With:
    """Add a resource."""
    return With(Sample(type_, name, inputs))


KEPT = {"noncurrentVersionExpiration": {"days": 30}, "abortIncompleteMultipartUploadDays": 7}


def _inline(rule: Mapping[str, Any], type_: str = "aws:s3/bucket:Bucket", versioning: str = "versioning") -> With:
    """Return a bucket that has its life cycle, as older programs write it, in itself."""
    bucket = "llm-platform-prod-old"
    inputs = {"bucket": bucket, "forceDestroy": False, versioning: {"enabled": True}, "lifecycleRules": [rule]}
    if versioning.endswith("s"):
        inputs[versioning] = [{"enabled": True}]
    return With(
        Sample(type_, "bucket-old", inputs, {"id": bucket}, protect=True),
        # What else a bucket needs stands apart from it.
        also=["buckets-block-public-access", "buckets-demand-tls", "buckets-use-customer-keys"],
    )


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "keys-rotate": [
        Break("key-storage", "enableKeyRotation", OFF),
        Break("key-storage", "rotationPeriodInDays", [366, 2560]),
        Break("key-signing", "customerMasterKeySpec", [ABSENT, "SYMMETRIC_DEFAULT"]),
    ],
    "deletions-can-be-undone": [
        Break("key-*", "deletionWindowInDays", [7, 29]),
        Break("secret-hugging-face", "recoveryWindowInDays", [0, 7]),
        With(Sample("aws:kms/replicaKey:ReplicaKey", "replica-key", {"deletionWindowInDays": 7}, protect=True)),
        With(Sample("aws:kms/externalKey:ExternalKey", "external-key", {"deletionWindowInDays": 7}, protect=True)),
    ],
    "buckets-are-versioned": [
        Without("versioning-of-*"),
        Break("versioning-of-*", "versioningConfiguration.status", [ABSENT, None, "Suspended", "Disabled"]),
        Break("versioning-of-*", "versioningConfiguration", [ABSENT, None]),
        detached("versioning-of-logs", "bucket"),
    ],
    "buckets-drop-leftovers": [
        Without("lifecycle-of-*"),
        _inline({"enabled": False, **KEPT}),
        _inline({"enabled": True, "tags": {"a": "b"}, **KEPT}),
        _inline({"enabled": True, "prefix": "runs/", **KEPT}),
        _inline({"enabled": True, **KEPT, "noncurrentVersionExpiration": {"days": 4000}}),
        detached("lifecycle-of-logs", "bucket"),
        Break("lifecycle-of-*", "rules", [ABSENT, None, []]),
        Break("lifecycle-of-*", "rules.0.status", [ABSENT, None, "Disabled"]),
        Break("lifecycle-of-*", "rules.0.filter", [{"prefix": "runs/"}, {"tag": {"key": "k", "value": "v"}}]),
        Break("lifecycle-of-*", "rules.0.filter", [{"and": {"prefix": "runs/"}}]),
        Break("lifecycle-of-*", "rules.0.filter", [{"objectSizeGreaterThan": 1}, {"objectSizeLessThan": 1}]),
        Break("lifecycle-of-*", "rules.0.prefix", ["runs/"]),
        Break("lifecycle-of-*", "rules.0.noncurrentVersionExpiration", [ABSENT, None]),
        Break("lifecycle-of-*", "rules.0.noncurrentVersionExpiration.noncurrentDays", [ABSENT, None, 366]),
        Break("lifecycle-of-*", "rules.0.abortIncompleteMultipartUpload", [ABSENT, None]),
        Break("lifecycle-of-*", "rules.0.abortIncompleteMultipartUpload.daysAfterInitiation", [ABSENT, None, 15]),
    ],
    "audit-buckets-are-locked": [
        Without("lock-of-logs"),
        detached("lock-of-logs", "bucket"),
        Break("bucket-logs", "objectLockEnabled", OFF),
        Break("lock-of-logs", "rule", [ABSENT, None]),
        Break("lock-of-logs", "rule.defaultRetention", [ABSENT, None]),
        Break("lock-of-logs", "rule.defaultRetention.mode", [ABSENT, None, "GOVERNANCE"]),
        Break("lock-of-logs", "rule.defaultRetention.days", [ABSENT, None, 0, 29]),
    ],
    "databases-are-backed-up": [
        Break("database-cluster", "backupRetentionPeriod", [ABSENT, None, 1, 6]),
        Break("database-mysql", "backupRetentionPeriod", [ABSENT, None, 0, 6]),
        Break("documents", "backupRetentionPeriod", [ABSENT, None, 1]),
        Break("graph", "backupRetentionPeriod", [ABSENT, None, 1]),
        added("table-replica", "aws:dynamodb/tableReplica:TableReplica", {"kmsKeyArn": KEY}),
        Break("memory", "snapshotRetentionLimit", [ABSENT, None, 0]),
        Break("warehouse", "automatedSnapshotRetentionPeriod", [ABSENT, None, 0, 1]),
        Break("table", "pointInTimeRecovery", [ABSENT, None]),
        Break("table", "pointInTimeRecovery.enabled", OFF),
        Break("table", "pointInTimeRecovery.recoveryPeriodInDays", [1, 6]),
        Break("table", "replicas", [[{"regionName": "us-east-1", "kmsKeyArn": KEY}]]),
    ],
    "databases-leave-backups": [
        Break("database-cluster", "deleteAutomatedBackups", [ABSENT, None, True]),
        Break("database-mysql", "deleteAutomatedBackups", [ABSENT, None, True]),
        *(
            Break(name, "skipFinalSnapshot", [True])
            for name in ("database-cluster", "database-mysql", "documents", "graph", "warehouse")
        ),
        *(
            Break(name, "finalSnapshotIdentifier", [ABSENT, None])
            for name in ("database-cluster", "database-mysql", "documents", "graph", "warehouse")
        ),
        Break("memory", "finalSnapshotName", [ABSENT, None]),
    ],
    "file-systems-are-backed-up": [
        Without("backup-of-home"),
        detached("backup-of-home", "fileSystemId"),
        Break("backup-of-home", "backupPolicy", [ABSENT, None]),
        Break("backup-of-home", "backupPolicy.status", [ABSENT, None, "DISABLED"]),
        Break("files-projects", "automaticBackupRetentionDays", [ABSENT, None, 0, 6]),
        Break("files-projects", "skipFinalBackup", [True]),
        Break("files-scratch", "automaticBackupRetentionDays", [0], configuration={"scratch_types": []}),
        With(Sample("aws:fsx/ontapFileSystem:OntapFileSystem", "files-ontap", {"kmsKeyId": KEY}, protect=True)),
        With(Sample("aws:fsx/windowsFileSystem:WindowsFileSystem", "files-windows", {"kmsKeyId": KEY}, protect=True)),
    ],
    "databases-are-protected": [
        *(
            unprotected(name)
            for name in (
                "database-cluster",
                "database-mysql",
                "documents",
                "graph",
                "memory",
                "search",
                "table",
                "warehouse",
            )
        ),
        *(
            Break(name, "deletionProtection", OFF)
            for name in ("database-cluster", "database-mysql", "documents", "graph")
        ),
        Break("table", "deletionProtectionEnabled", OFF),
    ],
    "stateful-resources-are-protected": [
        *(
            unprotected(name)
            for name in (
                "bucket-*",
                "key-*",
                "files-home",
                "files-projects",
                "repository-*",
                "vectors",
                "volume-notebooks",
            )
        ),
        added("vault", "aws:backup/vault:Vault", {"kmsKeyArn": KEY}),
        added("replica-key", "aws:kms/replicaKey:ReplicaKey", {}),
        added("external-key", "aws:kms/externalKey:ExternalKey", {}),
        added(
            "table-bucket",
            "aws:s3tables/tableBucket:TableBucket",
            {"encryptionConfiguration": {"sseAlgorithm": "aws:kms", "kmsKeyArn": KEY}},
        ),
        Break("bucket-*", "forceDestroy", [True]),
        Break("repository-*", "forceDelete", [True]),
    ],
    "logs-are-retained": [
        Break("log-of-*", "retentionInDays", [ABSENT, None, 0, 7]),
        Break("log-of-control-plane", "retentionInDays", [14, 29]),
        Break("log-of-batch", "name", [f"/llm-platform/prod/{name}" for name in ("flow-logs", "cloudtrail", "Audit")]),
    ],
}

RELAXED = {"relaxed_environments": ["prod"]}
ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "keys-rotate": [
        Break("key-storage", "rotationPeriodInDays", [90, 365]),
        Break("key-storage", "rotationPeriodInDays", [730], configuration={"maximum_days": 730}),
        Break("key-signing", "customerMasterKeySpec", ["RSA_4096", "HMAC_256"]),
        *(
            With(Sample("aws:kms/key:Key", "key-elsewhere", {store: "store", "policy": "{}"}, protect=True))
            for store in ("customKeyStoreId", "xksKeyId")
        ),
    ],
    "deletions-can-be-undone": [
        Break("key-*", "deletionWindowInDays", [ABSENT, None, 30]),
        Break("key-*", "deletionWindowInDays", [7], configuration={"minimum_days": 7}),
        Break("key-*", "deletionWindowInDays", [7], configuration={"relaxed_environments": ["prod"]}),
        Break("secret-hugging-face", "recoveryWindowInDays", [ABSENT, None]),
    ],
    "buckets-are-versioned": [Break("versioning-of-*", "bucket", [UNKNOWN])],
    "buckets-drop-leftovers": [
        _inline({"enabled": True, "prefix": "", "tags": {}, **KEPT}),
        _inline(
            {
                "enabled": True,
                "abortIncompleteMultipartUploadDays": 7,
                "noncurrentVersionExpirations": [{"days": 30}],
            },
            "aws:s3/bucketV2:BucketV2",
            "versionings",
        ),
        Break("lifecycle-of-*", "rules.0.filter", [ABSENT, None, {}, UNKNOWN, {"tag": UNKNOWN, "prefix": ""}]),
        Break("lifecycle-of-*", "rules.0.noncurrentVersionExpiration.noncurrentDays", [1, 365, UNKNOWN]),
        Break("lifecycle-of-*", "rules.1.noncurrentVersionExpiration", [UNKNOWN]),
        Break("lifecycle-of-*", "rules.0.abortIncompleteMultipartUpload.daysAfterInitiation", [1, 14]),
        Break(
            "lifecycle-of-*",
            "rules.0.noncurrentVersionExpiration.noncurrentDays",
            [400],
            configuration={"maximum_days_of_old_versions": 400},
        ),
    ],
    "audit-buckets-are-locked": [
        Break("lock-of-logs", "rule.defaultRetention", [{"mode": "COMPLIANCE", "years": 1}]),
        Break("lock-of-logs", "rule.defaultRetention.days", [30]),
        Break("lock-of-logs", "rule.defaultRetention.years", [UNKNOWN]),
        Break("lock-of-logs", "rule.defaultRetention.mode", ["GOVERNANCE"], configuration={"modes": ["GOVERNANCE"]}),
        Without("lock-of-logs", configuration=RELAXED),
        Without("lock-of-logs", configuration={"audit_buckets": ["*-trail"]}),
    ],
    "databases-are-backed-up": [
        Break("database-cluster", "backupRetentionPeriod", [7, UNKNOWN]),
        Break("database-cluster", "backupRetentionPeriod", [1], configuration={"minimum_days": {"prod": 1}}),
        Break("documents", "backupRetentionPeriod", [ABSENT], configuration={"minimum_days": {"prod": 1}}),
        Break("table", "pointInTimeRecovery.recoveryPeriodInDays", [7, 35]),
        Break("table", "replicas", [[{"regionName": "us-east-1", "kmsKeyArn": KEY, "pointInTimeRecovery": True}]]),
        added(
            "table-replica", "aws:dynamodb/tableReplica:TableReplica", {"kmsKeyArn": KEY, "pointInTimeRecovery": True}
        ),
    ],
    "databases-leave-backups": [Break("database-cluster", "skipFinalSnapshot", [True], configuration=RELAXED)],
    "file-systems-are-backed-up": [
        Break("files-projects", "automaticBackupRetentionDays", [7, UNKNOWN]),
        Break("files-projects", "automaticBackupRetentionDays", [0], configuration={"minimum_days": 0}),
        Without("backup-of-home", configuration=RELAXED),
    ],
    "databases-are-protected": [Break("database-cluster", "deletionProtection", [False], configuration=RELAXED)],
    "stateful-resources-are-protected": [
        Break("bucket-*", "forceDestroy", [ABSENT, None, UNKNOWN]),
        Break("bucket-*", "forceDestroy", [True], configuration=RELAXED),
        With(Sample("aws:fsx/fileCache:FileCache", "file-cache", {"kmsKeyId": KEY})),
        Instead(
            "volume-notebooks",
            lambda sample: sample.changed(protect=False),
            "is not protected",
            configuration={"scratch_types": ["aws:fsx/lustreFileSystem:LustreFileSystem", "aws:ebs/volume:Volume"]},
        ),
    ],
    "logs-are-retained": [
        Break("log-of-batch", "retentionInDays", [14, UNKNOWN]),
        Break("log-of-control-plane", "retentionInDays", [30]),
        Break("log-of-control-plane", "retentionInDays", [14], configuration=RELAXED),
        Break("log-of-control-plane", "retentionInDays", [14], configuration={"audit_logs": []}),
    ],
}
"""What must pass."""
