"""No policy or access list of a resource lets everybody use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.addresses import too_wide, widest_entries
from policies.configuration import texts
from policies.globs import glob_matches
from policies.iam_documents import Statement, each_statement
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

DOCUMENTS: Final = {
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:s3/bucketV2:BucketV2": "policy",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": "policy",
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
    "aws:s3control/bucketPolicy:BucketPolicy": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:msk/clusterPolicy:ClusterPolicy": "policy",
    "aws:redshift/resourcePolicy:ResourcePolicy": "policy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
}
"""Property that holds the document, by type."""
ACCESS_LISTS: Final = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
"""Beside buckets, which have one of their own."""
COPIES: Final = {
    "aws:rds/snapshot:Snapshot": ("sharedAccounts", "all"),
    "aws:rds/clusterSnapshot:ClusterSnapshot": ("sharedAccounts", "all"),
    "aws:rds/snapshotCopy:SnapshotCopy": ("sharedAccounts", "all"),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("sharedAccounts", "all"),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("group", "all"),
    "aws:lambda/functionUrl:FunctionUrl": ("authorizationType", "NONE"),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("principal", "*"),
    "aws:cloudwatch/eventPermission:EventPermission": ("principal", "*"),
}
"""Property that says who may have a copy or call, and what stands there for everybody, by type."""
OPEN_LISTS: Final = ("public-read", "public-read-write", "authenticated-read")
OPEN_GROUPS: Final = ("/AllUsers", "/AuthenticatedUsers")
SOURCE_ADDRESS: Final = "aws:SourceIp"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at documents, at access lists of buckets and at permissions to invoke functions."""
    properties = resource.properties
    if resource.type in DOCUMENTS:
        document = properties.document(DOCUMENTS[resource.type])
        yield from each_statement(document, lambda statement: _public(statement, configuration))
    yield from _open_list(properties)
    if resource.type in COPIES:
        yield from _given_to_everybody(properties, *COPIES[resource.type])
    if resource.kind == "Permission" and properties.text("principal") == "*" and not properties.has("principalOrgId"):
        yield Violation("lets everybody invoke the function", "name the principal", "principal")


def _public(statement: Statement, configuration: Properties) -> Iterator[Violation]:
    if not statement.allows or not statement.names_everyone:
        return
    wanted = [key.lower() for key in configuration.texts("narrowing_conditions")]
    if any(glob_matches(pattern, key) for pattern in wanted for key in statement.condition_keys()):
        return
    addresses = Properties({"Values": statement.condition(SOURCE_ADDRESS)}, statement.path)
    ranges = [f"Values.{number}" for number in range(addresses.count("Values"))]
    if ranges and not any(too_wide(addresses, path, configuration) for path in ranges):
        return
    actions = ", ".join(statement.actions)
    remedy = "name the principals, or demand aws:PrincipalOrgID or aws:SourceAccount in a condition"
    yield Violation(f"lets everybody do {actions or 'all but some actions'}", remedy, statement.path)


def _given_to_everybody(properties: Properties, path: str, everybody: str) -> Iterator[Violation]:
    if everybody in properties.texts(path) and not any(
        properties.has(each) for each in ("organizationId", "condition")
    ):
        yield Violation(f"is {everybody}: everybody may use it", "name who may", path)


def _open_list(properties: Properties) -> Iterator[Violation]:
    remedy = "leave access to the bucket's policy"
    if (listed := properties.text("acl")) in OPEN_LISTS:
        yield Violation(f"is open to everybody: {listed}", remedy, "acl")
    grants = [(grant, "uri") for grant in properties.inners("grants")]
    grants += [(grant, "grantee.uri") for grant in properties.inners("accessControlPolicy.grants")]

    def check(grant: tuple[Properties, str]) -> Iterator[Violation]:
        granted, path = grant
        if (granted.text(path) or "").endswith(OPEN_GROUPS):
            yield Violation("grants access to everybody", remedy, granted.at(path))

    yield from each(grants, check)


POLICY = ResourcePolicy(
    name="no-public-resource-policies",
    description="No policy or access list of a resource lets everybody use it.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "narrowing_conditions": texts(
                "Keys of conditions that make everybody some; * stands for anything.",
                [
                    "aws:PrincipalAccount",
                    "aws:PrincipalArn",
                    "aws:PrincipalOrgID",
                    "aws:PrincipalOrgPaths",
                    "aws:SourceAccount",
                    "aws:SourceArn",
                    "aws:SourceOrgID",
                    "aws:SourceOwner",
                    "aws:SourceVpc",
                    "aws:SourceVpce",
                    "kms:CallerAccount",
                ],
            ),
            **widest_entries(16, 32),
        }
    ),
    types=(*DOCUMENTS, *ACCESS_LISTS, *COPIES, "aws:lambda/permission:Permission"),
    validate=validate,
)
