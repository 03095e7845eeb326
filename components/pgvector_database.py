"""pgvector: Aurora PostgreSQL in the database subnets, its own writer and readers, parameters and log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, rds, vpc

from catalogue.vector_databases import load_vector_databases
from components.aurora_facts import AuroraFacts
from components.aurora_instances import AuroraInstances, AuroraInstancesArgs
from components.database_proxy import DatabaseProxy, DatabaseProxyArgs
from components.postgres_parameters import cluster_parameters, instance_parameters
from components.vector_connection import Egress, VectorConnection

PORT = 5432
DATABASE = "vectors"
ADMINISTRATOR = "platform"
PIPELINE_USER = "embedding"
"""Made by the pipeline's migrations, which let it sign in with tokens of IAM and nothing else."""
SERVERLESS_CLASS = "db.serverless"
BACKUP_WINDOW, MAINTENANCE_WINDOW = "02:00-03:00", "sun:03:30-sun:04:30"
"""UTC."""


@dataclass(frozen=True)
class ServerlessCapacity:
    """Aurora capacity units of an instance that is idle, and of one that is busy."""

    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class PgvectorArgs:
    """What `PgvectorDatabase` needs."""

    identifier: str
    """Of the cluster: `llm-platform-dev-vectors`."""
    serverless: ServerlessCapacity | None
    instance_class: str | None
    """One of the two. A class has local disks for Optimized Reads, and its cluster I/O-Optimized storage."""
    readers: int
    proxy: bool
    build_bytes: int
    """Memory in which the largest index is built quickly."""
    backup_days: int
    deletion_protection: bool
    retained: bool
    """Protect the cluster, and leave it and what it stands on when the stack goes; otherwise no snapshot is left."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Database subnet by zone: two or more. The writer is in the first, each reader in the next."""
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    client_security_group_id: pulumi.Input[str]
    """Of the cluster's nodes, and so of its pods."""
    database_key_arn: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    account_id: str
    region: str


