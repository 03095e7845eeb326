"""What breaks the policy of one owner per resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.policies.breaking import Break, Instead, Mutation, With
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.samples.network_access import BUCKET
from tests.policies.whole_pack import compliant

NAMED: Mapping[str, Sample] = {sample.name: sample for sample in compliant()}


def again(name: str, **changes: Any) -> With:
    """Return a second resource of a thing that a sample stands for already."""
    sample = NAMED[name]
    return With(replace(sample, name=f"{name}-again", inputs={**sample.inputs, **changes}))


def inside(description: str, *, protocol: str = "tcp", **ports: int) -> list[dict[str, Any]]:
    """Return a list of rules as a security group has it."""
    return [{"description": description, "protocol": protocol, "cidrBlocks": ["10.40.0.0/16"], **ports}]


TWICE = (
    "bucket-models",
    "policy-of-bucket-models",
    "access-block-of-bucket-models",
    "encryption-of-models",
    "versioning-of-models",
    "lifecycle-of-models",
    "role-of-model",
    "profile-of-nodes",
    "permissions-of-batch",
    "permissions-of-scaling",
    "attachment-of-nodes",
    "identities-of-cluster",
    "alias-of-storage",
    "log-of-batch",
    "parameter-of-secret",
    "secret-hugging-face",
    "repository-vllm",
    "cluster",
    "access-of-admin",
    "access-policy-of-admin",
    "database-proxy",
    "table",
    "group-default",
    "endpoint-s3",
    "route-out",
    "table-of-private",
    "embedder",
    "relays",
    "class-gp3",
    "service-of-gateway",
    "nodes-inference",
)

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "one-owner-per-resource": [
        *(again(name) for name in TWICE),
        *(
            again(name, **{property_: UNKNOWN})
            for name, property_ in (
                ("encryption-of-models", "bucket"),
                ("attachment-of-nodes", "role"),
                ("route-out", "routeTableId"),
                ("table-of-private", "subnetId"),
            )
        ),
        again("policy-of-bucket-models", bucket=f"arn:aws:s3:::{BUCKET}"),
        Break(
            "group-of-endpoints",
            "ingress",
            [
                [
                    {
                        "description": "TLS from the VPC",
                        "protocol": "tcp",
                        "fromPort": 443,
                        "toPort": 443,
                        "cidrBlocks": ["10.40.0.0/16"],
                    }
                ]
            ],
        ),
        Break(
            "group-of-endpoints",
            "egress",
            [
                [
                    {
                        "description": "TLS from the VPC",
                        "protocol": "tcp",
                        "fromPort": 443,
                        "toPort": 443,
                        "cidrBlocks": ["10.40.0.0/16"],
                    }
                ]
            ],
        ),
        Break("table-private", "routes", [[{"cidrBlock": "10.50.0.0/16", "natGatewayId": "nat-1"}]]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "one-owner-per-resource": [
        # What AWS answers after a refresh has the rules and routes that stand apart.
        Break("group-of-endpoints", "ingress", [inside("DNS over TLS from the VPC", fromPort=853, toPort=853)]),
        Break(
            "group-of-endpoints",
            "egress",
            [inside("Answers to the VPC", protocol=all_, fromPort=0, toPort=0) for all_ in ("-1", "all")],
        ),
        Break(
            "table-private",
            "routes",
            [[{"cidrBlock": "0.0.0.0/0", "ipv6CidrBlock": "", "destinationPrefixListId": "", "natGatewayId": "nat-1"}]],
        ),
        Instead(
            "table-public",
            lambda table: replace(table, inputs={**table.inputs, "routes": [{"cidrBlock": "0.0.0.0/0"}]}),
            "with the route that stands apart",
        ),
        Break("group-of-batch", "ingress", [inside("TLS from the VPC", fromPort=443, toPort=443)]),
    ],
}
