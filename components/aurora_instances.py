"""Instances of an Aurora PostgreSQL cluster: a writer, and readers in other zones that may become it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, rds

from components.trust import service_trust

CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
"""The bundle to verify it with: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"""
FREE_INSIGHTS_DAYS = 7
MONITORING_SECONDS = 60
MONITORING_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


@dataclass(frozen=True, kw_only=True)
class AuroraInstancesArgs:
    """What `AuroraInstances` needs."""

    identifier: str
    """Start of the instances' names: `llm-platform-dev-vectors`."""
    cluster_identifier: pulumi.Input[str]
    engine_version: pulumi.Input[str]
    parameter_family: str
    parameters: Sequence[rds.ParameterGroupParameterArgsDict]
    instance_class: str
    count: int
    zones: Sequence[str]
    """The first instance is in the first zone, the next in the next."""
    database_key_arn: pulumi.Input[str]
    account_id: str
    retained: bool


class AuroraInstances(pulumi.ComponentResource):
    """Instances with their parameters, performance insights, and metrics of their operating systems.

    They are numbered, not called writer and reader: a failover changes which is which.
    """

    resources: Sequence[rds.ClusterInstance]

    def __init__(self, name: str, args: AuroraInstancesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:aurora_instances:AuroraInstances", name, None, opts)
        self._args, self._prefix = args, name
        self._kept = pulumi.ResourceOptions(parent=self, retain_on_delete=args.retained)
        role = iam.Role(
            f"{name}-monitoring",
            description="RDS writes the operating system metrics of the database's instances with it",
            assume_role_policy=service_trust("monitoring.rds.amazonaws.com", args.account_id),
            opts=self._kept,
        )
        monitoring = iam.RolePolicyAttachment(
            f"{name}-monitoring", role=role.name, policy_arn=MONITORING_POLICY, opts=self._kept
        )
        # Named by the provider: another family is another group, which must stand before an instance moves to it.
        parameters = rds.ParameterGroup(
            f"{name}-parameters",
            description="Vector database: room to build indexes in",
            family=args.parameter_family,
            parameters=args.parameters,
            opts=self._kept,
        )
        # Aurora takes the first that it gets as the writer.
        first = self._instance(0, parameters, role, [monitoring])
        others = [self._instance(number, parameters, role, [monitoring, first]) for number in range(1, args.count)]
        self.resources = [first, *others]
        self.register_outputs({"identifiers": [instance.identifier for instance in self.resources]})

    def _instance(
        self, number: int, parameters: rds.ParameterGroup, role: iam.Role, after: Sequence[pulumi.Resource]
    ) -> rds.ClusterInstance:
        args = self._args
        return rds.ClusterInstance(
            f"{self._prefix}-{number}",
            identifier=f"{args.identifier}-{number}",
            cluster_identifier=args.cluster_identifier,
            engine=rds.EngineType.AURORA_POSTGRESQL,
            engine_version=args.engine_version,
            instance_class=args.instance_class,
            availability_zone=args.zones[number % len(args.zones)],
            db_parameter_group_name=parameters.name,
            promotion_tier=min(number, 1),  # at 0 and 1 a serverless reader stays as large as the writer
            publicly_accessible=False,
            auto_minor_version_upgrade=False,  # the version stands in the catalogue
            ca_cert_identifier=CERTIFICATE_AUTHORITY,
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=role.arn,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.database_key_arn,
            performance_insights_retention_period=FREE_INSIGHTS_DAYS,
            copy_tags_to_snapshot=True,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.retained, depends_on=list(after)),
        )
