"""How each kind of thing in an AWS account is listed.

Network interfaces are not: no program of ours makes one by itself, AWS deletes them with the instance, NAT
gateway or endpoint they belong to, and moto leaves them standing. Nor are snapshots of databases: AWS deletes the
automatic ones, and a final one is what the program asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Listing:
    """How one kind of thing is listed: an operation, where in its answer the items are, their id and name."""

    type: str
    service: str
    operation: str
    items: str
    id: str
    name: str = ""
    parameters: tuple[tuple[str, Any], ...] = ()
    stands: Callable[[Any], bool] = lambda _: True
    """What is deleted may still be described for a while."""


def _in_state(*states: str) -> Callable[[Any], bool]:
    """Leave out what is in one of these states."""
    return lambda item: str(item.get("State")).lower() not in states


_OWN: Final = (("Scope", "Local"),)
"""Of IAM policies those of the account, not the 1,500 that AWS manages."""
LISTINGS: Final = (
    Listing("aws:ec2/vpc:Vpc", "ec2", "describe_vpcs", "Vpcs", "VpcId"),
    Listing("aws:ec2/subnet:Subnet", "ec2", "describe_subnets", "Subnets", "SubnetId"),
    Listing(
        "aws:ec2/securityGroup:SecurityGroup",
        "ec2",
        "describe_security_groups",
        "SecurityGroups",
        "GroupId",
        "GroupName",
    ),
    Listing(
        "aws:ec2/internetGateway:InternetGateway",
        "ec2",
        "describe_internet_gateways",
        "InternetGateways",
        "InternetGatewayId",
    ),
    Listing("aws:ec2/routeTable:RouteTable", "ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    Listing(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "ec2",
        "describe_vpc_endpoints",
        "VpcEndpoints",
        "VpcEndpointId",
        "ServiceName",
        stands=_in_state("deleted"),
    ),
    Listing("aws:ec2/eip:Eip", "ec2", "describe_addresses", "Addresses", "AllocationId"),
    Listing(
        "aws:ec2/natGateway:NatGateway",
        "ec2",
        "describe_nat_gateways",
        "NatGateways",
        "NatGatewayId",
        stands=_in_state("deleted"),
    ),
    Listing("aws:ec2/flowLog:FlowLog", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    Listing(
        "aws:ec2/dedicatedHost:DedicatedHost",
        "ec2",
        "describe_hosts",
        "Hosts",
        "HostId",
        stands=_in_state("released", "released-permanent-failure"),
    ),
    Listing("aws:ebs/volume:Volume", "ec2", "describe_volumes", "Volumes", "VolumeId"),
    Listing(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "ec2",
        "describe_launch_templates",
        "LaunchTemplates",
        "LaunchTemplateId",
        "LaunchTemplateName",
    ),
    Listing("aws:s3/bucket:Bucket", "s3", "list_buckets", "Buckets", "Name", "Name"),
    Listing("aws:sqs/queue:Queue", "sqs", "list_queues", "QueueUrls", "QueueUrl"),
    Listing("aws:sns/topic:Topic", "sns", "list_topics", "Topics", "TopicArn"),
    Listing(
        "aws:sns/topicSubscription:TopicSubscription", "sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"
    ),
    Listing("aws:amp/workspace:Workspace", "amp", "list_workspaces", "workspaces", "workspaceId", "alias"),
    Listing("aws:cloudtrail/trail:Trail", "cloudtrail", "list_trails", "Trails", "TrailARN", "Name"),
    Listing("aws:cloudwatch/logGroup:LogGroup", "logs", "describe_log_groups", "logGroups", "logGroupName"),
    Listing("aws:cloudwatch/eventRule:EventRule", "events", "list_rules", "Rules", "Name", "Name"),
    Listing(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "cloudwatch",
        "describe_alarms",
        "MetricAlarms",
        "AlarmName",
        "AlarmName",
    ),
    Listing("aws:iam/role:Role", "iam", "list_roles", "Roles", "RoleName", "RoleName"),
    Listing("aws:iam/policy:Policy", "iam", "list_policies", "Policies", "Arn", "PolicyName", _OWN),
    Listing(
        "aws:iam/instanceProfile:InstanceProfile",
        "iam",
        "list_instance_profiles",
        "InstanceProfiles",
        "InstanceProfileName",
        "InstanceProfileName",
    ),
    Listing(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "iam",
        "list_open_id_connect_providers",
        "OpenIDConnectProviderList",
        "Arn",
    ),
    Listing(
        "aws:kms/alias:Alias",
        "kms",
        "list_aliases",
        "Aliases",
        "AliasName",
        "AliasName",
        stands=lambda alias: not alias["AliasName"].startswith("alias/aws/"),
    ),
    Listing("aws:eks/cluster:Cluster", "eks", "list_clusters", "clusters", "name"),
    Listing(
        "aws:ecr/repository:Repository",
        "ecr",
        "describe_repositories",
        "repositories",
        "repositoryName",
        "repositoryName",
    ),
    Listing(
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "fsx",
        "describe_file_systems",
        "FileSystems",
        "FileSystemId",
    ),
    Listing(
        "aws:ssm/parameter:Parameter",
        "ssm",
        "describe_parameters",
        "Parameters",
        "Name",
        "Name",
        stands=lambda parameter: not parameter["Name"].startswith("/aws/"),  # AWS's own, which moto loads late
    ),
    Listing("aws:rds/cluster:Cluster", "rds", "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
    Listing(
        "aws:rds/clusterInstance:ClusterInstance",
        "rds",
        "describe_db_instances",
        "DBInstances",
        "DBInstanceIdentifier",
    ),
    Listing(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        "rds",
        "describe_db_cluster_parameter_groups",
        "DBClusterParameterGroups",
        "DBClusterParameterGroupName",
    ),
    Listing(
        "aws:rds/parameterGroup:ParameterGroup",
        "rds",
        "describe_db_parameter_groups",
        "DBParameterGroups",
        "DBParameterGroupName",
        stands=lambda group: (
            not group["DBParameterGroupName"].startswith("default.")
        ),  # AWS's own, and moto's when used
    ),
    Listing("aws:rds/proxy:Proxy", "rds", "describe_db_proxies", "DBProxies", "DBProxyName"),
    Listing(
        "aws:rds/subnetGroup:SubnetGroup", "rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"
    ),
    Listing(
        "aws:secretsmanager/secret:Secret",
        "secretsmanager",
        "list_secrets",  # without those that wait to be deleted
        "SecretList",
        "ARN",
        "Name",
        stands=lambda secret: "OwningService" not in secret,  # a cluster's own comes and goes with it
    ),
    Listing("aws:sagemaker/model:Model", "sagemaker", "list_models", "Models", "ModelName", "ModelName"),
    Listing(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "sagemaker",
        "list_endpoint_configs",
        "EndpointConfigs",
        "EndpointConfigName",
        "EndpointConfigName",
    ),
    Listing(
        "aws:sagemaker/endpoint:Endpoint",
        "sagemaker",
        "list_endpoints",
        "Endpoints",
        "EndpointName",
        "EndpointName",
    ),
)
