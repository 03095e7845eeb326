"""Pins the types that are recorded and not emulated, so that the list changes only knowingly.

Does not prove that an emulated type is emulated faithfully: see each translator's `loses`.
"""

from __future__ import annotations

import re

import pytest

from rehearsal import sdk
from rehearsal.aws.translation import Emulated, Recorded, translators

TRANSLATORS = translators()

RECORDED = {
    "aws:amp/workspaceConfiguration:WorkspaceConfiguration": "configuration of workspaces",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "AWS Chatbot",
    "aws:grafana/roleAssociation:RoleAssociation": "Managed Grafana",
    "aws:grafana/workspace:Workspace": "Managed Grafana",
    "aws:ec2/placementGroup:PlacementGroup": "placement groups",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "pull-through cache",
    "aws:eks/accessEntry:AccessEntry": "access entries",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "access policies",
    "aws:eks/addon:Addon": "add-ons",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "Pod Identity associations",
    "aws:rolesanywhere/profile:Profile": "IAM Roles Anywhere",
    "aws:rolesanywhere/trustAnchor:TrustAnchor": "IAM Roles Anywhere",
    "aws:ssm/activation:Activation": "SSM activations",
    "aws:rds/clusterRoleAssociation:ClusterRoleAssociation": "cannot take them back",
    "aws:secretsmanager/secretRotation:SecretRotation": "a Lambda function of its own",
}
"""Type and what moto lacks."""

LISTED = """
ec2/vpc:Vpc ec2/subnet:Subnet ec2/internetGateway:InternetGateway ec2/eip:Eip ec2/natGateway:NatGateway
ec2/routeTable:RouteTable ec2/route:Route ec2/routeTableAssociation:RouteTableAssociation
ec2/vpcEndpoint:VpcEndpoint ec2/securityGroup:SecurityGroup ec2/defaultSecurityGroup:DefaultSecurityGroup
ec2/flowLog:FlowLog ec2/launchTemplate:LaunchTemplate ec2/placementGroup:PlacementGroup
ec2/dedicatedHost:DedicatedHost ec2/instance:Instance
vpc/securityGroupIngressRule:SecurityGroupIngressRule vpc/securityGroupEgressRule:SecurityGroupEgressRule
iam/role:Role iam/rolePolicy:RolePolicy iam/rolePolicyAttachment:RolePolicyAttachment iam/policy:Policy
iam/instanceProfile:InstanceProfile iam/openIdConnectProvider:OpenIdConnectProvider
kms/key:Key kms/alias:Alias cloudwatch/logGroup:LogGroup cloudwatch/eventRule:EventRule
cloudwatch/eventTarget:EventTarget cloudwatch/metricAlarm:MetricAlarm
eks/cluster:Cluster eks/nodeGroup:NodeGroup eks/addon:Addon eks/accessEntry:AccessEntry
eks/accessPolicyAssociation:AccessPolicyAssociation eks/podIdentityAssociation:PodIdentityAssociation
sqs/queue:Queue sqs/queuePolicy:QueuePolicy sns/topic:Topic sns/topicPolicy:TopicPolicy
s3/bucket:Bucket s3/bucketVersioning:BucketVersioning
s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration
s3/bucketPublicAccessBlock:BucketPublicAccessBlock s3/bucketOwnershipControls:BucketOwnershipControls
s3/bucketPolicy:BucketPolicy s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration
s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration
ecr/repository:Repository ecr/lifecyclePolicy:LifecyclePolicy ecr/repositoryPolicy:RepositoryPolicy
ecr/pullThroughCacheRule:PullThroughCacheRule fsx/lustreFileSystem:LustreFileSystem ssm/parameter:Parameter
ssm/activation:Activation rolesanywhere/trustAnchor:TrustAnchor rolesanywhere/profile:Profile
sagemaker/model:Model sagemaker/endpointConfiguration:EndpointConfiguration sagemaker/endpoint:Endpoint
appautoscaling/target:Target appautoscaling/policy:Policy
rds/subnetGroup:SubnetGroup rds/clusterParameterGroup:ClusterParameterGroup rds/parameterGroup:ParameterGroup
rds/cluster:Cluster rds/clusterInstance:ClusterInstance rds/proxy:Proxy
rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup rds/proxyTarget:ProxyTarget
sns/topicSubscription:TopicSubscription budgets/budget:Budget cloudtrail/trail:Trail amp/workspace:Workspace
amp/workspaceConfiguration:WorkspaceConfiguration grafana/workspace:Workspace grafana/roleAssociation:RoleAssociation
chatbot/slackChannelConfiguration:SlackChannelConfiguration
secretsmanager/secret:Secret secretsmanager/secretVersion:SecretVersion secretsmanager/secretPolicy:SecretPolicy
"""
"""The types that the components use."""


def test_the_recorded_types_are_exactly_these() -> None:
    recorded = {type_: one.why for type_, one in TRANSLATORS.items() if isinstance(one, Recorded)}
    assert recorded.keys() == RECORDED.keys()
    for type_, lacking in RECORDED.items():
        assert lacking in recorded[type_]


def test_every_type_in_use_has_a_translator() -> None:
    assert {f"aws:{type_}" for type_ in LISTED.split()} - TRANSLATORS.keys() == set()


@pytest.mark.parametrize("type_", sorted(TRANSLATORS))
def test_a_translator_translates_a_type_of_the_sdk(type_: str) -> None:
    inputs = sdk.input_names(type_)
    translator = TRANSLATORS[type_]
    if isinstance(translator, Emulated):
        properties = {re.split(r"[.\[]", path)[0] for path in translator.loses}
        assert properties - inputs - {"tagsAll"} == set()
