"""File systems, secrets, logs and images that keep every policy."""

from __future__ import annotations

from tests.policies.sample import Sample
from tests.policies.samples.encryption_and_data import ACCOUNT, KEY, KEY_ID, LOGS, VOLUME

FILE_SYSTEMS = [
    Sample("aws:efs/fileSystem:FileSystem", "files-home", VOLUME, {"id": "fs-0home"}, protect=True),
    Sample(
        "aws:efs/backupPolicy:BackupPolicy",
        "backup-of-home",
        {"fileSystemId": "fs-0home", "backupPolicy": {"status": "ENABLED"}},
        refers={"fileSystemId": ["files-home"]},
    ),
    Sample(
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "files-scratch",
        {"deploymentType": "PERSISTENT_2", "skipFinalBackup": True, "automaticBackupRetentionDays": 0, **KEY_ID},
    ),
    Sample(
        "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
        "files-projects",
        {
            "deploymentType": "SINGLE_AZ_2",
            "automaticBackupRetentionDays": 30,
            "skipFinalBackup": False,
            **KEY_ID,
        },
        protect=True,
    ),
]

SECRETS = [
    Sample(
        "aws:secretsmanager/secret:Secret",
        "secret-hugging-face",
        {"name": "llm-platform/prod/hugging-face", "recoveryWindowInDays": 30, **KEY_ID},
    ),
    Sample(
        "aws:ssm/parameter:Parameter",
        "parameter-of-secret",
        {
            "name": "/llm-platform/prod/vector-database/secret-arn",
            "type": "String",
            "value": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:rds-admin-a1b2c3",
        },
    ),
    Sample(
        "aws:ssm/parameter:Parameter",
        "parameter-password",
        {"name": "/llm-platform/prod/batch/password", "type": "SecureString", "value": "hunter2-hunter2", "keyId": KEY},
    ),
]

LOG_GROUPS = [
    Sample(
        "aws:cloudwatch/logGroup:LogGroup",
        "log-of-batch",
        {"name": "/llm-platform/prod/batch", "retentionInDays": 14, **KEY_ID},
    ),
    Sample(
        "aws:cloudwatch/logGroup:LogGroup",
        "log-of-control-plane",
        {"name": "/aws/eks/llm-platform-prod/cluster", "retentionInDays": 365, **KEY_ID},
    ),
    Sample("aws:cloudtrail/trail:Trail", "trail", {"s3BucketName": LOGS, "isMultiRegionTrail": True, **KEY_ID}),
]

IMAGES = [
    Sample(
        "aws:ecr/repository:Repository",
        "repository-vllm",
        {
            "name": "llm-platform-prod/serving/vllm",
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
            "forceDelete": False,
            "imageScanningConfiguration": {"scanOnPush": True},
            "imageTagMutability": "IMMUTABLE",
        },
        protect=True,
    ),
    Sample(
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "repositories-of-cache",
        {
            "prefix": "k8s",
            "appliedFors": ["PULL_THROUGH_CACHE"],
            "encryptionConfigurations": [{"encryptionType": "KMS_DSSE", "kmsKey": KEY}],
        },
    ),
]

SAMPLES = [*FILE_SYSTEMS, *SECRETS, *LOG_GROUPS, *IMAGES]
