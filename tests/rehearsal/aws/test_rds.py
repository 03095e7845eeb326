"""RDS in the emulated account. Does not prove that a version, class or parameter is one that Aurora has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.aws import inventory
from rehearsal.aws.account import Account, CloudError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, is_gone
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, record, round_trip

SUBNETS, CLUSTER, INSTANCE = (
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:rds/cluster:Cluster",
    ("aws:rds/clusterInstance:ClusterInstance"),
)
CLUSTER_GROUP, INSTANCE_GROUP = (
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    "aws:rds/parameterGroup:ParameterGroup",
)
PROXY, POOL, PROXY_TARGET = (
    "aws:rds/proxy:Proxy",
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    "aws:rds/proxyTarget:ProxyTarget",
)
ROLE = "arn:aws:iam::111122223333:role/monitoring"
SMALL = {
    "engine": "aurora-postgresql",
    "masterUsername": "postgres",
    "manageMasterUserPassword": True,
    "skipFinalSnapshot": True,
}


@pytest.fixture(scope="module")
def subnets(account: Account) -> list[str]:
    vpc = account.call("ec2", "create_vpc", CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    places = {"10.8.0.0/24": "us-east-1a", "10.8.1.0/24": "us-east-1b"}
    return [
        account.call("ec2", "create_subnet", VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in places.items()
    ]


@pytest.fixture(scope="module")
def key(account: Account) -> str:
    return account.call("kms", "create_key")["KeyMetadata"]["Arn"]


@pytest.fixture
def subnet_group(account: Account, subnets: list[str]) -> Iterator[Resource]:
    made = create(account, SUBNETS, "group", name="vectors", subnetIds=subnets)
    yield made
    delete(account, made)


def parameters(count: int) -> list[dict[str, str]]:
    return [{"name": f"parameter_{n}", "value": str(n), "applyMethod": "immediate"} for n in range(count)]


def test_a_subnet_group_goes_round(account: Account, subnets: list[str]) -> None:
    inputs = {"name": "places", "description": "Where databases stand", "subnetIds": subnets, "tagsAll": TAGS}
    made = round_trip(account, SUBNETS, inputs)
    assert made.outputs["arn"] == "arn:aws:rds:us-east-1:111122223333:subgrp:places"
    assert made.outputs["vpcId"].startswith("vpc-")


@pytest.mark.parametrize(("type_", "kind"), [(CLUSTER_GROUP, "cluster-pg"), (INSTANCE_GROUP, "pg")])
def test_parameter_groups_go_round(account: Account, type_: str, kind: str) -> None:
    inputs = {
        "name": "tuned",
        "description": "Tuned",
        "family": "aurora-postgresql17",
        "parameters": parameters(45),  # more than two requests hold
        "tagsAll": TAGS,
    }
    made = round_trip(account, type_, inputs)
    assert made.outputs["arn"] == f"arn:aws:rds:us-east-1:111122223333:{kind}:tuned"


def test_a_parameter_without_a_method_is_applied_at_once(account: Account) -> None:
    round_trip(account, CLUSTER_GROUP, {"name": "plain", "family": "f", "parameters": [{"name": "a", "value": "1"}]})


def test_a_cluster_goes_round(account: Account, subnet_group: Resource, key: str) -> None:
    inputs: dict[str, Any] = {
        "clusterIdentifier": "vectors",
        "engine": "aurora-postgresql",
        "engineMode": "provisioned",
        "engineVersion": "17.5",
        "databaseName": "vectors",
        "dbSubnetGroupName": subnet_group.id,
        "vpcSecurityGroupIds": ["sg-0123456789abcdef0"],
        "masterUsername": "postgres",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": key,
        "storageEncrypted": True,
        "storageType": "aurora-iopt1",
        "kmsKeyId": key,
        "iamDatabaseAuthenticationEnabled": True,
        "iamRoles": [ROLE],
        "enabledCloudwatchLogsExports": ["postgresql"],
        "backupRetentionPeriod": 14,
        "preferredBackupWindow": "02:00-03:00",
        "preferredMaintenanceWindow": "sun:04:00-sun:05:00",
        "copyTagsToSnapshot": True,
        "port": 5432,
        "networkType": "IPV4",
        "deletionProtection": False,
        "skipFinalSnapshot": True,
        "applyImmediately": True,
        "serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4},
        "tagsAll": TAGS,
    }
    cluster = create(account, CLUSTER, "it", **inputs)
    described = {name: value for name, value in inputs.items() if name not in {"skipFinalSnapshot", "applyImmediately"}}
    assert_read_back(account, replaced(cluster, described))
    assert cluster.id == "vectors"
    assert cluster.outputs["arn"] == "arn:aws:rds:us-east-1:111122223333:cluster:vectors"
    assert cluster.outputs["endpoint"].startswith("vectors.cluster-")
    assert cluster.outputs["readerEndpoint"].startswith("vectors.cluster-ro-")
    [secret] = cluster.outputs["masterUserSecrets"]
    assert secret["kmsKeyId"] == key
    assert secret["secretStatus"] == "active"
    delete(account, cluster)
    assert is_gone(account, cluster)


def test_a_key_may_be_asked_for_by_its_id(account: Account, key: str) -> None:
    inputs = {**SMALL, "clusterIdentifier": "keyed", "masterUserSecretKmsKeyId": key.rpartition("/")[2]}
    cluster = create(account, CLUSTER, "it", **inputs)
    assert differences(account, cluster) == {}
    other = replaced(cluster, {**inputs, "masterUserSecretKmsKeyId": "alias/another"})
    assert differences(account, other).keys() == {"masterUserSecretKmsKeyId"}
    delete(account, cluster)


def replaced(resource: Resource, inputs: dict[str, Any]) -> Resource:
    return dataclasses.replace(resource, registration=dataclasses.replace(resource.registration, inputs=inputs))


def test_ids_and_the_managed_secret_s_are_the_same_every_time(account: Account) -> None:
    made = [create(account, CLUSTER, "same", clusterIdentifier="same", **SMALL)]
    delete(account, made[0])
    made.append(create(account, CLUSTER, "same", clusterIdentifier="same", **SMALL))
    delete(account, made[1])
    assert made[0].outputs == made[1].outputs
    assert made[0].outputs["masterUserSecrets"]


def test_what_a_cluster_brings_goes_with_it(account: Account) -> None:
    baseline = inventory.snapshot(account)
    cluster = create(account, CLUSTER, "it", clusterIdentifier="brief", **SMALL)
    # The secret that RDS keeps for it is RDS's own.
    assert [left.type for left in inventory.leftovers(account, baseline)] == [CLUSTER]
    delete(account, cluster)
    assert inventory.leftovers(account, baseline) == []


def test_a_cluster_with_deletion_protection_is_not_deleted(account: Account) -> None:
    cluster = create(account, CLUSTER, "it", clusterIdentifier="guarded", deletionProtection=True, **SMALL)
    with pytest.raises(CloudError, match="disable deletion protection"):
        delete(account, cluster)


def test_a_cluster_is_deleted_with_a_final_snapshot_or_explicitly_without(account: Account) -> None:
    cluster = create(account, CLUSTER, "it", clusterIdentifier="last", **{**SMALL, "skipFinalSnapshot": False})
    with pytest.raises(CloudError, match="final_snapshot_identifier is required"):
        delete(account, cluster)
    inputs = {**cluster.registration.inputs, "finalSnapshotIdentifier": "last-words"}
    delete(account, replaced(cluster, inputs))
    kept = account.call("rds", "describe_db_cluster_snapshots", DBClusterSnapshotIdentifier="last-words")
    assert kept["DBClusterSnapshots"][0]["DBClusterIdentifier"] == "last"


def test_a_writer_and_a_reader_go_round(account: Account, key: str) -> None:
    group = create(account, INSTANCE_GROUP, "it", name="instances", family="aurora-postgresql17")
    cluster = create(account, CLUSTER, "it", clusterIdentifier="pair", **SMALL)
    inputs: dict[str, Any] = {
        "identifier": "pair-writer",
        "clusterIdentifier": cluster.id,
        "engine": "aurora-postgresql",
        "engineVersion": cluster.outputs["engineVersion"],
        "instanceClass": "db.serverless",
        "availabilityZone": "us-east-1a",
        "dbParameterGroupName": group.id,
        "promotionTier": 0,
        "publiclyAccessible": False,
        "autoMinorVersionUpgrade": True,
        "copyTagsToSnapshot": True,
        "monitoringInterval": 60,
        "monitoringRoleArn": ROLE,
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": key,
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "preferredMaintenanceWindow": "sun:04:00-sun:05:00",
        "tagsAll": TAGS,
    }
    writer = create(account, INSTANCE, "writer", **inputs)
    assert_read_back(account, writer)
    assert writer.outputs["writer"] is True
    assert writer.outputs["endpoint"].startswith("pair-writer.")
    reader = round_trip(account, INSTANCE, {**inputs, "identifier": "pair-reader", "availabilityZone": "us-east-1b"})
    assert reader.outputs["writer"] is False
    with pytest.raises(CloudError, match="in use by pair-writer"):
        delete(account, group)
    with pytest.raises(CloudError, match="still contains DB instances"):
        delete(account, cluster)
    for resource in (writer, cluster, group):
        delete(account, resource)
        assert is_gone(account, resource)


def test_an_instance_without_a_name_gets_the_provider_s(account: Account) -> None:
    cluster = create(account, CLUSTER, "it", clusterIdentifier="unnamed", **SMALL)
    inputs = {"clusterIdentifier": cluster.id, "engine": "aurora-postgresql", "instanceClass": "db.serverless"}
    instance = create(account, INSTANCE, "it", **inputs)
    assert instance.id == instance.outputs["identifier"]
    assert instance.id.startswith("tf-")
    delete(account, instance)
    delete(account, cluster)


def test_groups_that_a_cluster_is_in_are_not_deleted(account: Account, subnet_group: Resource) -> None:
    group = create(account, CLUSTER_GROUP, "it", name="of-cluster", family="aurora-postgresql17")
    names = {"dbSubnetGroupName": subnet_group.id, "dbClusterParameterGroupName": group.id}
    cluster = create(account, CLUSTER, "it", clusterIdentifier="inside", **names, **SMALL)
    for resource in (subnet_group, group):
        with pytest.raises(CloudError, match="in use by inside"):
            delete(account, resource)
    delete(account, cluster)
    delete(account, group)


def test_a_proxy_its_pool_and_its_target_go_round(account: Account, subnets: list[str]) -> None:
    cluster = create(account, CLUSTER, "it", clusterIdentifier="behind", **SMALL)
    auth = {"authScheme": "SECRETS", "iamAuth": "REQUIRED", "clientPasswordAuthType": "POSTGRES_SCRAM_SHA_256"}
    inputs: dict[str, Any] = {
        "name": "front",
        "engineFamily": "POSTGRESQL",
        "auths": [{**auth, "secretArn": cluster.outputs["masterUserSecrets"][0]["secretArn"]}],
        "roleArn": "arn:aws:iam::111122223333:role/proxy",
        "vpcSubnetIds": subnets,
        "vpcSecurityGroupIds": ["sg-0123456789abcdef0"],
        "requireTls": True,
        "idleClientTimeout": 900,
        "debugLogging": True,
        "tagsAll": TAGS,
    }
    proxy = create(account, PROXY, "it", **inputs)
    assert_read_back(account, proxy)
    assert proxy.outputs["endpoint"].startswith("front.db-proxy-")
    pool = create(
        account,
        POOL,
        "it",
        dbProxyName=proxy.id,
        connectionPoolConfig={
            "maxConnectionsPercent": 80,
            "maxIdleConnectionsPercent": 20,
            "connectionBorrowTimeout": 30,
            "sessionPinningFilters": ["EXCLUDE_VARIABLE_SETS"],
        },
    )
    assert_read_back(account, pool)
    target = {"dbProxyName": proxy.id, "targetGroupName": pool.outputs["name"], "dbClusterIdentifier": cluster.id}
    assert round_trip(account, PROXY_TARGET, target).id == "front/default/TRACKED_CLUSTER/behind"
    delete(account, pool)
    delete(account, proxy)
    assert is_gone(account, proxy)
    assert is_gone(account, pool)
    delete(account, cluster)


def test_a_role_of_a_cluster_is_recorded(account: Account) -> None:
    inputs = {"dbClusterIdentifier": "vectors", "roleArn": ROLE, "featureName": "s3Import"}
    made = record(account, "aws:rds/clusterRoleAssociation:ClusterRoleAssociation", inputs)
    assert made.id == f"vectors,{ROLE}"


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"manageMasterUserPassword": None, "masterPassword": "short"}, "shorter than 8"),
        ({"databaseInsightsMode": "verbose"}, "DatabaseInsightsMode"),
    ],
)
def test_a_bad_cluster_is_refused(account: Account, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        create(account, CLUSTER, "bad", clusterIdentifier="bad", **{**SMALL, **changes})
