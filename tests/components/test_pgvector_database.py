"""Aurora PostgreSQL with pgvector: its exact resources, what guards them, and how clients reach it.

Does not prove that Aurora sells the version or the class, nor that a failover goes well: nothing is created.
"""

from __future__ import annotations

import dataclasses
import json

import pytest

from components.pgvector_database import PgvectorDatabase, ServerlessCapacity
from components.trust import service_trust
from tests.components.recorder import Recording
from tests.components.vector_database_fixtures import KEPT_PGVECTOR, KEY, PGVECTOR, known
from tests.components.vector_database_fixtures import recorded as run

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
RULES = "aws:vpc/securityGroup"


@pytest.fixture(scope="module")
def small() -> Recording:
    return run(lambda: PgvectorDatabase("db", PGVECTOR))


@pytest.fixture(scope="module")
def kept() -> Recording:
    return run(lambda: PgvectorDatabase("db", KEPT_PGVECTOR))


@pytest.mark.parametrize("preview", [False, True])
def test_the_database_is_exactly_these_resources(preview: bool) -> None:
    assert run(lambda: PgvectorDatabase("db", PGVECTOR), preview=preview).children() == {
        ("llm-platform:pgvector_database:PgvectorDatabase", "db"),
        ("aws:ec2/securityGroup:SecurityGroup", "db-sg"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-from-pods"),
        ("aws:cloudwatch/logGroup:LogGroup", "db-log"),
        ("aws:rds/subnetGroup:SubnetGroup", "db-subnets"),
        ("aws:rds/clusterParameterGroup:ClusterParameterGroup", "db-cluster-parameters"),
        (CLUSTER, "db-cluster"),
        ("llm-platform:aurora_instances:AuroraInstances", "db-instances"),
        ("aws:iam/role:Role", "db-instances-monitoring"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "db-instances-monitoring"),
        ("aws:rds/parameterGroup:ParameterGroup", "db-instances-parameters"),
        (INSTANCE, "db-instances-0"),
    }


def test_a_proxy_adds_these_and_nothing_else(small: Recording, kept: Recording) -> None:
    further = {(INSTANCE, "db-instances-1"), (INSTANCE, "db-instances-2")}
    assert kept.children() - small.children() - further == {
        ("llm-platform:database_proxy:DatabaseProxy", "db-proxy"),
        ("aws:ec2/securityGroup:SecurityGroup", "db-proxy-sg"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-proxy-from-pods"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "db-proxy-to-database"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-proxy-into-database"),
        ("aws:iam/role:Role", "db-proxy-role"),
        ("aws:iam/rolePolicy:RolePolicy", "db-proxy-sign-in"),
        ("aws:rds/proxy:Proxy", "db-proxy-proxy"),
        ("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "db-proxy-pool"),
        ("aws:rds/proxyTarget:ProxyTarget", "db-proxy-target"),
    }


def test_the_cluster_is_encrypted_signed_in_to_by_iam_and_backed_up(small: Recording) -> None:
    inputs = small.one("db-cluster").inputs
    wanted = {
        "engine": "aurora-postgresql",
        "engineVersion": "17.5",
        "databaseName": "vectors",
        "port": 5432,
        "storageEncrypted": True,
        "kmsKeyId": f"{KEY}/database",
        "masterUsername": "platform",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": f"{KEY}/cluster",
        "iamDatabaseAuthenticationEnabled": True,
        "enabledCloudwatchLogsExports": ["postgresql"],
        "backupRetentionPeriod": 7,
        "copyTagsToSnapshot": True,
        "serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4},
        "vpcSecurityGroupIds": ["db-sg-id"],
        "dbSubnetGroupName": "llm-platform-dev-vectors",
    }
    assert inputs | wanted == inputs
    assert "masterPassword" not in inputs
    assert "storageType" not in inputs


def test_the_log_group_stands_before_rds_would_make_one_of_its_own(small: Recording) -> None:
    assert "db-log" in small.one("db-cluster").dependencies
    log = small.one("db-log").inputs
    assert log["name"] == "/aws/rds/cluster/llm-platform-dev-vectors/postgresql"
    assert (log["kmsKeyId"], log["retentionInDays"]) == (f"{KEY}/logs", 14)


def test_a_class_with_local_disks_comes_with_the_storage_that_caches_on_them(kept: Recording) -> None:
    inputs = kept.one("db-cluster").inputs
    assert inputs["storageType"] == "aurora-iopt1"
    assert "serverlessv2ScalingConfiguration" not in inputs
    assert {instance.inputs["instanceClass"] for instance in kept.of_type(INSTANCE)} == {"db.r8gd.2xlarge"}


def test_the_writer_is_first_and_readers_are_in_other_zones(kept: Recording) -> None:
    instances = kept.of_type(INSTANCE)
    zones = [instance.inputs["availabilityZone"] for instance in instances]
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1a"]
    assert [instance.inputs["promotionTier"] for instance in instances] == [0, 1, 1]
    assert ["db-instances-0" in instance.dependencies for instance in instances] == [False, True, True]


def test_instances_are_private_watched_and_change_their_version_with_the_catalogue(kept: Recording) -> None:
    for instance in kept.of_type(INSTANCE):
        wanted = {
            "publiclyAccessible": False,
            "autoMinorVersionUpgrade": False,
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": f"{KEY}/database",
            "monitoringInterval": 60,
            "dbParameterGroupName": "db-instances-parameters",
        }
        assert instance.inputs | wanted == instance.inputs
        assert {"db-instances-monitoring"} <= set(instance.dependencies)


def test_a_database_that_is_kept_is_protected_and_leaves_a_snapshot(kept: Recording) -> None:
    cluster = kept.one("db-cluster")
    assert (cluster.protect, cluster.retain_on_delete) == (True, True)
    assert cluster.inputs["deletionProtection"] is True
    assert cluster.inputs["skipFinalSnapshot"] is False
    assert cluster.inputs["finalSnapshotIdentifier"] == "llm-platform-dev-vectors-final"
    assert cluster.inputs["applyImmediately"] is False
    stands_on = ("db-subnets", "db-sg", "db-cluster-parameters", "db-log", "db-instances-0", "db-instances-parameters")
    assert {kept.one(name).retain_on_delete for name in stands_on} == {True}


def test_a_database_that_may_go_goes_without_a_trace(small: Recording) -> None:
    cluster = small.one("db-cluster")
    assert (cluster.protect, cluster.retain_on_delete) == (False, False)
    assert cluster.inputs["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in cluster.inputs


def test_only_pods_and_the_proxy_get_in(kept: Recording) -> None:
    ways = {
        (rule.inputs["securityGroupId"], rule.inputs["referencedSecurityGroupId"])
        for rule in kept.resources
        if rule.type.startswith(RULES) and "IngressRule" in rule.type
    }
    assert ways == {("db-sg-id", "sg-nodes"), ("db-proxy-sg-id", "sg-nodes"), ("db-sg-id", "db-proxy-sg-id")}
    for rule in kept.resources:
        if rule.type.startswith(RULES) and rule.type.endswith("Rule"):
            assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (5432, 5432)
            assert "cidrIpv4" not in rule.inputs


def test_the_proxy_signs_in_by_iam_as_the_pipelines_user_alone(kept: Recording) -> None:
    proxy = kept.one("db-proxy-proxy").inputs
    assert (proxy["defaultAuthScheme"], proxy["requireTls"], proxy["engineFamily"]) == ("IAM_AUTH", True, "POSTGRESQL")
    assert "auths" not in proxy
    [statement] = json.loads(kept.one("db-proxy-sign-in").inputs["policy"])["Statement"]
    user = "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/embedding"
    assert (statement["Action"], statement["Resource"]) == ("rds-db:connect", user)
    assert {"db-instances-0", "db-instances-1", "db-instances-2"} <= set(kept.one("db-proxy-target").dependencies)
    # A condition that RDS is not documented to meet would leave the proxy without its role.
    assert json.loads(kept.one("db-proxy-role").inputs["assumeRolePolicy"]) == json.loads(
        service_trust("rds.amazonaws.com")
    )


def test_clients_write_through_the_proxy_read_beside_it_and_administrators_go_past_it() -> None:
    connection = known(lambda: PgvectorDatabase("db", KEPT_PGVECTOR).connection)
    assert connection["url"] == "postgresql://embedding@vectors.proxy-1.example:5432/vectors"
    assert connection["reader_url"] == "postgresql://embedding@vectors.cluster-ro-1.example:5432/vectors"
    assert connection["admin_url"] == "postgresql://platform@vectors.cluster-1.example:5432/vectors"
    assert connection["tls"] is True
    user = "arn:aws:rds-db:us-east-1:111122223333:dbuser:{}/embedding"
    assert connection["connect_arns"] == [user.format("cluster-ABC"), user.format("prx-1")]
    assert connection["secret_name"] == "rds!cluster-1b2c"
    assert connection["secret_key"] == "password"
    assert (connection["egress"].cidrs, connection["egress"].ports) == (["10.20.0.0/16"], [5432])


def test_without_a_proxy_clients_reach_the_writer_itself() -> None:
    connection = known(lambda: PgvectorDatabase("db", PGVECTOR).connection)
    assert connection["url"] == "postgresql://embedding@vectors.cluster-1.example:5432/vectors"
    assert len(connection["connect_arns"]) == 1


@pytest.mark.parametrize("capacity", [None, ServerlessCapacity(1, 2)])
def test_either_capacity_or_a_class_is_needed(capacity: ServerlessCapacity | None) -> None:
    args = dataclasses.replace(PGVECTOR, serverless=capacity, instance_class=None if capacity is None else "db.r8gd.x")
    with pytest.raises(ValueError, match="needs either serverless capacity or an instance class"):
        run(lambda: PgvectorDatabase("db", args))
