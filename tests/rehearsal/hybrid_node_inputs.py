"""Own machines in the tables of what AWS accepts and refuses: networks, entries, anchors, profiles, activations."""

from __future__ import annotations

from typing import Any, Final

from tests.rehearsal.refusal import ABSENT, Refused, rows
from tests.rehearsal.standing_world import ACCOUNT, REGION, SUBNET_A, SUBNET_B, role_arn

PEM: Final = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"
PRIVATE_CA: Final = f"arn:aws:acm-pca:{REGION}:{ACCOUNT}:certificate-authority/0f3c1d52-5a6b-4c7d-8e9f-a0b1c2d3e4f5"

ACCEPTED_HYBRID_NODES: dict[str, tuple[str, dict[str, Any]]] = {
    "hybrid cluster": (
        "aws:eks/cluster:Cluster",
        {
            "name": "llm-platform-hybrid",
            "roleArn": role_arn("cluster"),
            "version": "1.35",
            "vpcConfig": {"subnetIds": [SUBNET_A, SUBNET_B]},
            "accessConfig": {"authenticationMode": "API"},
            "remoteNetworkConfig": {
                "remoteNodeNetworks": {"cidrs": ["10.200.0.0/24"]},
                "remotePodNetworks": {"cidrs": ["10.201.0.0/16"]},
            },
        },
    ),
    "hybrid entry": (
        "aws:eks/accessEntry:AccessEntry",
        {"clusterName": "llm", "principalArn": role_arn("own-machines"), "type": "HYBRID_LINUX"},
    ),
    "node entry": (
        "aws:eks/accessEntry:AccessEntry",
        {"clusterName": "llm", "principalArn": role_arn("nodes"), "type": "EC2_LINUX"},
    ),
    "trust anchor": (
        "aws:rolesanywhere/trustAnchor:TrustAnchor",
        {
            "name": "llm-platform-dev-hybrid-nodes",
            "enabled": True,
            "source": {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": PEM}},
        },
    ),
    "profile": (
        "aws:rolesanywhere/profile:Profile",
        {
            "name": "llm-platform-dev-hybrid-nodes",
            "enabled": True,
            "roleArns": [role_arn("own-machines")],
            "durationSeconds": 3600,
            "acceptRoleSessionName": True,
        },
    ),
    "activation": ("aws:ssm/activation:Activation", {"iamRole": "registered", "registrationLimit": 2}),
}

REFUSED_HYBRID_NODES: tuple[Refused, ...] = (
    *rows(
        "hybrid cluster",
        ("remoteNetworkConfig.remoteNodeNetworks.cidrs", ["203.0.113.0/24"], "InvalidParameterException: not private"),
        ("remoteNetworkConfig.remoteNodeNetworks.cidrs", ["10.0.128.0/24"], "InvalidParameterException: the VPC's"),
        ("remoteNetworkConfig.remotePodNetworks.cidrs", ["10.200.0.0/16"], "InvalidParameterException: overlap"),
        ("remoteNetworkConfig.remotePodNetworks.cidrs", ["10.201.0.0"], "InvalidParameterException: no block"),
        ("accessConfig", {"authenticationMode": "CONFIG_MAP"}, "InvalidParameterException"),
    ),
    *rows(
        "hybrid entry",
        ("principalArn", role_arn("nodes"), "a role that EC2 alone assumes"),
        ("kubernetesGroups", ["gpu"], "InvalidParameterException: only of type STANDARD"),
        ("userName", "dgx", "InvalidParameterException: only of type STANDARD"),
    ),
    *rows("node entry", ("principalArn", role_arn("own-machines"), "a role that EC2 does not assume")),
    *rows(
        "trust anchor",
        ("source.sourceType", "ACM_PCA", "ValidationException"),
        ("source.sourceType", "AWS_ACM_PCA", "ValidationException: no CA's ARN"),
        ("source.sourceData", {"x509CertificateData": PEM, "acmPcaArn": PRIVATE_CA}, "ValidationException: a union"),
        ("source.sourceData.x509CertificateData", "our-ca.pem", "ValidationException"),
        ("name", "hybrid.nodes", "ValidationException"),
        ("source", ABSENT, "ValidationException"),
    ),
    *rows(
        "profile",
        ("durationSeconds", 600, "ValidationException: 900 to 43200"),
        ("durationSeconds", 86400, "ValidationException: 900 to 43200"),
        ("roleArns", [role_arn("nodes")], "AccessDeniedException when it is used"),
    ),
    *rows(
        "activation",
        ("iamRole", "nodes", "ValidationException: not trusted"),
        ("registrationLimit", 0, "ValidationException"),
        ("registrationLimit", 1001, "ValidationException"),
        ("expirationDate", "2020-01-01T00:00:00Z", "ValidationException: past"),
        ("expirationDate", "2199-01-01T00:00:00Z", "ValidationException: more than 30 days"),
    ),
)
