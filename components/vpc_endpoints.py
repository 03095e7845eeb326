"""VPC endpoints: private ways to AWS's own APIs, so that nodes reach them without NAT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsArgs:
    """What `VpcEndpoints` needs."""

    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    region: str
    services: Sequence[str]
    """Short names of the services with an interface endpoint, such as `ecr.api`; may be none."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Where interface endpoints get their addresses: one subnet per zone."""
    route_table_ids: Sequence[pulumi.Input[str]]
    """Route tables that get a route to S3's gateway endpoint."""


class VpcEndpoints(pulumi.ComponentResource):
    """S3's gateway endpoint, interface endpoints with private DNS, and the security group before them."""

    security_group_id: pulumi.Output[str] | None
    """Security group of the interface endpoints; None where there are none."""
    interface_endpoint_ids: Mapping[str, pulumi.Output[str]]
    """By the service's short name."""

    def __init__(self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:vpc_endpoints:VpcEndpoints", name, None, opts)

        ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            tags={"Name": f"{name}-s3"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.interface_endpoint_ids = {}
        self.security_group_id = self._interface_endpoints(name, args) if args.services else None

        self.register_outputs({"security_group_id": self.security_group_id})

    def _interface_endpoints(self, name: str, args: VpcEndpointsArgs) -> pulumi.Output[str]:
        # No egress rule: an endpoint answers, it never calls.
        security_group = ec2.SecurityGroup(
            f"{name}-sg",
            description="Interface endpoints: HTTPS from inside the VPC",
            vpc_id=args.vpc_id,
            tags={"Name": f"{name}-sg"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        https = vpc.SecurityGroupIngressRule(
            f"{name}-https",
            security_group_id=security_group.id,
            description="HTTPS from the VPC",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=args.vpc_cidr,
            opts=pulumi.ResourceOptions(parent=self),
        )
        endpoints = {
            service: ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=args.subnet_ids,
                security_group_ids=[security_group.id],
                tags={"Name": f"{name}-{service}"},
                # Private DNS answers as soon as the endpoint stands: the rule must let HTTPS in by then.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[https]),
            )
            for service in args.services
        }
        self.interface_endpoint_ids = {service: endpoint.id for service, endpoint in endpoints.items()}
        return security_group.id
