"""A small program with a database, a proxy and a secret, rehearsed whole.

Does not prove that the platform's own components fit: the rehearsals of the environments do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.phases import Rehearsal, Silence, Target
from rehearsal.plan import Check, Outcome
from rehearsal.report.document import document
from tests.rehearsal.standing_world import trust
from tests.rehearsal.test_monitor import ACCOUNT, target

FAMILY, VERSION = "aurora-postgresql17", "17.5"


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(ACCOUNT, "us-east-1") as emulated:
        yield emulated


def database(*, retained: bool = False, **changes: Any) -> Callable[[], None]:
    """A program with a cluster of a writer and a reader behind a proxy, and a generated secret."""
    kept = pulumi.ResourceOptions(protect=retained, retain_on_delete=retained)

    def program() -> None:
        network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16")
        subnets = [
            aws.ec2.Subnet(
                f"subnet-{zone}",
                vpc_id=network.id,
                cidr_block=f"10.0.{number}.0/24",
                availability_zone=f"us-east-1{zone}",
            ).id
            for number, zone in enumerate("ab")
        ]
        group = aws.ec2.SecurityGroup("database", vpc_id=network.id, description="Database")
        key = aws.kms.Key("database", enable_key_rotation=True)
        role = aws.iam.Role("monitoring", assume_role_policy=trust("monitoring.rds.amazonaws.com"))
        settings: dict[str, Any] = {
            "engine": "aurora-postgresql",
            "engine_version": VERSION,
            "db_subnet_group_name": aws.rds.SubnetGroup("vectors", subnet_ids=subnets, opts=kept).name,
            "db_cluster_parameter_group_name": aws.rds.ClusterParameterGroup(
                "vectors", family=FAMILY, parameters=[{"name": "rds.force_ssl", "value": "1"}], opts=kept
            ).name,
            "vpc_security_group_ids": [group.id],
            "master_username": "postgres",
            "manage_master_user_password": True,
            "master_user_secret_kms_key_id": key.key_id,
            "storage_encrypted": True,
            "kms_key_id": key.arn,
            "serverlessv2_scaling_configuration": {"min_capacity": 0.5, "max_capacity": 2},
            "skip_final_snapshot": True,
            **changes,
        }
        cluster = aws.rds.Cluster("vectors", **settings, opts=kept)
        instances = [
            aws.rds.ClusterInstance(
                f"vectors-{number}",
                identifier=f"vectors-{number}",
                cluster_identifier=cluster.id,
                engine=aws.rds.EngineType.AURORA_POSTGRESQL,
                engine_version=cluster.engine_version,
                instance_class="db.serverless",
                availability_zone=f"us-east-1{zone}",
                monitoring_interval=60,
                monitoring_role_arn=role.arn,
                opts=pulumi.ResourceOptions(retain_on_delete=retained),
            )
            for number, zone in enumerate("ab")
        ]
        proxy = aws.rds.Proxy(
            "front",
            engine_family="POSTGRESQL",
            auths=[
                {
                    "auth_scheme": "SECRETS",
                    "iam_auth": "REQUIRED",
                    "secret_arn": cluster.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn or ""),
                }
            ],
            role_arn=aws.iam.Role("front", assume_role_policy=trust("rds.amazonaws.com")).arn,
            vpc_subnet_ids=subnets,
            require_tls=True,
        )
        pool = aws.rds.ProxyDefaultTargetGroup(
            "front", db_proxy_name=proxy.name, connection_pool_config={"max_connections_percent": 90}
        )
        aws.rds.ProxyTarget(
            "front",
            db_proxy_name=proxy.name,
            target_group_name=pool.name,
            db_cluster_identifier=cluster.id,
            opts=pulumi.ResourceOptions(depends_on=instances),
        )
        user = pulumi.Output.format(
            "arn:aws:rds-db:us-east-1:{}:dbuser:{}/embedding", ACCOUNT, cluster.cluster_resource_id
        )
        statement = {"Effect": "Allow", "Action": "rds-db:connect", "Resource": user}
        aws.iam.Policy(
            "user", policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)
        )
        secret = aws.secretsmanager.Secret("api-key", kms_key_id=key.arn, recovery_window_in_days=0)
        password = aws.secretsmanager.get_random_password_output(password_length=32, exclude_punctuation=True)
        value = aws.secretsmanager.SecretVersion(
            "api-key",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(pulumi.Output.json_dumps({"api-key": password.random_password})),
        )
        pulumi.export("endpoint", cluster.endpoint)
        pulumi.export("proxy", proxy.endpoint)
        pulumi.export("value", value.secret_string)

    return program


def up(account: Account, program: Callable[[], None]) -> Rehearsal:
    demo: Target = target(program)
    return phases.up(demo, account, Silence())


def test_it_is_created_read_back_and_taken_down(account: Account) -> None:
    rehearsal = up(account, database())
    assert rehearsal.faults == []
    assert rehearsal.leftovers == []
    assert rehearsal.outcomes()[Outcome.CREATED] > 15
    assert rehearsal.outcomes()[Outcome.RECORDED] == 0
    assert rehearsal.outputs["endpoint"].startswith("vectors-")
    assert ".db-proxy-" in rehearsal.outputs["proxy"]
    assert rehearsal.outputs["value"] == "[secret]"


def test_a_retained_cluster_stays_with_what_it_stands_on(account: Account) -> None:
    rehearsal = up(account, database(retained=True, deletion_protection=True))
    assert rehearsal.faults == []
    assert {(left.type.rpartition(":")[2], left.retained) for left in rehearsal.leftovers} == {
        ("Cluster", True),
        ("ClusterInstance", True),
        ("ClusterParameterGroup", True),
        ("SubnetGroup", True),
    }


def test_deletion_protection_stands_in_the_way_of_a_teardown(account: Account) -> None:
    faults = up(account, database(deletion_protection=True)).faults
    assert {fault.check for fault in faults} == {Check.TEARDOWN}
    assert any("disable deletion protection" in fault.message for fault in faults)


def test_a_fault_is_found_before_anything_is_made(account: Account) -> None:
    faults = up(account, database(engine_version="16.6", backup_retention_period=40)).faults
    found = {(fault.check, fault.property) for fault in faults}
    assert (Check.RULE, "dbClusterParameterGroupName") in found
    assert (Check.RULE, "backupRetentionPeriod") in found


def test_the_report_shows_no_secret(account: Account) -> None:

    rehearsal = up(account, database())
    [version] = [r for r in rehearsal.resources if r.registration.type.endswith(":SecretVersion")]
    assert len(json.loads(version.outputs["secretString"])["api-key"]) == 32
    assert json.loads(version.outputs["secretString"])["api-key"] not in json.dumps(document(rehearsal))