class PgvectorDatabase(pulumi.ComponentResource):
    """Aurora cluster: encrypted with our key, TLS only, IAM sign-in, restorable to any second of its backups.

    The administrator's password is RDS's own to make, keep in Secrets Manager and rotate, every seven days.
    """

    connection: VectorConnection
    facts: AuroraFacts

    def __init__(self, name: str, args: PgvectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:pgvector_database:PgvectorDatabase", name, None, opts)
        if (args.serverless is None) == (args.instance_class is None):
            raise ValueError(f"{args.identifier}: needs either serverless capacity or an instance class")
        self._args, self._prefix = args, name
        self._kept = pulumi.ResourceOptions(parent=self, retain_on_delete=args.retained)
        self._aurora = load_vector_databases().aurora

        security_group = self._security_group()
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/rds/cluster/{args.identifier}/postgresql",
            kms_key_id=args.logs_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self._kept,
        )
        cluster = self._cluster(security_group, log)
        instances = self._instances(cluster).resources
        users = [self._user_arn(cluster.cluster_resource_id)]
        endpoint, ready = cluster.endpoint, list[pulumi.Resource](instances)
        self.facts = AuroraFacts(
            cluster_identifier=cluster.cluster_identifier,
            instance_identifiers=[instance.identifier for instance in instances],
            memory_gib=self._size()[0],
            serverless=args.serverless is not None,
            pauses=args.serverless is not None and args.serverless.minimum == 0,
            proxy_name=args.identifier if args.proxy else None,
        )
        if args.proxy:
            proxy = DatabaseProxy(
                f"{name}-proxy",
                DatabaseProxyArgs(
                    proxy_name=args.identifier,
                    cluster_identifier=cluster.cluster_identifier,
                    user_arn=users[0],
                    port=PORT,
                    database_security_group_id=security_group.id,
                    client_security_group_id=args.client_security_group_id,
                    vpc_id=args.vpc_id,
                    subnet_ids=list(args.subnet_ids.values()),
                    after=instances,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            endpoint = proxy.endpoint
            users.append(self._user_arn(proxy.resource_id))
            ready.append(proxy.ready)

        secret_arn = cluster.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn or "")
        self.connection = VectorConnection(
            endpoint=endpoint,
            reader_endpoint=cluster.reader_endpoint,
            port=PORT,
            tls=True,
            url=_url(PIPELINE_USER, endpoint),
            reader_url=_url(PIPELINE_USER, cluster.reader_endpoint),
            has_readers=args.readers > 0,
            admin_url=_url(ADMINISTRATOR, cluster.endpoint),
            secret_name=secret_arn.apply(secret_name),
            secret_arn=secret_arn,
            secret_key="password",  # noqa: S106 - the name of a key
            iam_user=PIPELINE_USER,
            connect_arns=users,
            security_group_id=security_group.id,
            egress=Egress(cidrs=[args.vpc_cidr], ports=[PORT]),
            ready=ready,
        )
        self.register_outputs({"endpoint": endpoint, "secretArn": secret_arn})

    def _security_group(self) -> ec2.SecurityGroup:
        # No egress rule: a database answers, it never calls.
        security_group = ec2.SecurityGroup(
            f"{self._prefix}-sg",
            description="Vector database: PostgreSQL from nodes and pods",
            vpc_id=self._args.vpc_id,
            tags={"Name": f"{self._prefix}-sg"},
            opts=self._kept,
        )
        vpc.SecurityGroupIngressRule(
            f"{self._prefix}-from-pods",
            security_group_id=security_group.id,
            description="PostgreSQL from nodes and pods",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            referenced_security_group_id=self._args.client_security_group_id,
            opts=self._kept,
        )
        return security_group

    def _cluster(self, security_group: ec2.SecurityGroup, log: cloudwatch.LogGroup) -> rds.Cluster:
        args, name = self._args, self._prefix
        subnets = rds.SubnetGroup(
            f"{name}-subnets",
            name=args.identifier,
            description="Database subnets of the vector database",
            subnet_ids=list(args.subnet_ids.values()),
            opts=self._kept,
        )
        # Named by the provider: another family is another group, which must stand before the cluster moves to it.
        parameters = rds.ClusterParameterGroup(
            f"{name}-cluster-parameters",
            description="Vector database: TLS only",
            family=self._aurora.parameter_family,
            parameters=cluster_parameters(),
            opts=self._kept,
        )
        return rds.Cluster(
            f"{name}-cluster",
            cluster_identifier=args.identifier,
            engine=rds.EngineType.AURORA_POSTGRESQL,
            engine_version=self._aurora.version,
            database_name=DATABASE,
            port=PORT,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[security_group.id],
            db_cluster_parameter_group_name=parameters.name,
            serverlessv2_scaling_configuration=_scaling(args.serverless),
            # Optimized Reads caches on local disk only where storage is I/O-Optimized.
            storage_type="aurora-iopt1" if args.instance_class else None,
            storage_encrypted=True,
            kms_key_id=args.database_key_arn,
            master_username=ADMINISTRATOR,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.secrets_key_arn,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=["postgresql"],
            backup_retention_period=args.backup_days,
            preferred_backup_window=BACKUP_WINDOW,
            preferred_maintenance_window=MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            deletion_protection=args.deletion_protection,
            delete_automated_backups=not args.retained,
            skip_final_snapshot=not args.retained,
            final_snapshot_identifier=f"{args.identifier}-final" if args.retained else None,
            apply_immediately=not args.retained,
            # RDS makes a log group that is missing, without our key and for ever.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.retained, retain_on_delete=args.retained, depends_on=[log]
            ),
        )

    def _instances(self, cluster: rds.Cluster) -> AuroraInstances:
        args = self._args
        memory_gib, vcpus = self._size()
        return AuroraInstances(
            f"{self._prefix}-instances",
            AuroraInstancesArgs(
                identifier=args.identifier,
                cluster_identifier=cluster.cluster_identifier,
                engine_version=cluster.engine_version,
                parameter_family=self._aurora.parameter_family,
                parameters=instance_parameters(memory_gib, vcpus, args.build_bytes),
                instance_class=args.instance_class or SERVERLESS_CLASS,
                count=args.readers + 1,
                zones=list(args.subnet_ids),
                database_key_arn=args.database_key_arn,
                account_id=args.account_id,
                retained=args.retained,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _size(self) -> tuple[float, int]:
        """Memory in GiB and CPUs of an instance; a serverless one has about a CPU for four ACUs."""
        args, aurora = self._args, self._aurora
        if args.serverless is not None:
            return args.serverless.maximum * aurora.acu_memory_gib, int(args.serverless.maximum / 4)
        known = aurora.instance_classes[args.instance_class or ""]
        return known.memory_gib, known.vcpus

    def _user_arn(self, resource_id: pulumi.Output[str]) -> pulumi.Output[str]:
        home = f"{self._args.region}:{self._args.account_id}"
        return pulumi.Output.format("arn:aws:rds-db:{}:dbuser:{}/{}", home, resource_id, PIPELINE_USER)


def secret_name(arn: str) -> str:
    """Name of a secret: `rds!cluster-<uuid>` of `arn:...:secret:rds!cluster-<uuid>-AbCdEf`."""
    return arn.rpartition(":secret:")[2].rpartition("-")[0]


def _scaling(capacity: ServerlessCapacity | None) -> rds.ClusterServerlessv2ScalingConfigurationArgsDict | None:
    if capacity is None:
        return None
    return {"min_capacity": capacity.minimum, "max_capacity": capacity.maximum}


def _url(user: str, host: pulumi.Output[str]) -> pulumi.Output[str]:
    return pulumi.Output.format("postgresql://{}@{}:{}/{}", user, host, PORT, DATABASE)
