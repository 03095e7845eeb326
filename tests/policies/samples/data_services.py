"""Other databases, caches, queues and streams that keep every policy."""

from __future__ import annotations

import json

from tests.policies.sample import Sample
from tests.policies.samples.databases import KEPT, KEY, STORED

DOMAIN_TLS = {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}

OTHER_DATABASES = [
    Sample(
        "aws:dynamodb/table:Table",
        "table",
        {
            "name": "llm-platform-prod-runs",
            "hashKey": "run",
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
        },
        protect=True,
    ),
    Sample(
        "aws:opensearch/domain:Domain",
        "search",
        {
            "domainName": "llm-platform-prod",
            "encryptAtRest": {"enabled": True, "kmsKeyId": KEY},
            "nodeToNodeEncryption": {"enabled": True},
            "domainEndpointOptions": DOMAIN_TLS,
            "vpcOptions": {"subnetIds": ["subnet-database-a"], "securityGroupIds": ["sg-database"]},
        },
        refers={"vpcOptions": ["subnet-database-a"]},
        protect=True,
    ),
    Sample(
        "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
        "search-serverless-encryption",
        {
            "name": "vectors",
            "type": "encryption",
            "policy": json.dumps(
                {
                    "Rules": [{"ResourceType": "collection", "Resource": ["collection/vectors"]}],
                    "AWSOwnedKey": False,
                    "KmsARN": KEY,
                }
            ),
        },
    ),
    Sample(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "cache",
        {
            "description": "Prompts",
            "engine": "valkey",
            "atRestEncryptionEnabled": True,
            "transitEncryptionEnabled": True,
            "transitEncryptionMode": "required",
            "kmsKeyId": KEY,
        },
    ),
    Sample(
        "aws:memorydb/cluster:Cluster",
        "memory",
        {
            "name": "sessions",
            "kmsKeyArn": KEY,
            "tlsEnabled": True,
            "snapshotRetentionLimit": 7,
            "finalSnapshotName": "sessions-final",
        },
        protect=True,
    ),
    Sample(
        "aws:docdb/cluster:Cluster",
        "documents",
        {
            "clusterIdentifier": "llm-platform-prod-documents",
            "backupRetentionPeriod": 7,
            "dbSubnetGroupName": "documents",
            "dbClusterParameterGroupName": "documents",
            **STORED,
            **KEPT,
        },
        refers={"dbSubnetGroupName": ["documents-subnets"], "dbClusterParameterGroupName": ["documents-parameters"]},
        protect=True,
    ),
    Sample(
        "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
        "documents-parameters",
        {"family": "docdb5.0", "name": "documents", "parameters": [{"name": "tls", "value": "enabled"}]},
    ),
    Sample(
        "aws:docdb/subnetGroup:SubnetGroup",
        "documents-subnets",
        {"name": "documents", "subnetIds": ["subnet-database-a", "subnet-database-b"]},
        refers={"subnetIds": ["subnet-database-a", "subnet-database-b"]},
    ),
    Sample(
        "aws:neptune/cluster:Cluster",
        "graph",
        {
            "storageEncrypted": True,
            "kmsKeyArn": KEY,
            "backupRetentionPeriod": 7,
            "neptuneSubnetGroupName": "graph",  # as text, so that nothing but its id says where it stands
            **KEPT,
        },
        protect=True,
    ),
    Sample(
        "aws:neptune/subnetGroup:SubnetGroup",
        "graph-subnets",
        {"subnetIds": ["subnet-database-a", "subnet-database-b"]},
        {"id": "graph"},
        refers={"subnetIds": ["subnet-database-a", "subnet-database-b"]},
    ),
    Sample(
        "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
        "vectors",
        {"vectorBucketName": "vectors", "encryptionConfigurations": [{"sseType": "aws:kms", "kmsKeyArn": KEY}]},
        protect=True,
    ),
]

QUEUES = [
    Sample("aws:sqs/queue:Queue", "queue-batch", {"kmsMasterKeyId": KEY, "messageRetentionSeconds": 300}),
    Sample("aws:sns/topic:Topic", "topic-alerts", {"kmsMasterKeyId": KEY}),
    Sample("aws:kinesis/stream:Stream", "stream-prompts", {"encryptionType": "KMS", "kmsKeyId": KEY}),
    Sample(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "delivery-of-events",
        {
            "destination": "extended_s3",
            "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY},
        },
    ),
    Sample(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "delivery-of-stream",
        {
            "destination": "extended_s3",
            "kinesisSourceConfiguration": {
                "kinesisStreamArn": "arn:aws:kinesis:us-east-1:333344445555:stream/prompts",
            },
        },
    ),
    Sample(
        "aws:msk/cluster:Cluster",
        "broker-kafka",
        {
            "clusterName": "events",
            "encryptionInfo": {
                "encryptionAtRestKmsKeyArn": KEY,
                "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
            },
        },
    ),
    Sample(
        "aws:mq/broker:Broker",
        "broker-mq",
        {"brokerName": "batch", "encryptionOptions": {"useAwsOwnedKey": False, "kmsKeyId": KEY}},
    ),
]

SAMPLES = [*OTHER_DATABASES, *QUEUES]
