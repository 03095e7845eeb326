"""Keys, buckets and volumes that keep every policy."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.sample import TAGS, Sample

ACCOUNT = "333344445555"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0d9f6a52-7d1c-4d1e-9a53-3c9a3d7b5a11"
KEY_ID = {"kmsKeyId": KEY}
VOLUME = {"encrypted": True, **KEY_ID}
ALLOW_ACCOUNT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AccountAdministration",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": ["kms:*"],
            "Resource": "*",
        }
    ],
}
LOGS = f"llm-platform-prod-logs-{ACCOUNT}-us-east-1"


def _companions(bucket: str, physical_name: str) -> list[Sample]:
    """Return what is said about a bucket; the samples are called after it."""
    short = bucket.removeprefix("bucket-")
    said: dict[str, dict[str, Any]] = {
        "BucketServerSideEncryptionConfiguration": {
            "rules": [
                {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}},
            ]
        },
        "BucketVersioning": {"versioningConfiguration": {"status": "Enabled"}},
        "BucketLifecycleConfiguration": {
            "rules": [
                {
                    "id": "leftovers",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrentVersionExpiration": {"noncurrentDays": 90},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                },
                {"id": "old-runs", "status": "Enabled", "filter": {"prefix": "runs/"}, "expiration": {"days": 180}},
            ]
        },
    }
    names = {
        "BucketServerSideEncryptionConfiguration": "encryption",
        "BucketVersioning": "versioning",
        "BucketLifecycleConfiguration": "lifecycle",
    }
    return [
        Sample(
            f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
            f"{names[kind]}-of-{short}",
            {"bucket": physical_name, **inputs},
            refers={"bucket": [bucket]},
        )
        for kind, inputs in said.items()
    ]


KEYS = [
    Sample(
        "aws:kms/key:Key",
        "key-storage",
        {
            "description": "llm-platform-prod: storage",
            "enableKeyRotation": True,
            "deletionWindowInDays": 30,
            "policy": json.dumps(ALLOW_ACCOUNT),
        },
        {"id": KEY.rsplit("/", 1)[-1], "arn": KEY},
        protect=True,
    ),
    Sample(
        "aws:kms/key:Key",
        "key-signing",
        {
            "description": "Signs images; AWS rotates no asymmetric key",
            "keyUsage": "SIGN_VERIFY",
            "customerMasterKeySpec": "ECC_NIST_P256",
            "deletionWindowInDays": 30,
            "policy": json.dumps(ALLOW_ACCOUNT),
        },
        protect=True,
    ),
]

BUCKET_OF_LOGS = [
    Sample(
        "aws:s3/bucket:Bucket",
        "bucket-logs",
        {"bucket": LOGS, "forceDestroy": False, "objectLockEnabled": True},
        {"id": LOGS, "arn": f"arn:aws:s3:::{LOGS}"},
        protect=True,
    ),
    *_companions("bucket-logs", LOGS),
    Sample(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "lock-of-logs",
        {"bucket": LOGS, "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}},
        refers={"bucket": ["bucket-logs"]},
    ),
    Sample(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "access-block-of-logs",
        {
            "bucket": LOGS,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        refers={"bucket": ["bucket-logs"]},
    ),
    Sample(
        "aws:s3/bucketPolicy:BucketPolicy",
        "policy-of-logs",
        {
            "bucket": LOGS,
            "policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "DenyPlainHttp",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [f"arn:aws:s3:::{LOGS}", f"arn:aws:s3:::{LOGS}/*"],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                        {
                            "Sid": "DenyOldTls",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [f"arn:aws:s3:::{LOGS}", f"arn:aws:s3:::{LOGS}/*"],
                            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
                        },
                    ],
                }
            ),
        },
        refers={"bucket": ["bucket-logs"], "policy": ["bucket-logs"]},
    ),
]

VOLUMES = [
    Sample(
        "aws:ebs/volume:Volume",
        "volume-notebooks",
        {"availabilityZone": "us-east-1a", "size": 100, **VOLUME},
        protect=True,
    ),
    Sample(
        "aws:ebs/snapshotCopy:SnapshotCopy",
        "snapshot-copy",
        {"sourceRegion": "us-east-1", "sourceSnapshotId": "snap-0a", **VOLUME},
    ),
    Sample(
        "aws:ec2/amiCopy:AmiCopy",
        "image-copy",
        {"sourceAmiRegion": "us-east-1", "sourceAmiId": "ami-0fedcba9876543210", **VOLUME},
    ),
    Sample(
        "aws:ec2/instance:Instance",
        "instance-notebooks",
        {
            "ami": "ami-0fedcba9876543210",
            "instanceType": "m7i.large",
            "associatePublicIpAddress": False,
            "metadataOptions": {"httpEndpoint": "enabled", "httpPutResponseHopLimit": 1, "httpTokens": "required"},
            "monitoring": True,
            "rootBlockDevice": {"volumeSize": 100, "volumeType": "gp3", **VOLUME},
            "ebsBlockDevices": [{"deviceName": "/dev/sdf", "volumeSize": 100, **VOLUME}],
        },
    ),
    Sample(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "template-of-volumes",
        {
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"volumeSize": 100, "encrypted": "true", **KEY_ID}},
                {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"},
            ],
            "metadataOptions": {"httpEndpoint": "enabled", "httpPutResponseHopLimit": 1, "httpTokens": "required"},
            "tagSpecifications": [
                {"resourceType": type_, "tags": TAGS} for type_ in ("instance", "volume", "network-interface")
            ],
        },
    ),
    Sample(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        "class-gp3",
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp3"},
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3", "encrypted": "true", "kmsKeyId": KEY},
            "reclaimPolicy": "Retain",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    ),
    Sample(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        "class-lustre",
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "scratch"},
            "provisioner": "fsx.csi.aws.com",
        },
    ),
]

SAMPLES = [
    Sample(
        "pulumi:providers:aws",
        "provider",
        # Nested provider configuration travels as JSON text.
        {"region": "us-east-1", "allowedAccountIds": json.dumps([ACCOUNT]), "defaultTags": json.dumps({"tags": TAGS})},
    ),
    *KEYS,
    *_companions("bucket-models", f"llm-platform-prod-models-{ACCOUNT}-us-east-1"),
    *BUCKET_OF_LOGS,
    *VOLUMES,
]
