"""What the properties of our types refer to: the kind of thing, and how it may be named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """A kind of thing that an input can refer to."""

    noun: str
    types: tuple[str, ...]
    id_prefix: str = ""
    """Ids of the kind start so; whatever has another prefix is of another kind."""
    arn: str = ""
    """ARNs of the kind hold this (`:role/`)."""
    by_name: bool = False
    arn_only: bool = False


VPC: Final = Kind("VPC", ("aws:ec2/vpc:Vpc",), "vpc-")
SUBNET: Final = Kind("subnet", ("aws:ec2/subnet:Subnet",), "subnet-")
SECURITY_GROUP: Final = Kind(
    "security group",
    ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"),
    "sg-",
)
ROUTE_TABLE: Final = Kind("route table", ("aws:ec2/routeTable:RouteTable",), "rtb-")
INTERNET_GATEWAY: Final = Kind("internet gateway", ("aws:ec2/internetGateway:InternetGateway",), "igw-")
NAT_GATEWAY: Final = Kind("NAT gateway", ("aws:ec2/natGateway:NatGateway",), "nat-")
ADDRESS: Final = Kind("Elastic IP allocation", ("aws:ec2/eip:Eip",), "eipalloc-")
VPC_ENDPOINT: Final = Kind("VPC endpoint", ("aws:ec2/vpcEndpoint:VpcEndpoint",), "vpce-")
PREFIX_LIST: Final = Kind(
    "prefix list", ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/managedPrefixList:ManagedPrefixList"), "pl-"
)
HOST: Final = Kind("dedicated host", ("aws:ec2/dedicatedHost:DedicatedHost",), "h-")
IMAGE: Final = Kind("machine image", (), "ami-")
RESERVATION: Final = Kind("capacity reservation", (), "cr-")
LAUNCH_TEMPLATE: Final = Kind("launch template", ("aws:ec2/launchTemplate:LaunchTemplate",), "lt-")
LAUNCH_TEMPLATE_NAME: Final = Kind("launch template", ("aws:ec2/launchTemplate:LaunchTemplate",), by_name=True)
PLACEMENT_GROUP: Final = Kind("placement group", ("aws:ec2/placementGroup:PlacementGroup",), by_name=True)
INSTANCE_PROFILE: Final = Kind(
    "instance profile", ("aws:iam/instanceProfile:InstanceProfile",), arn=":instance-profile/", by_name=True
)
ROLE: Final = Kind("IAM role", ("aws:iam/role:Role",), arn=":role/", by_name=True)
ROLE_ARN: Final = Kind("IAM role's ARN", ("aws:iam/role:Role",), arn=":role/", arn_only=True)
PRINCIPAL: Final = Kind("IAM principal", ("aws:iam/role:Role",), arn=":iam:", arn_only=True)
POLICY: Final = Kind("managed policy", ("aws:iam/policy:Policy",), arn=":policy/", arn_only=True)
ACCESS_POLICY: Final = Kind("EKS access policy", (), arn=":cluster-access-policy/", arn_only=True)
KEY: Final = Kind("KMS key", ("aws:kms/key:Key", "aws:kms/alias:Alias"), arn=":kms:", by_name=True)
KEY_ARN: Final = Kind("KMS key's ARN", ("aws:kms/key:Key",), arn=":kms:", arn_only=True)
CLUSTER: Final = Kind("EKS cluster", ("aws:eks/cluster:Cluster",), by_name=True)
BUCKET: Final = Kind("S3 bucket", ("aws:s3/bucket:Bucket",), by_name=True)
QUEUE: Final = Kind("SQS queue", ("aws:sqs/queue:Queue",))
TOPIC: Final = Kind("SNS topic", ("aws:sns/topic:Topic",), arn=":sns:", arn_only=True)
REPOSITORY: Final = Kind("ECR repository", ("aws:ecr/repository:Repository",), by_name=True)
EVENT_RULE: Final = Kind("EventBridge rule", ("aws:cloudwatch/eventRule:EventRule",), by_name=True)
MODEL: Final = Kind("SageMaker model", ("aws:sagemaker/model:Model",), by_name=True)
ENDPOINT_CONFIGURATION: Final = Kind(
    "SageMaker endpoint configuration",
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration",),
    by_name=True,
)
DATABASE: Final = Kind("RDS cluster", ("aws:rds/cluster:Cluster",), by_name=True)
DATABASE_INSTANCE: Final = Kind("RDS instance", ("aws:rds/clusterInstance:ClusterInstance",), by_name=True)
DATABASE_SUBNETS: Final = Kind("RDS subnet group", ("aws:rds/subnetGroup:SubnetGroup",), by_name=True)
DATABASE_PROXY: Final = Kind("RDS proxy", ("aws:rds/proxy:Proxy",), by_name=True)
CLUSTER_PARAMETERS: Final = Kind(
    "parameter group of clusters", ("aws:rds/clusterParameterGroup:ClusterParameterGroup",), by_name=True
)
INSTANCE_PARAMETERS: Final = Kind(
    "parameter group of instances", ("aws:rds/parameterGroup:ParameterGroup",), by_name=True
)
SECRET: Final = Kind("secret", ("aws:secretsmanager/secret:Secret",), arn=":secretsmanager:", by_name=True)
SECRET_ARN: Final = Kind("secret's ARN", ("aws:secretsmanager/secret:Secret",), arn=":secretsmanager:", arn_only=True)
METRICS_WORKSPACE: Final = Kind("workspace of Managed Prometheus", ("aws:amp/workspace:Workspace",), "ws-")
GRAFANA_WORKSPACE: Final = Kind("workspace of Managed Grafana", ("aws:grafana/workspace:Workspace",), "g-")
TARGET: Final = Kind("ARN", (), arn=":", arn_only=True)

BY_PROPERTY: Final[Mapping[str, Kind]] = {
    "allocationId": ADDRESS,
    "ami": IMAGE,
    "bucket": BUCKET,
    "capacityReservationId": RESERVATION,
    "clusterName": CLUSTER,
    "dbClusterIdentifier": DATABASE,
    "dbClusterParameterGroupName": CLUSTER_PARAMETERS,
    "dbInstanceIdentifier": DATABASE_INSTANCE,
    "dbInstanceParameterGroupName": INSTANCE_PARAMETERS,
    "dbParameterGroupName": INSTANCE_PARAMETERS,
    "dbProxyName": DATABASE_PROXY,
    "dbSubnetGroupName": DATABASE_SUBNETS,
    "endpointConfigName": ENDPOINT_CONFIGURATION,
    "errorTopic": TOPIC,
    "executionRoleArn": ROLE_ARN,
    "groupName": PLACEMENT_GROUP,
    "hostId": HOST,
    "iamInstanceProfile": INSTANCE_PROFILE,
    "iamRoleArn": ROLE_ARN,
    "imageId": IMAGE,
    "keyArn": KEY_ARN,
    "kmsKey": KEY,
    "kmsKeyArn": KEY_ARN,
    "kmsKeyId": KEY,
    "kmsMasterKeyId": KEY,
    "masterUserSecretKmsKeyId": KEY,
    "modelName": MODEL,
    "monitoringRoleArn": ROLE_ARN,
    "natGatewayId": NAT_GATEWAY,
    "nodeRoleArn": ROLE_ARN,
    "performanceInsightsKmsKeyId": KEY_ARN,
    "permissionsBoundary": POLICY,
    "placementGroup": PLACEMENT_GROUP,
    "prefixListId": PREFIX_LIST,
    "principalArn": PRINCIPAL,
    "queueUrl": QUEUE,
    "referencedSecurityGroupId": SECURITY_GROUP,
    "repository": REPOSITORY,
    "role": ROLE,
    "roleArn": ROLE_ARN,
    "routeTableId": ROUTE_TABLE,
    "routeTableIds": ROUTE_TABLE,
    "rule": EVENT_RULE,
    "secretArn": SECRET_ARN,
    "secretId": SECRET,
    "securityGroupId": SECURITY_GROUP,
    "securityGroupIds": SECURITY_GROUP,
    "securityGroups": SECURITY_GROUP,
    "serviceAccountRoleArn": ROLE_ARN,
    "subnetId": SUBNET,
    "subnetIds": SUBNET,
    "subnets": SUBNET,
    "successTopic": TOPIC,
    "targetKeyId": KEY,
    "vpcEndpointId": VPC_ENDPOINT,
    "vpcId": VPC,
    "vpcSecurityGroupIds": SECURITY_GROUP,
    "vpcSubnetIds": SUBNET,
}
"""By the last name in the property's path, wherever it stands."""

