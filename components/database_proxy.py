"""RDS Proxy before an Aurora cluster: many short connections of pods share few of the database's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, iam, rds, vpc

from components.policy_statement import allow, document
from components.trust import service_trust


@dataclass(frozen=True, kw_only=True)
class DatabaseProxyArgs:
    """What `DatabaseProxy` needs."""

    proxy_name: str
    cluster_identifier: pulumi.Input[str]
    user_arn: pulumi.Input[str]
    """Database user that the proxy signs in as, as `rds-db:connect` names it."""
    port: int
    database_security_group_id: pulumi.Input[str]
    client_security_group_id: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource]
    """The cluster's instances: a target without any is unavailable."""


class DatabaseProxy(pulumi.ComponentResource):
    """Proxy, its way to the cluster's writer, its role and its security group.

    Clients sign in with tokens of IAM, and so does the proxy: it knows no password.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html
    """

    endpoint: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    """`prx-0123456789abcdef0`, which `rds-db:connect` names."""
    ready: pulumi.Resource

    def __init__(self, name: str, args: DatabaseProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:database_proxy:DatabaseProxy", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        security_group = ec2.SecurityGroup(
            f"{name}-sg",
            description="Database proxy: PostgreSQL from nodes and pods, and on to the database",
            vpc_id=args.vpc_id,
            tags={"Name": f"{name}-sg"},
            opts=child,
        )
        ways = (
            (vpc.SecurityGroupIngressRule, "from-pods", security_group.id, args.client_security_group_id),
            (vpc.SecurityGroupEgressRule, "to-database", security_group.id, args.database_security_group_id),
            (vpc.SecurityGroupIngressRule, "into-database", args.database_security_group_id, security_group.id),
        )
        rules = [
            rule(
                f"{name}-{way}",
                security_group_id=owner,
                description=f"PostgreSQL {way.replace('-', ' ')}",
                ip_protocol="tcp",
                from_port=args.port,
                to_port=args.port,
                referenced_security_group_id=other,
                opts=child,
            )
            for rule, way, owner, other in ways
        ]
        role = iam.Role(
            f"{name}-role",
            description="The database proxy signs in to the database with it",
            # Without an account, as AWS shows it: RDS is not documented to name the one it acts for here, and a role
            # can be handed to a proxy of its own account only.
            assume_role_policy=service_trust("rds.amazonaws.com"),
            opts=child,
        )
        sign_in = iam.RolePolicy(
            f"{name}-sign-in",
            role=role.name,
            policy=document([allow("SignIn", "rds-db:connect", args.user_arn)]),
            opts=child,
        )
        proxy = rds.Proxy(
            f"{name}-proxy",
            name=args.proxy_name,
            engine_family="POSTGRESQL",
            default_auth_scheme="IAM_AUTH",
            require_tls=True,
            idle_client_timeout=1800,
            role_arn=role.arn,
            vpc_subnet_ids=args.subnet_ids,
            vpc_security_group_ids=[security_group.id],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[sign_in, *rules]),
        )
        group = rds.ProxyDefaultTargetGroup(
            f"{name}-pool",
            db_proxy_name=proxy.name,
            connection_pool_config={
                "max_connections_percent": 90,  # the rest is the administrator's
                "max_idle_connections_percent": 50,
                "connection_borrow_timeout": 30,
            },
            opts=child,
        )
        self.ready = rds.ProxyTarget(
            f"{name}-target",
            db_proxy_name=proxy.name,
            target_group_name=group.name,
            db_cluster_identifier=args.cluster_identifier,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )

        self.endpoint = proxy.endpoint
        self.resource_id = proxy.arn.apply(lambda arn: arn.rpartition(":")[2])
        self.register_outputs({"endpoint": self.endpoint, "resourceId": self.resource_id})
