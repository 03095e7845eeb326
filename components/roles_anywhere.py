"""IAM Roles Anywhere: whose certificates AWS believes, and which role they open."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import rolesanywhere


@dataclass(frozen=True, kw_only=True)
class CertificateAuthority:
    """Who signs the machines' certificates: a CA of one's own, or one of AWS Private CA."""

    pem: str | None = None
    private_ca_arn: str | None = None

    def __post_init__(self) -> None:
        """Refuse none and two."""
        if (self.pem is None) == (self.private_ca_arn is None):
            raise ValueError("a trust anchor has exactly one CA: its certificates, or the ARN of a private CA")


def trust_anchor(
    parent: pulumi.Resource, name: str, platform: str, authority: CertificateAuthority
) -> pulumi.Output[str]:
    """Register the trust anchor of a CA; return its ARN."""
    return rolesanywhere.TrustAnchor(
        f"{name}-trust-anchor",
        name=f"{platform}-hybrid-nodes",
        enabled=True,
        source=rolesanywhere.TrustAnchorSourceArgs(
            source_type="CERTIFICATE_BUNDLE" if authority.pem else "AWS_ACM_PCA",
            source_data=rolesanywhere.TrustAnchorSourceSourceDataArgs(
                x509_certificate_data=authority.pem, acm_pca_arn=authority.private_ca_arn
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    ).arn


def roles_anywhere_profile(
    parent: pulumi.Resource, name: str, platform: str, role_arn: pulumi.Input[str], session_hours: int
) -> pulumi.Output[str]:
    """Register the profile that opens one role; return its ARN.

    A session bears the machine's name, by which the API server knows the node; the profile has to allow that.
    """
    return rolesanywhere.Profile(
        f"{name}-profile",
        name=f"{platform}-hybrid-nodes",
        enabled=True,
        role_arns=[role_arn],
        duration_seconds=session_hours * 3600,
        accept_role_session_name=True,
        opts=pulumi.ResourceOptions(parent=parent),
    ).arn
