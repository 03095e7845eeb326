"""Relational databases that keep every policy."""

from __future__ import annotations

from tests.policies.sample import UNKNOWN, Sample

KEY = "arn:aws:kms:us-east-1:333344445555:key/0d9f6a52-7d1c-4d1e-9a53-3c9a3d7b5a11"
STORED = {"storageEncrypted": True, "kmsKeyId": KEY}
INSIGHTS = {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY}
KEPT = {"skipFinalSnapshot": False, "finalSnapshotIdentifier": "final", "deletionProtection": True}

SAMPLES = [
    Sample(
        "aws:rds/cluster:Cluster",
        "database-cluster",
        {
            "clusterIdentifier": "llm-platform-prod-vectors",
            "engine": "aurora-postgresql",
            "engineVersion": "17.5",
            "backupRetentionPeriod": 14,
            "deleteAutomatedBackups": False,
            "copyTagsToSnapshot": True,
            "dbSubnetGroupName": "vectors",
            "dbClusterParameterGroupName": "vectors-cluster",
            "enabledCloudwatchLogsExports": ["postgresql"],
            "iamDatabaseAuthenticationEnabled": True,
            "manageMasterUserPassword": True,
            "masterUserSecretKmsKeyId": KEY,
            "masterUsername": "platform",
            "vpcSecurityGroupIds": ["sg-database"],
            **STORED,
            **KEPT,
        },
        refers={
            "dbClusterParameterGroupName": ["database-cluster-parameters"],
            "dbSubnetGroupName": ["database-subnets"],
        },
        protect=True,
    ),
    Sample(
        "aws:rds/clusterInstance:ClusterInstance",
        "database-instance",
        {
            "clusterIdentifier": "llm-platform-prod-vectors",
            "engine": "aurora-postgresql",
            "instanceClass": "db.r8gd.2xlarge",
            "publiclyAccessible": False,
            **INSIGHTS,
        },
        refers={"clusterIdentifier": ["database-cluster"]},
    ),
    Sample(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        "database-cluster-parameters",
        {
            "family": "aurora-postgresql17",
            "name": "vectors-cluster",
            "parameters": [{"name": "rds.force_ssl", "value": "1"}, {"name": "log_lock_waits", "value": "1"}],
        },
    ),
    Sample(
        "aws:rds/subnetGroup:SubnetGroup",
        "database-subnets",
        {"name": "vectors", "subnetIds": ["subnet-database-a", "subnet-database-b"]},
        refers={"subnetIds": ["subnet-database-a", "subnet-database-b"]},
    ),
    Sample(
        "aws:rds/instance:Instance",
        "database-mysql",
        {
            "identifier": "llm-platform-prod-runs",
            "engine": "mysql",
            "instanceClass": "db.m7g.large",
            "backupRetentionPeriod": 7,
            "deleteAutomatedBackups": False,
            "dbSubnetGroupName": "vectors",
            "parameterGroupName": "runs",
            "manageMasterUserPassword": True,
            "masterUserSecretKmsKeyId": KEY,
            "publiclyAccessible": False,
            **STORED,
            **INSIGHTS,
            **KEPT,
        },
        refers={"parameterGroupName": ["database-mysql-parameters"]},  # of its subnet group the name alone, as text
        protect=True,
    ),
    Sample(
        "aws:rds/parameterGroup:ParameterGroup",
        "database-mysql-parameters",
        {"family": "mysql8.4", "name": "runs", "parameters": [{"name": "require_secure_transport", "value": "ON"}]},
    ),
    Sample(
        "aws:rds/instance:Instance",
        "database-mysql-replica",
        {
            "identifier": "llm-platform-prod-runs-reader",
            "engine": "mysql",
            "instanceClass": "db.m7g.large",
            "replicateSourceDb": "llm-platform-prod-runs",
            "parameterGroupName": "runs",
            "publiclyAccessible": False,
            "skipFinalSnapshot": True,
            **INSIGHTS,
        },
        refers={"parameterGroupName": ["database-mysql-parameters"]},
    ),
    Sample(
        "aws:rds/proxy:Proxy",
        "database-proxy",
        {
            "name": "llm-platform-prod-vectors",
            "engineFamily": "POSTGRESQL",
            "defaultAuthScheme": "IAM_AUTH",
            "requireTls": True,
        },
    ),
    Sample(
        "aws:redshift/cluster:Cluster",
        "warehouse",
        {
            "clusterIdentifier": "llm-platform-prod-warehouse",
            "nodeType": "ra3.large",
            "encrypted": True,
            "kmsKeyId": KEY,
            "automatedSnapshotRetentionPeriod": 7,
            "clusterParameterGroupName": "warehouse",
            "clusterSubnetGroupName": UNKNOWN,  # as in a preview
            "manageMasterPassword": True,
            "masterPasswordSecretKmsKeyId": KEY,
            "publiclyAccessible": False,
            "skipFinalSnapshot": False,
            "finalSnapshotIdentifier": "warehouse-final",
        },
        refers={
            "clusterParameterGroupName": ["warehouse-parameters"],
            "clusterSubnetGroupName": ["warehouse-subnets"],
        },
        protect=True,
    ),
    Sample(
        "aws:redshift/subnetGroup:SubnetGroup",
        "warehouse-subnets",
        {"name": "warehouse", "subnetIds": ["subnet-database-a", "subnet-database-b"]},
        refers={"subnetIds": ["subnet-database-a", "subnet-database-b"]},
    ),
    Sample(
        "aws:redshift/parameterGroup:ParameterGroup",
        "warehouse-parameters",
        {"family": "redshift-2.0", "name": "warehouse", "parameters": [{"name": "require_ssl", "value": "true"}]},
    ),
]
