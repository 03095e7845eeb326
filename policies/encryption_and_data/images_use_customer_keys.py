"""Images are encrypted with customer keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.customer_keys import Encryption, unencrypted
from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

IMAGES = Encryption("kmsKey", stated="encryptionType", allowed=("KMS", "KMS_DSSE"))


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at a repository; without a configuration AWS takes AES256 and its own key."""
    given = resource.properties.inners("encryptionConfigurations")
    if not given:
        remedy = "give encryptionType KMS and a key of this environment, which can't be changed later"
        yield Violation("is absent: AWS takes a key of its own", remedy, "encryptionConfigurations")
    yield from each(given, partial(unencrypted, encryption=IMAGES))


POLICY = ResourcePolicy(
    name="images-use-customer-keys",
    description="Every image repository is encrypted with a customer key.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=(
        "aws:ecr/repository:Repository",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    ),
    validate=validate,
)
