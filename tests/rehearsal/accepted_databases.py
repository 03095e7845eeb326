"""Databases and secrets as AWS accepts them: what their part of the refusal table starts from."""

from __future__ import annotations

import json
from typing import Any

from tests.rehearsal.standing_world import (
    ACCOUNT,
    GROUP,
    KEY,
    MANAGED_SECRET,
    OWN_SECRET,
    REGION,
    SUBNET_A,
    SUBNET_B,
    role_arn,
)


def secret_policy(**statement: Any) -> str:
    """Return a secret's policy of one statement, with keys overridden."""
    allow: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        **statement,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


ACCEPTED_DATABASES: dict[str, tuple[str, dict[str, Any]]] = {
    "subnet group": (
        "aws:rds/subnetGroup:SubnetGroup",
        {"name": "vectors", "description": "Vectors", "subnetIds": [SUBNET_A, SUBNET_B], "tags": {"team": "llm"}},
    ),
    "cluster parameters": (
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        {
            "name": "vectors-17",
            "family": "aurora-postgresql17",
            "parameters": [
                {"name": "rds.force_ssl", "value": "1"},
                {"name": "shared_preload_libraries", "value": "pg_stat_statements", "applyMethod": "pending-reboot"},
                {"name": "maintenance_work_mem", "value": "{DBInstanceClassMemory/16384}", "applyMethod": "immediate"},
                {"name": "log_min_duration_statement", "value": "1000"},
            ],
        },
    ),
    "instance parameters": (
        "aws:rds/parameterGroup:ParameterGroup",
        {
            "name": "vectors-17",
            "family": "aurora-postgresql17",
            "parameters": [{"name": "work_mem", "value": "65536"}],
        },
    ),
    "serverless database": (
        "aws:rds/cluster:Cluster",
        {
            "clusterIdentifier": "new",
            "engine": "aurora-postgresql",
            "engineMode": "provisioned",
            "engineVersion": "17.5",
            "databaseName": "vectors",
            "dbSubnetGroupName": "databases",
            "dbClusterParameterGroupName": "cluster-17",
            "vpcSecurityGroupIds": [GROUP],
            "masterUsername": "postgres",
            "manageMasterUserPassword": True,
            "masterUserSecretKmsKeyId": KEY,
            "storageEncrypted": True,
            "kmsKeyId": KEY,
            "port": 5432,
            "iamDatabaseAuthenticationEnabled": True,
            "enabledCloudwatchLogsExports": ["postgresql"],
            "backupRetentionPeriod": 7,
            "preferredBackupWindow": "02:00-03:00",
            "preferredMaintenanceWindow": "sun:04:00-sun:05:00",
            "serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4},
            "skipFinalSnapshot": True,
        },
    ),
    "provisioned database": (
        "aws:rds/cluster:Cluster",
        {
            "clusterIdentifier": "fast",
            "engine": "aurora-postgresql",
            "engineVersion": "17.5",
            "storageType": "aurora-iopt1",
            "storageEncrypted": True,
            "masterUsername": "vectors",
            "masterPassword": "twelve-or-so",
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": KEY,
            "performanceInsightsRetentionPeriod": 465,
            "databaseInsightsMode": "advanced",
            "monitoringInterval": 30,
            "monitoringRoleArn": role_arn("monitoring"),
            "caCertificateIdentifier": "rds-ca-rsa2048-g1",
            "finalSnapshotIdentifier": "fast-last",
        },
    ),
    "database instance": (
        "aws:rds/clusterInstance:ClusterInstance",
        {
            "identifier": "vectors-1",
            "clusterIdentifier": "vectors",
            "engine": "aurora-postgresql",
            "engineVersion": "17.5",
            "instanceClass": "db.serverless",
            "availabilityZone": "us-east-1b",
            "dbParameterGroupName": "instance-17",
            "promotionTier": 1,
            "monitoringInterval": 60,
            "monitoringRoleArn": role_arn("monitoring"),
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": KEY,
            "caCertIdentifier": "rds-ca-ecc384-g1",
        },
    ),
    "database role": (
        "aws:rds/clusterRoleAssociation:ClusterRoleAssociation",
        {"dbClusterIdentifier": "vectors", "roleArn": role_arn("databases"), "featureName": "s3Import"},
    ),
    "proxy": (
        "aws:rds/proxy:Proxy",
        {
            "name": "vectors",
            "engineFamily": "POSTGRESQL",
            "auths": [
                {
                    "authScheme": "SECRETS",
                    "iamAuth": "REQUIRED",
                    "clientPasswordAuthType": "POSTGRES_SCRAM_SHA_256",
                    "secretArn": MANAGED_SECRET,
                }
            ],
            "roleArn": role_arn("databases"),
            "vpcSubnetIds": [SUBNET_A, SUBNET_B],
            "vpcSecurityGroupIds": [GROUP],
            "requireTls": True,
            "idleClientTimeout": 1800,
        },
    ),
    "proxy pool": (
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        {
            "dbProxyName": "front",
            "connectionPoolConfig": {
                "maxConnectionsPercent": 90,
                "maxIdleConnectionsPercent": 50,
                "connectionBorrowTimeout": 120,
                "sessionPinningFilters": ["EXCLUDE_VARIABLE_SETS"],
            },
        },
    ),
    "proxy target": (
        "aws:rds/proxyTarget:ProxyTarget",
        {"dbProxyName": "front", "targetGroupName": "default", "dbClusterIdentifier": "vectors"},
    ),
    "secret": (
        "aws:secretsmanager/secret:Secret",
        {
            "name": "llm-platform/dev/vectors",
            "description": "API keys",
            "kmsKeyId": KEY,
            "recoveryWindowInDays": 7,
            "replicas": [{"region": "us-west-2"}],
        },
    ),
    "secret value": (
        "aws:secretsmanager/secretVersion:SecretVersion",
        {"secretId": OWN_SECRET, "secretString": json.dumps({"api-key": "x"}), "versionStages": ["AWSCURRENT"]},
    ),
    "secret policy": (
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        {"secretArn": OWN_SECRET, "policy": secret_policy(), "blockPublicPolicy": True},
    ),
    "secret rotation": (
        "aws:secretsmanager/secretRotation:SecretRotation",
        {"secretId": MANAGED_SECRET, "rotationRules": {"automaticallyAfterDays": 7, "duration": "2h"}},
    ),
    "user of a database": (
        "aws:iam/policy:Policy",
        {
            "name": "vectors",
            "policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "rds-db:connect",
                        "Resource": f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:cluster-ABCDEFGHIJ0123456789/embedding",
                    },
                }
            ),
        },
    ),
}
