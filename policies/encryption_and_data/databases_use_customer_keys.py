"""Databases are encrypted with customer keys, and so are their copies and what is recorded about their queries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.customer_keys import Encryption, not_a_customer_key, unencrypted
from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

STORAGE = Encryption("kmsKeyId", stated="storageEncrypted")
INSIGHTS = Encryption("performanceInsightsKmsKeyId", when="performanceInsightsEnabled")
DOMAIN = Encryption("encryptAtRest.kmsKeyId", stated="encryptAtRest.enabled")
ENCRYPTIONS = {
    "aws:backup/vault:Vault": (Encryption("kmsKeyArn"),),
    "aws:docdb/cluster:Cluster": (STORAGE,),
    "aws:dsql/cluster:Cluster": (Encryption("kmsEncryptionKey"),),
    "aws:dynamodb/table:Table": (
        Encryption("serverSideEncryption.kmsKeyArn", stated="serverSideEncryption.enabled"),
        Encryption("kmsKeyArn", within="replicas"),
    ),
    "aws:dynamodb/tableReplica:TableReplica": (Encryption("kmsKeyArn"),),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        # A member of a global datastore takes the key of its primary.
        Encryption("kmsKeyId", stated="atRestEncryptionEnabled", unless=("globalReplicationGroupId",)),
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": (Encryption("kmsKeyId"),),
    "aws:elasticsearch/domain:Domain": (DOMAIN,),
    "aws:memorydb/cluster:Cluster": (Encryption("kmsKeyArn"),),
    "aws:neptune/cluster:Cluster": (Encryption("kmsKeyArn", stated="storageEncrypted"),),
    "aws:opensearch/domain:Domain": (DOMAIN,),
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": (),
    "aws:rds/cluster:Cluster": (STORAGE, INSIGHTS),
    "aws:rds/clusterInstance:ClusterInstance": (INSIGHTS,),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": (Encryption("kmsKeyId"),),
    "aws:rds/instance:Instance": (INSIGHTS,),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (Encryption("kmsKeyId"),),
    "aws:rds/snapshotCopy:SnapshotCopy": (Encryption("kmsKeyId"),),
    "aws:redshift/cluster:Cluster": (Encryption("kmsKeyId", stated="encrypted"),),
    "aws:redshiftserverless/namespace:Namespace": (Encryption("kmsKeyId"),),
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket": (
        Encryption(
            "encryptionConfigurations.0.kmsKeyArn", stated="encryptionConfigurations.0.sseType", allowed=("aws:kms",)
        ),
    ),
    "aws:s3tables/tableBucket:TableBucket": (
        Encryption(
            "encryptionConfiguration.kmsKeyArn", stated="encryptionConfiguration.sseAlgorithm", allowed=("aws:kms",)
        ),
    ),
    "aws:timestreamwrite/database:Database": (Encryption("kmsKeyId"),),
}


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at each encryption of a type, and at the two types that say it in their own ways."""
    yield from each(ENCRYPTIONS[resource.type], partial(unencrypted, resource.properties))
    if resource.type == "aws:rds/instance:Instance":
        yield from _instance(resource.properties)
    elif resource.kind == "ServerlessSecurityPolicy" and resource.properties.text("type") == "encryption":
        policy = resource.properties.document("policy")
        if policy.flag("AWSOwnedKey"):
            yield Violation(
                "is true", "set it to false and KmsARN to a key of this environment", policy.at("AWSOwnedKey")
            )
        else:
            yield from not_a_customer_key(policy, "KmsARN")


def _instance(instance: Properties) -> Iterator[Violation]:
    """Look at an instance; a replica in the region of its source, named without an ARN, takes the source's key."""
    source = instance.text("replicateSourceDb")
    if source is None or source.startswith("arn:"):
        yield from unencrypted(instance, STORAGE)


POLICY = ResourcePolicy(
    name="databases-use-customer-keys",
    description="Every database, its copies and its query records are encrypted with customer keys.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=tuple(ENCRYPTIONS),
    validate=validate,
)
