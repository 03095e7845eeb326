"""Secrets are encrypted with customer keys, wherever they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.customer_keys import Encryption, not_a_customer_key, unencrypted
from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

MASTER = Encryption("masterUserSecretKmsKeyId", when="manageMasterUserPassword")
"""Password that AWS makes and keeps in Secrets Manager."""
ENCRYPTIONS = {
    "aws:eks/cluster:Cluster": (),
    "aws:rds/cluster:Cluster": (MASTER,),
    "aws:rds/instance:Instance": (MASTER,),
    "aws:redshift/cluster:Cluster": (Encryption("masterPasswordSecretKmsKeyId", when="manageMasterPassword"),),
    "aws:redshiftserverless/namespace:Namespace": (
        Encryption("adminPasswordSecretKmsKeyId", when="manageAdminPassword"),
    ),
    "aws:secretsmanager/secret:Secret": (Encryption("kmsKeyId"), Encryption("kmsKeyId", within="replicas")),
    "aws:ssm/parameter:Parameter": (),
}


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at each secret of a type, at parameters that are secrets, and at the Secrets of a cluster."""
    properties = resource.properties
    yield from each(ENCRYPTIONS[resource.type], partial(unencrypted, properties))
    if resource.kind == "Parameter" and properties.text("type") == "SecureString":
        yield from not_a_customer_key(properties, "keyId")
    elif resource.type == "aws:eks/cluster:Cluster":
        yield from _cluster(properties)


def _cluster(cluster: Properties) -> Iterator[Violation]:
    given = cluster.inners("encryptionConfig")
    if not given:
        remedy = 'give resources ["secrets"] and provider.keyArn'
        yield Violation("is absent: Secrets have no customer key", remedy, "encryptionConfig")
    yield from each(given, _encryption_config)


def _encryption_config(config: Properties) -> Iterator[Violation]:
    yield from not_a_customer_key(config, "provider.keyArn")
    if "secrets" not in (resources := config.texts("resources")):
        yield Violation(f"is {', '.join(resources) or 'empty'}", "name secrets", config.at("resources"))


POLICY = ResourcePolicy(
    name="secrets-use-customer-keys",
    description="Every secret, secret parameter, managed password and the Secrets of a cluster have a customer key.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=tuple(ENCRYPTIONS),
    validate=validate,
)
