"""Pinecone: its API key's place in Secrets Manager, the private way to it, and what its index is to be.

The index itself is made and kept by a job of the pipeline (`pinecone-index`): a preview would otherwise have to ask
Pinecone, with a key that exists only after somebody has put it into the secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import ec2, secretsmanager, vpc

from catalogue.vector_databases import PrivateLink
from components.generated_secret import RECOVERY_DAYS
from components.vector_connection import Egress, VectorConnection
from components.workload_access import secret_prefix

PORT: Final = 443
CONTROL_HOST: Final = "api.pinecone.io"
SECRET_PATH: Final = "vector-database/pinecone-api-key"  # noqa: S105 - the name of a secret
SECRET_KEY: Final = "api-key"  # noqa: S105 - the name of a key


@dataclass(frozen=True, kw_only=True)
class PineconeArgs:
    """What `PineconeIndex` needs."""

    environment: str
    declaration: Mapping[str, Any]
    """What the index is to be, as the command `pinecone-index` reads it; its `name` names the index."""
    host: str | None
    """Host that Pinecone gave the index; None until it is known."""
    private_link: PrivateLink | None
    """Where Pinecone answers inside AWS's network; None for the internet."""
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    subnet_ids: Sequence[pulumi.Input[str]]
    client_security_group_id: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    retained: bool


class PineconeIndex(pulumi.ComponentResource):
    """Secret for the API key, without a value: put it there before the job runs. Where asked for, a PrivateLink."""

    connection: VectorConnection

    def __init__(self, name: str, args: PineconeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:pinecone_index:PineconeIndex", name, None, opts)
        secret = secretsmanager.Secret(
            f"{name}-key",
            name=f"{secret_prefix(args.environment)}{SECRET_PATH}",
            description=f'API key of Pinecone: {{"{SECRET_KEY}": "..."}}',
            kms_key_id=args.secrets_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.retained else 0,
            opts=pulumi.ResourceOptions(parent=self, protect=args.retained, retain_on_delete=args.retained),
        )
        ready: list[pulumi.Resource] = [secret]
        security_group_id = None
        if args.private_link is not None:
            security_group_id, endpoint = self._private_link(name, args, args.private_link)
            ready.append(endpoint)

        host = pulumi.Output.from_input(args.host or CONTROL_HOST)
        # Without a host clients ask Pinecone for it, by the index's name.
        url = pulumi.Output.from_input(f"https://{args.host}" if args.host else f"index:{args.declaration['name']}")
        self.connection = VectorConnection(
            endpoint=host,
            reader_endpoint=host,
            port=PORT,
            tls=True,
            url=url,
            reader_url=url,
            admin_url=url,
            secret_name=secret.name,
            secret_arn=secret.arn,
            secret_key=SECRET_KEY,
            security_group_id=security_group_id,
            egress=Egress(cidrs=[args.vpc_cidr if args.private_link and args.host else "0.0.0.0/0"], ports=[PORT]),
            ready=ready,
        )
        self.register_outputs({"endpoint": host, "secretArn": secret.arn})

    def _private_link(
        self, name: str, args: PineconeArgs, link: PrivateLink
    ) -> tuple[pulumi.Output[str], ec2.VpcEndpoint]:
        """Make the endpoint; its private DNS answers for the index's private host.

        https://docs.pinecone.io/guides/production/configure-private-endpoints
        """
        security_group = ec2.SecurityGroup(
            f"{name}-sg",
            description="Endpoint of Pinecone: HTTPS from nodes and pods",
            vpc_id=args.vpc_id,
            tags={"Name": f"{name}-sg"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        https = vpc.SecurityGroupIngressRule(
            f"{name}-from-pods",
            security_group_id=security_group.id,
            description="HTTPS from nodes and pods",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            referenced_security_group_id=args.client_security_group_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        endpoint = ec2.VpcEndpoint(
            f"{name}-endpoint",
            vpc_id=args.vpc_id,
            service_name=link.service,
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=args.subnet_ids,
            security_group_ids=[security_group.id],
            tags={"Name": f"{name}-endpoint"},
            # Private DNS answers as soon as the endpoint stands: the rule must let HTTPS in by then.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[https]),
        )
        return security_group.id, endpoint
