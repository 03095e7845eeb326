"""What breaks the policies of resource policies: who is let in by what stands on a bucket, a queue, a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.breaks.network_access import KEY, referring
from tests.policies.breaks.permissions import ACCOUNT, BUCKET, EVERYBODY, alone, with_statement
from tests.policies.sample import UNKNOWN, Sample


def by_value(sample: Sample) -> Sample:
    """Return a companion of a bucket that has its name as text, from no other resource."""
    return sample.changed(refers={name: to for name, to in sample.refers.items() if name != "bucket"})


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "no-public-resource-policies": [
        Break("policy-of-bucket-models", "policy.json!.Statement.1.Principal", EVERYBODY),
        Break("policy-of-bucket-models", "policy.json!.Statement.1.NotPrincipal", [{"AWS": "444455556666"}]),
        Break("policy-of-bucket-models", "policy.json!.Statement.2.Condition", [ABSENT, None, {}]),
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.2.Condition",
            [
                {"StringEquals": {"aws:PrincipalAccount": "*"}},
                {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
                {"Bool": {"aws:SecureTransport": "true"}},
                {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
                {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}},
                {"IpAddress": {"aws:SourceIp": "2001:d00::/31"}},
                {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            ],
        ),
        Break(
            "key-storage",
            "policy",
            [
                with_statement(
                    Principal={"AWS": "*"},
                    Action="kms:Decrypt",
                    Resource="*",
                    Condition={"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}},
                )
            ],
        ),
        Break("bucket-models", "acl", ["public-read", "public-read-write", "authenticated-read"]),
        Instead(
            "bucket-models",
            lambda sample: sample.changed(
                type="aws:s3/bucketV2:BucketV2", inputs={**sample.inputs, "acl": "public-read"}
            ),
            "of the older type, open to everybody",
        ),
        *(
            With(Sample(type_, "open-to-everybody", inputs))
            for type_, inputs in (
                ("aws:sqs/queuePolicy:QueuePolicy", {"policy": alone(Principal="*", Action="sqs:*")}),
                ("aws:sns/topicPolicy:TopicPolicy", {"policy": alone(Principal="*", Action="sns:Publish")}),
                ("aws:ecr/repositoryPolicy:RepositoryPolicy", {"policy": alone(Principal="*", Action="ecr:*")}),
                ("aws:secretsmanager/secretPolicy:SecretPolicy", {"policy": alone(Principal={"AWS": "*"})}),
                ("aws:kms/keyPolicy:KeyPolicy", {"policy": alone(Principal={"AWS": "*"}, Action="kms:Decrypt")}),
                ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", {"policyDocument": alone(Principal="*")}),
                ("aws:opensearch/domainPolicy:DomainPolicy", {"accessPolicies": alone(Principal="*", Action="es:*")}),
                ("aws:lambda/permission:Permission", {"principal": "*", "action": "lambda:InvokeFunction"}),
                *(
                    (type_, {property_: alone(Principal="*")})
                    for type_, property_ in (
                        ("aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy", "accessPolicy"),
                        ("aws:codeartifact/domainPermissions:DomainPermissions", "policyDocument"),
                        ("aws:glue/resourcePolicy:ResourcePolicy", "policy"),
                        ("aws:msk/clusterPolicy:ClusterPolicy", "policy"),
                        ("aws:redshift/resourcePolicy:ResourcePolicy", "policy"),
                        ("aws:redshiftserverless/resourcePolicy:ResourcePolicy", "policy"),
                        ("aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy", "policy"),
                        ("aws:s3tables/tableBucketPolicy:TableBucketPolicy", "resourcePolicy"),
                        ("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy", "resourcePolicy"),
                    )
                ),
                ("aws:rds/snapshot:Snapshot", {"sharedAccounts": [ACCOUNT, "all"]}),
                ("aws:rds/clusterSnapshot:ClusterSnapshot", {"sharedAccounts": ["all"]}),
                ("aws:rds/snapshotCopy:SnapshotCopy", {"sharedAccounts": ["all"], "kmsKeyId": KEY}),
                ("aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy", {"sharedAccounts": ["all"], "kmsKeyId": KEY}),
                ("aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"group": "all"}),
                ("aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "NONE"}),
                ("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*"}),
                ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "*"}),
                ("aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}),
                ("aws:s3/bucketAclV2:BucketAclV2", {"acl": "public-read"}),
                (
                    "aws:s3/bucketAcl:BucketAcl",
                    {
                        "accessControlPolicy": {
                            "grants": [{"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
                        }
                    },
                ),
            )
        ),
        Break(
            "bucket-models",
            "grants",
            [[{"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}]],
        ),
    ],
    "buckets-demand-tls": [
        Without("policy-of-bucket-models"),
        Without("policy-of-logs"),
        # Everybody is let in without TLS.
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.0.Effect",
            ["Allow"],
            also=["no-public-resource-policies"],
        ),
        Break("policy-of-bucket-models", "policy", [ABSENT, None]),
        Break("policy-of-bucket-models", "policy.json!.Statement.0", [ABSENT]),
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.0.Principal",
            [ABSENT, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"Service": "*"}],
        ),
        Break("policy-of-bucket-models", "policy.json!.Statement.0.Action", [ABSENT, "s3:Put*", ["s3:GetObject"]]),
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.0.Resource",
            [
                ABSENT,
                BUCKET,
                f"{BUCKET}/*",
                [BUCKET, f"{BUCKET}/llama-8b/*"],
                ["arn:aws:s3:::other", "arn:aws:s3:::other/*"],
            ],
        ),
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.0.Condition",
            [
                {"Bool": {"aws:SecureTransport": "true"}},
                {"StringEquals": {"aws:SecureTransport": "false"}},
                {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
                {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
                {"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}},
            ],
        ),
        Instead("policy-of-bucket-models", referring("bucket", []), "of another bucket"),
    ],
    "buckets-block-public-access": [
        Without("access-block-of-bucket-models"),
        *(
            Break("access-block-of-*", flag, [ABSENT, None, False])
            for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        ),
        Instead("access-block-of-bucket-models", referring("bucket", []), "of another bucket"),
        With(Sample("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "account", {"blockPublicAcls": True})),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "no-public-resource-policies": [
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.2.Condition",
            [
                {"StringEquals": {"aws:principalorgid": "o-a1b2c3"}},
                {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}},
                {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/r-ab12/*"}},
                {"ArnLike": {"aws:SourceArn": ["arn:aws:events:us-east-1:333344445555:rule/*"]}},
            ],
        ),
        Break("bucket-models", "acl", ["private", None]),
        Break("bucket-models", "grants", [[{"type": "CanonicalUser", "id": "a1b2"}]]),
        With(Sample("aws:lambda/permission:Permission", "invocation-by-events", {"principal": "events.amazonaws.com"})),
        *(
            With(Sample(type_, "for-some", inputs))
            for type_, inputs in (
                ("aws:rds/snapshot:Snapshot", {"sharedAccounts": [ACCOUNT]}),
                ("aws:rds/clusterSnapshot:ClusterSnapshot", {"sharedAccounts": [ACCOUNT]}),
                ("aws:rds/snapshotCopy:SnapshotCopy", {"sharedAccounts": [ACCOUNT], "kmsKeyId": KEY}),
                ("aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy", {"sharedAccounts": [ACCOUNT], "kmsKeyId": KEY}),
                ("aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"accountId": ACCOUNT}),
                (
                    "aws:s3/bucketAcl:BucketAcl",
                    {"accessControlPolicy": {"grants": [{"grantee": {"type": "CanonicalUser", "id": "a1b2"}}]}},
                ),
                ("aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "AWS_IAM"}),
                (
                    "aws:lambda/layerVersionPermission:LayerVersionPermission",
                    {"principal": "*", "organizationId": "o-a1"},
                ),
                (
                    "aws:cloudwatch/eventPermission:EventPermission",
                    {
                        "principal": "*",
                        "condition": {"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-a1"},
                    },
                ),
            )
        ),
        With(
            Sample(
                "aws:lambda/permission:Permission",
                "invocation-by-the-organization",
                {"principal": "*", "principalOrgId": "o-a1b2c3", "action": "lambda:InvokeFunction"},
            )
        ),
    ],
    "buckets-demand-tls": [
        Break(
            "policy-of-bucket-models", "policy.json!.Statement.0.Condition", [{"Bool": {"aws:SecureTransport": False}}]
        ),
        Break(
            "policy-of-bucket-models",
            "policy.json!.Statement.0.Condition",
            [{"BoolIfExists": {"aws:SecureTransport": "false"}}],
        ),
        Break("policy-of-bucket-models", "policy.json!.Statement.0.Principal", [{"AWS": "*"}, {"AWS": ["*"]}]),
        Break("policy-of-bucket-models", "policy.json!.Statement.0.Resource", ["*", f"{BUCKET}*"]),
        Break("policy-of-bucket-models", "policy.json!.Statement.0.Action", ["*", ["s3:*"]]),
        Break("policy-of-bucket-models", "policy", [UNKNOWN]),
        # What the policy says of a name that is not known yet can't be compared.
        Break("bucket-*", "bucket", [UNKNOWN]),
        Instead("policy-of-bucket-models", by_value, "named by the bucket's name alone"),
    ],
    "buckets-block-public-access": [
        Instead("access-block-of-bucket-models", by_value, "named by the bucket's name alone"),
        Break("access-block-of-*", "blockPublicAcls", ["true", UNKNOWN]),
        With(
            Sample(
                "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
                "account",
                dict.fromkeys(
                    ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
                ),
            )
        ),
    ],
}
