"""What breaks the policies of encryption."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.samples.databases import KEY

AWS_ALIAS = "alias/aws/service"
AWS_ALIAS_ARN = "arn:aws:kms:us-east-1:333344445555:alias/aws/service"
NOT_OURS = [ABSENT, None, "", AWS_ALIAS, AWS_ALIAS_ARN]
"""Every key that is no customer key."""
OFF = [ABSENT, None, False]
OFF_AS_TEXT = [ABSENT, None, "false"]


def volume(sample: str, path: str, key: str = "kmsKeyId", off: Sequence[object] = OFF) -> list[Mutation]:
    """Break the flag and the key of a volume."""
    at = f"{path}." if path else ""
    return [Break(sample, f"{at}encrypted", off), Break(sample, f"{at}{key}", NOT_OURS)]


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "volumes-use-customer-keys": [
        *volume("volume-notebooks", ""),
        *volume("snapshot-copy", ""),
        *volume("image-copy", ""),
        *volume("instance-notebooks", "rootBlockDevice"),
        *volume("instance-notebooks", "ebsBlockDevices.0"),
        Break("instance-notebooks", "rootBlockDevice", [ABSENT, None]),
        *volume("template-of-volumes", "blockDeviceMappings.0.ebs", off=OFF_AS_TEXT),
        Break("template-of-volumes", "blockDeviceMappings", [ABSENT, None, []]),
        Break("template-of-volumes", "blockDeviceMappings.1", [{"deviceName": "/dev/sdb", "ebs": {"volumeSize": 1}}]),
        *volume("*", "spec.blockDeviceMappings.*.ebs", "kmsKeyID"),
        Break("class-machines", "spec.blockDeviceMappings", [ABSENT, None, []]),
        # Without a template the instances also answer IMDSv1.
        Break("group-inference", "launchTemplate", [ABSENT, None], also=["imdsv2-only"]),
        *volume("class-gp3", "parameters", off=OFF_AS_TEXT),
        Break("class-gp3", "parameters", [ABSENT, None]),
        *(
            With(
                Sample(
                    "kubernetes:storage.k8s.io/v1:StorageClass",
                    "class-of-aws-keys",
                    {
                        "apiVersion": "storage.k8s.io/v1",
                        "kind": "StorageClass",
                        "metadata": {"name": "plain"},
                        "provisioner": provisioner,
                    },
                )
            )
            for provisioner in ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
        ),
        With(Sample("aws:ebs/encryptionByDefault:EncryptionByDefault", "ebs-default", {"enabled": False})),
        With(Sample("aws:ebs/snapshotImport:SnapshotImport", "imported", {"encrypted": True})),
        With(
            Sample(
                "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
                "spot-request",
                {
                    "metadataOptions": {
                        "httpEndpoint": "enabled",
                        "httpPutResponseHopLimit": 1,
                        "httpTokens": "required",
                    },
                    "associatePublicIpAddress": False,
                },
            )
        ),
    ],
    "buckets-use-customer-keys": [
        Without("encryption-of-*"),
        Break("encryption-of-*", "rules", [ABSENT, None, []]),
        Break("encryption-of-*", "rules.0.applyServerSideEncryptionByDefault", [ABSENT, None]),
        Break(
            "encryption-of-*",
            "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
            [ABSENT, None, "AES256", "kms"],
        ),
        Break("encryption-of-*", "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", NOT_OURS),
        Instead(
            "encryption-of-logs",
            lambda sample: sample.changed(inputs={**sample.inputs, "bucket": "another"}, refers={}),
            "is of another bucket",
        ),
        With(Sample("aws:s3/directoryBucket:DirectoryBucket", "express", {"dataRedundancy": "X"}, protect=True)),
    ],
    "databases-use-customer-keys": [
        Break("database-cluster", "storageEncrypted", OFF),
        Break("database-cluster", "kmsKeyId", NOT_OURS),
        Break("database-mysql", "storageEncrypted", OFF),
        Break("database-mysql", "kmsKeyId", NOT_OURS),
        Break("database-mysql-replica", "replicateSourceDb", ["arn:aws:rds:us-east-1:333344445555:db:runs"]),
        Break("database-instance", "performanceInsightsKmsKeyId", NOT_OURS),
        Break("database-mysql", "performanceInsightsKmsKeyId", NOT_OURS),
        Break("database-cluster", "performanceInsightsEnabled", [True]),
        Break("documents", "storageEncrypted", OFF),
        Break("documents", "kmsKeyId", NOT_OURS),
        Break("graph", "storageEncrypted", OFF),
        Break("graph", "kmsKeyArn", NOT_OURS),
        With(
            Sample(
                "aws:redshiftserverless/namespace:Namespace",
                "namespace",
                {"manageAdminPassword": True, "adminPasswordSecretKmsKeyId": KEY},
                protect=True,
            )
        ),
        Break("warehouse", "encrypted", OFF),
        Break("warehouse", "kmsKeyId", NOT_OURS),
        Break("table", "serverSideEncryption", [ABSENT, None]),
        Break("table", "serverSideEncryption.enabled", OFF),
        Break("table", "serverSideEncryption.kmsKeyArn", NOT_OURS),
        Break("table", "replicas", [[{"regionName": "us-east-1", "pointInTimeRecovery": True}]]),
        Break("search", "encryptAtRest", [ABSENT, None]),
        Break("search", "encryptAtRest.enabled", OFF),
        Break("search", "encryptAtRest.kmsKeyId", NOT_OURS),
        Break("search-serverless-encryption", "policy.json!.AWSOwnedKey", [True]),
        Break("search-serverless-encryption", "policy.json!.KmsARN", NOT_OURS),
        Break("cache", "atRestEncryptionEnabled", OFF),
        Break("cache", "kmsKeyId", NOT_OURS),
        Break("memory", "kmsKeyArn", NOT_OURS),
        Break("vectors", "encryptionConfigurations", [ABSENT, None, []]),
        Break("vectors", "encryptionConfigurations.0.sseType", [ABSENT, None, "AES256"]),
        Break("vectors", "encryptionConfigurations.0.kmsKeyArn", NOT_OURS),
        With(Sample("aws:elasticache/serverlessCache:ServerlessCache", "cache-serverless", {"engine": "valkey"})),
        With(Sample("aws:dynamodb/tableReplica:TableReplica", "table-replica", {"pointInTimeRecovery": True})),
        With(Sample("aws:rds/snapshotCopy:SnapshotCopy", "copied", {"kmsKeyId": AWS_ALIAS})),
        With(Sample("aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy", "copied-cluster", {})),
        With(
            Sample(
                "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication", "copied-backups", {}
            )
        ),
        With(Sample("aws:backup/vault:Vault", "vault", {}, protect=True)),
        With(Sample("aws:s3tables/tableBucket:TableBucket", "table-bucket", {}, protect=True)),
        With(Sample("aws:timestreamwrite/database:Database", "series", {}, protect=True)),
        With(Sample("aws:dsql/cluster:Cluster", "dsql", {"deletionProtectionEnabled": True}, protect=True)),
    ],
    "file-systems-use-customer-keys": [
        Break("files-home", "encrypted", OFF),
        Break("files-*", "kmsKeyId", NOT_OURS),
        With(
            Sample(
                "aws:efs/replicationConfiguration:ReplicationConfiguration",
                "replica-of-home",
                {"sourceFileSystemId": "fs-0home", "destination": {"region": "us-east-1"}},
            )
        ),
        With(Sample("aws:fsx/fileCache:FileCache", "file-cache", {"kmsKeyId": AWS_ALIAS})),
    ],
    "secrets-use-customer-keys": [
        Break("secret-hugging-face", "kmsKeyId", NOT_OURS),
        Break("secret-hugging-face", "replicas", [[{"region": "us-east-1"}]]),
        Break("parameter-password", "keyId", NOT_OURS),
        Break("database-cluster", "masterUserSecretKmsKeyId", NOT_OURS),
        Break("database-mysql", "masterUserSecretKmsKeyId", NOT_OURS),
        Break("warehouse", "masterPasswordSecretKmsKeyId", NOT_OURS),
        With(
            Sample(
                "aws:redshiftserverless/namespace:Namespace",
                "namespace",
                {"manageAdminPassword": True, "kmsKeyId": KEY},
                protect=True,
            )
        ),
        Break("*", "encryptionConfig.provider.keyArn", NOT_OURS),
        Break("*", "encryptionConfig.provider", [ABSENT, None]),
        Break("*", "encryptionConfig.resources", [ABSENT, None, [], ["configmaps"]]),
        Break("cluster", "encryptionConfig", [ABSENT, None]),
    ],
    "logs-use-customer-keys": [Break("log-of-*", "kmsKeyId", NOT_OURS), Break("trail", "kmsKeyId", NOT_OURS)],
    "queues-and-topics-use-customer-keys": [
        Break("queue-batch", "kmsMasterKeyId", NOT_OURS),
        Break("topic-alerts", "kmsMasterKeyId", NOT_OURS),
        Break("stream-prompts", "encryptionType", [ABSENT, None, "NONE"]),
        Break("stream-prompts", "kmsKeyId", NOT_OURS),
        Break("delivery-of-events", "serverSideEncryption", [ABSENT, None]),
        Break("delivery-of-events", "serverSideEncryption.enabled", OFF),
        Break("delivery-of-events", "serverSideEncryption.keyArn", NOT_OURS),
        Break("delivery-of-stream", "kinesisSourceConfiguration", [ABSENT, None]),
        Break("broker-kafka", "encryptionInfo.encryptionAtRestKmsKeyArn", NOT_OURS),
        Break("broker-kafka", "encryptionInfo", [ABSENT, None]),
        Break("broker-mq", "encryptionOptions", [ABSENT, None]),
        Break("broker-mq", "encryptionOptions.useAwsOwnedKey", [ABSENT, None, True]),
        Break("broker-mq", "encryptionOptions.kmsKeyId", NOT_OURS),
        With(Sample("aws:cloudwatch/eventBus:EventBus", "bus", {"kmsKeyIdentifier": AWS_ALIAS})),
    ],
    "images-use-customer-keys": [
        Break("repositor*", "encryptionConfigurations", [ABSENT, None, []]),
        Break("repositor*", "encryptionConfigurations.0.encryptionType", [ABSENT, None, "AES256"]),
        Break("repositor*", "encryptionConfigurations.0.kmsKey", NOT_OURS),
    ],
}
"""Breaks of the other policies stand in data_keeping.py and data_exposure.py."""

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "volumes-use-customer-keys": [
        Instead(
            "instance-notebooks",
            lambda sample: sample.changed(
                inputs={key: value for key, value in sample.inputs.items() if key != "rootBlockDevice"}
                | {"launchTemplate": {"id": "lt-0"}}
            ),
            "has its root volume from a launch template",
        ),
        Break("instance-notebooks", "ebsBlockDevices", [ABSENT, None, []]),
        Break("class-gp3", "provisioner", ["efs.csi.aws.com"]),
        Break("volume-notebooks", "kmsKeyId", [UNKNOWN, "alias/llm-platform-prod/storage"]),
        With(Sample("aws:ebs/encryptionByDefault:EncryptionByDefault", "ebs-default", {"enabled": True})),
        With(Sample("aws:ebs/encryptionByDefault:EncryptionByDefault", "ebs-by-default", {})),
    ],
    "buckets-use-customer-keys": [
        Break("encryption-of-*", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", ["aws:kms:dsse"]),
        Break("encryption-of-*", "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", [UNKNOWN]),
        Break("encryption-of-*", "bucket", [UNKNOWN]),
    ],
    "databases-use-customer-keys": [
        Break("database-*", "kmsKeyId", [UNKNOWN]),
        Break("database-instance", "performanceInsightsEnabled", [ABSENT, None, False]),
        With(
            Sample(
                "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
                "search-serverless-network",
                {"type": "network", "policy": json.dumps({"AWSOwnedKey": True})},
            )
        ),
        With(
            Sample(
                "aws:elasticache/replicationGroup:ReplicationGroup",
                "cache-secondary",
                {"globalReplicationGroupId": "global", "transitEncryptionEnabled": True},
            )
        ),
    ],
    "file-systems-use-customer-keys": [
        With(
            Sample(
                "aws:efs/replicationConfiguration:ReplicationConfiguration",
                "replica-of-home",
                {"sourceFileSystemId": "fs-0home", "destination": {"fileSystemId": "fs-0other"}},
            )
        ),
    ],
    "secrets-use-customer-keys": [
        Break("secret-hugging-face", "kmsKeyId", [UNKNOWN]),
        Break("database-cluster", "manageMasterUserPassword", [ABSENT, None, False]),
    ],
    "queues-and-topics-use-customer-keys": [Break("queue-batch", "kmsMasterKeyId", [UNKNOWN])],
    "images-use-customer-keys": [Break("repository-*", "encryptionConfigurations.0.encryptionType", ["KMS_DSSE"])],
}
"""What must pass."""