BY_TYPE: Final[Mapping[tuple[str, str], Kind | None]] = {
    ("aws:s3/bucket:Bucket", "bucket"): None,
    ("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"): KEY_ARN,
    ("aws:cloudwatch/eventTarget:EventTarget", "arn"): TARGET,
    ("aws:ec2/launchTemplate:LaunchTemplate", "iamInstanceProfile.name"): INSTANCE_PROFILE,
    ("aws:ec2/route:Route", "gatewayId"): INTERNET_GATEWAY,
    ("aws:eks/nodeGroup:NodeGroup", "launchTemplate.id"): LAUNCH_TEMPLATE,
    ("aws:eks/nodeGroup:NodeGroup", "launchTemplate.name"): LAUNCH_TEMPLATE_NAME,
    ("aws:ec2/instance:Instance", "launchTemplate.id"): LAUNCH_TEMPLATE,
    ("aws:ec2/instance:Instance", "launchTemplate.name"): LAUNCH_TEMPLATE_NAME,
    ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "policyArn"): ACCESS_POLICY,
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn"): POLICY,
    ("aws:rds/cluster:Cluster", "kmsKeyId"): KEY_ARN,
    ("aws:rds/clusterInstance:ClusterInstance", "clusterIdentifier"): DATABASE,
    ("aws:amp/workspaceConfiguration:WorkspaceConfiguration", "workspaceId"): METRICS_WORKSPACE,
    ("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration", "guardrailPolicyArns"): POLICY,
    ("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration", "snsTopicArns"): TOPIC,
    ("aws:cloudtrail/trail:Trail", "cloudWatchLogsRoleArn"): ROLE_ARN,
    ("aws:cloudtrail/trail:Trail", "kmsKeyId"): KEY_ARN,
    ("aws:cloudtrail/trail:Trail", "s3BucketName"): BUCKET,
    ("aws:grafana/roleAssociation:RoleAssociation", "role"): None,
    ("aws:grafana/roleAssociation:RoleAssociation", "workspaceId"): GRAFANA_WORKSPACE,
    ("aws:sns/topicPolicy:TopicPolicy", "arn"): TOPIC,
    ("aws:sns/topicSubscription:TopicSubscription", "topic"): TOPIC,
    ("aws:ssm/parameter:Parameter", "keyId"): KEY,
}
"""By type and whole path, where the name alone does not say it; None where it refers to nothing."""
