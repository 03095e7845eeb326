"""Physical names that are taken: what a service refuses because the account has one already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rehearsal.checks.reading import of, text
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:cloudwatch/eventRule:EventRule": ("name",),
    "aws:cloudwatch/logGroup:LogGroup": ("name",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name",),
    "aws:ec2/flowLog:FlowLog": ("vpcId", "trafficType", "logDestination"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name",),
    "aws:ec2/placementGroup:PlacementGroup": ("name",),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": ("ecrRepositoryPrefix",),
    "aws:ecr/repository:Repository": ("name",),
    "aws:eks/accessEntry:AccessEntry": ("clusterName", "principalArn"),
    "aws:eks/addon:Addon": ("clusterName", "addonName"),
    "aws:eks/cluster:Cluster": ("name",),
    "aws:eks/nodeGroup:NodeGroup": ("clusterName", "nodeGroupName"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("clusterName", "namespace", "serviceAccount"),
    "aws:iam/instanceProfile:InstanceProfile": ("name",),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("url",),
    "aws:iam/policy:Policy": ("name",),
    "aws:iam/role:Role": ("name",),
    "aws:iam/rolePolicy:RolePolicy": ("role", "name"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:kms/alias:Alias": ("name",),
    "aws:rds/cluster:Cluster": ("clusterIdentifier",),
    "aws:rds/clusterInstance:ClusterInstance": ("identifier",),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": ("name",),
    "aws:rds/parameterGroup:ParameterGroup": ("name",),
    "aws:rds/proxy:Proxy": ("name",),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": ("dbProxyName",),
    "aws:rds/proxyTarget:ProxyTarget": ("dbProxyName", "targetGroupName"),
    "aws:rds/subnetGroup:SubnetGroup": ("name",),
    "aws:s3/bucket:Bucket": ("bucket",),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("bucket",),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket",),
    "aws:sagemaker/endpoint:Endpoint": ("name",),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": ("name",),
    "aws:sagemaker/model:Model": ("name",),
    "aws:secretsmanager/secret:Secret": ("name",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretArn",),
    "aws:secretsmanager/secretRotation:SecretRotation": ("secretId",),
    "aws:sns/topic:Topic": ("name",),
    "aws:sqs/queue:Queue": ("name",),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl",),
    "aws:ssm/parameter:Parameter": ("name",),
}
"""For each type, the inputs that name it within the account and region. A second policy or
lifecycle of one thing is not refused but overwrites the first, which is no better."""


@rule(*IDENTITY, source="https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html")
def taken(r: Registration, world: World) -> Broken:
    """No two things of one type have one name."""
    keys = IDENTITY[r.type]
    mine = [text(r, key) for key in keys]
    if None in mine:
        return
    for other in world.of_type(r.type):
        if other.registration.urn != r.urn and [of(other.outputs, key) for key in keys] == mine:
            shown = " ".join(str(part) for part in mine)
            yield keys[-1], f"{shown!r} is taken by {other.registration.name}"
