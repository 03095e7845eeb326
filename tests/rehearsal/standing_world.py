"""What stands in the account of the refusal table: one of everything that the inputs in it refer to."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.checks.world import World
from rehearsal.plan import Outcome, Registration, Resource

ACCOUNT = "111122223333"
REGION = "us-east-1"
VPC = "vpc-0a00000000000001a"
OTHER_VPC = "vpc-0b00000000000001b"
SUBNET_A = "subnet-0a00000000000001a"
SUBNET_B = "subnet-0a00000000000002b"
SUBNET_A2 = "subnet-0a00000000000003a"
OTHER_SUBNET = "subnet-0b00000000000001a"
GATEWAY = "igw-0a00000000000001a"
ADDRESS = "eipalloc-0a00000000000001a"
USED_ADDRESS = "eipalloc-0a00000000000002b"
NAT = "nat-0a00000000000001a"
ROUTES = "rtb-0a00000000000001a"
OTHER_ROUTES = "rtb-0b00000000000001a"
GROUP = "sg-0a00000000000001a"
OTHER_GROUP = "sg-0b00000000000001a"
TEMPLATE = "lt-0a00000000000001a"
TYPED_TEMPLATE = "lt-0a00000000000002a"
HOST = "h-0a00000000000001a"
IMAGE = "ami-0a00000000000001a"
RESERVATION = "cr-0a00000000000001a"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a000000-0000-4000-8000-000000000001"
LOGS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a000000-0000-4000-8000-000000000002"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
OTHER_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:docker-hub-AbCdEf"
OWN_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:llm-platform/dev/qdrant-AbCdEf"
MANAGED_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!cluster-0a1b2c3d-AbCdEf"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/administrator"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:interruption"
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/interruption"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:burst"
ALERTS = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
ALERTS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a000000-0000-4000-8000-000000000003"
SILENT = f"arn:aws:sns:{REGION}:{ACCOUNT}:silent"
"""A topic whose policy lets no service publish."""
SEALED = f"arn:aws:sns:{REGION}:{ACCOUNT}:sealed"
"""A topic whose policy lets services publish, and whose key lets none."""
TRAIL_BUCKET = "llm-platform-trail"
METRICS = "ws-0a000000-0000-4000-8000-000000000001"
GRAFANA = "g-0a00000001"


def trust(principal: str = "ec2.amazonaws.com", **statement: Any) -> str:
    """Return a role's trust policy for a service principal, with keys of its statement overridden."""
    allow = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole", **statement}
    allow = {key: value for key, value in allow.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def services(*names: str, resource: str = "*") -> str:
    """Return a resource policy with a statement for each service."""
    statements = [
        {"Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}, "Action": "*", "Resource": resource}
        for name in names
    ]
    administration = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [administration, *statements]})


def role_arn(name: str) -> str:
    """Return the ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _subnet(vpc: str, cidr: str, zone: str) -> dict[str, Any]:
    return {"vpcId": vpc, "cidrBlock": cidr, "availabilityZone": zone}


def _role(name: str, principal: str) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    return (
        "aws:iam/role:Role",
        name,
        {"name": name, "assumeRolePolicy": trust(principal)},
        {"arn": role_arn(name)},
    )


def _parameters(kind: str, name: str, family: str) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    return (f"aws:rds/{kind}", name, {"name": name, "family": family}, {})


STANDING: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("aws:ec2/vpc:Vpc", VPC, {"cidrBlock": "10.0.0.0/16"}, {}),
    ("aws:ec2/vpc:Vpc", OTHER_VPC, {"cidrBlock": "10.1.0.0/16"}, {}),
    ("aws:ec2/subnet:Subnet", SUBNET_A, _subnet(VPC, "10.0.0.0/19", "us-east-1a"), {}),
    ("aws:ec2/subnet:Subnet", SUBNET_B, _subnet(VPC, "10.0.32.0/19", "us-east-1b"), {}),
    ("aws:ec2/subnet:Subnet", SUBNET_A2, _subnet(VPC, "10.0.64.0/19", "us-east-1a"), {}),
    ("aws:ec2/subnet:Subnet", OTHER_SUBNET, _subnet(OTHER_VPC, "10.1.0.0/19", "us-east-1b"), {}),
    ("aws:ec2/internetGateway:InternetGateway", GATEWAY, {"vpcId": VPC}, {}),
    ("aws:ec2/eip:Eip", ADDRESS, {"domain": "vpc"}, {"allocationId": ADDRESS}),
    ("aws:ec2/eip:Eip", USED_ADDRESS, {"domain": "vpc"}, {"allocationId": USED_ADDRESS}),
    ("aws:ec2/natGateway:NatGateway", NAT, {"allocationId": USED_ADDRESS, "subnetId": SUBNET_A}, {}),
    ("aws:ec2/routeTable:RouteTable", ROUTES, {"vpcId": VPC}, {}),
    ("aws:ec2/routeTable:RouteTable", OTHER_ROUTES, {"vpcId": OTHER_VPC}, {}),
    ("aws:ec2/route:Route", "r-1", {"routeTableId": ROUTES, "destinationCidrBlock": "192.168.0.0/16"}, {}),
    (
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "rtbassoc-0a00000000000001a",
        {"routeTableId": ROUTES, "subnetId": SUBNET_A},
        {},
    ),
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "vpce-0a00000000000001a",
        {
            "vpcId": VPC,
            "serviceName": f"com.amazonaws.{REGION}.sts",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
        },
        {},
    ),
    ("aws:ec2/securityGroup:SecurityGroup", GROUP, {"vpcId": VPC, "name": "nodes"}, {}),
    ("aws:ec2/securityGroup:SecurityGroup", OTHER_GROUP, {"vpcId": OTHER_VPC, "name": "nodes"}, {}),
    (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "sgr-0a00000000000001a",
        {
            "securityGroupId": GROUP,
            "ipProtocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "cidrIpv4": "10.0.0.0/16",
        },
        {},
    ),
    ("aws:ec2/launchTemplate:LaunchTemplate", TEMPLATE, {"name": "plain"}, {}),
    (
        "aws:ec2/launchTemplate:LaunchTemplate",
        TYPED_TEMPLATE,
        {"name": "typed", "instanceType": "g5.48xlarge"},
        {},
    ),
    ("aws:ec2/placementGroup:PlacementGroup", "training", {"name": "training", "strategy": "cluster"}, {}),
    (
        "aws:ec2/dedicatedHost:DedicatedHost",
        HOST,
        {"availabilityZone": "us-east-1a", "instanceType": "g5.48xlarge"},
        {},
    ),
    _role("cluster", "eks.amazonaws.com"),
    _role("nodes", "ec2.amazonaws.com"),
    _role("pods", "pods.eks.amazonaws.com"),
    _role("own-machines", "rolesanywhere.amazonaws.com"),
    _role("registered", "ssm.amazonaws.com"),
    _role("burst", "sagemaker.amazonaws.com"),
    _role("flow-logs", "vpc-flow-logs.amazonaws.com"),
    _role("monitoring", "monitoring.rds.amazonaws.com"),
    _role("databases", "rds.amazonaws.com"),
    ("aws:iam/instanceProfile:InstanceProfile", "nodes", {"name": "nodes", "role": "nodes"}, {}),
    ("aws:kms/key:Key", KEY.rpartition("/")[2], {}, {"arn": KEY, "keyId": KEY.rpartition("/")[2]}),
    (
        "aws:kms/key:Key",
        LOGS_KEY.rpartition("/")[2],
        {"policy": json.dumps({"Statement": [{"Principal": {"Service": f"logs.{REGION}.amazonaws.com"}}]})},
        {"arn": LOGS_KEY, "keyId": LOGS_KEY.rpartition("/")[2]},
    ),
    ("aws:kms/alias:Alias", "alias/taken", {"name": "alias/taken"}, {}),
    ("aws:cloudwatch/logGroup:LogGroup", "/flow-logs", {"name": "/flow-logs"}, {}),
    (
        "aws:ec2/flowLog:FlowLog",
        "fl-0a00000000000001a",
        {
            "vpcId": OTHER_VPC,
            "trafficType": "ALL",
            "logDestination": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/flow-logs",
        },
        {},
    ),
    ("aws:cloudwatch/eventRule:EventRule", "spot", {"name": "spot", "eventPattern": "{}"}, {}),
    ("aws:sqs/queue:Queue", QUEUE_URL, {"name": "interruption"}, {"arn": QUEUE, "url": QUEUE_URL}),
    ("aws:sns/topic:Topic", TOPIC, {"name": "burst"}, {"arn": TOPIC}),
    (
        "aws:kms/key:Key",
        ALERTS_KEY.rpartition("/")[2],
        {"policy": services("cloudwatch", "budgets", "events", "cloudtrail")},
        {"arn": ALERTS_KEY, "keyId": ALERTS_KEY.rpartition("/")[2]},
    ),
    ("aws:sns/topic:Topic", ALERTS, {"name": "alerts", "kmsMasterKeyId": ALERTS_KEY}, {"arn": ALERTS}),
    (
        "aws:sns/topicPolicy:TopicPolicy",
        ALERTS,
        {"arn": ALERTS, "policy": services("cloudwatch", "budgets", "events", resource=ALERTS)},
        {},
    ),
    ("aws:sns/topic:Topic", SILENT, {"name": "silent", "kmsMasterKeyId": ALERTS_KEY}, {"arn": SILENT}),
    ("aws:sns/topicPolicy:TopicPolicy", SILENT, {"arn": SILENT, "policy": services("sagemaker", resource=SILENT)}, {}),
    ("aws:sns/topic:Topic", SEALED, {"name": "sealed", "kmsMasterKeyId": LOGS_KEY}, {"arn": SEALED}),
    (
        "aws:sns/topicPolicy:TopicPolicy",
        SEALED,
        {"arn": SEALED, "policy": services("cloudwatch", "budgets", "events", resource=SEALED)},
        {},
    ),
    ("aws:s3/bucket:Bucket", TRAIL_BUCKET, {"bucket": TRAIL_BUCKET}, {"bucket": TRAIL_BUCKET}),
    (
        "aws:s3/bucketPolicy:BucketPolicy",
        TRAIL_BUCKET,
        {"bucket": TRAIL_BUCKET, "policy": services("cloudtrail", resource=f"arn:aws:s3:::{TRAIL_BUCKET}/*")},
        {},
    ),
    ("aws:amp/workspace:Workspace", METRICS, {"alias": "llm"}, {}),
    ("aws:grafana/workspace:Workspace", GRAFANA, {"name": "llm"}, {}),
    ("aws:s3/bucket:Bucket", "llm-platform-models", {"bucket": "llm-platform-models"}, {}),
    ("aws:s3/bucket:Bucket", "llm-platform-logs", {"bucket": "llm-platform-logs"}, {}),
    (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "llm-platform-models",
        {"bucket": "llm-platform-models", "blockPublicPolicy": True},
        {},
    ),
    (
        "aws:s3/bucketVersioning:BucketVersioning",
        "llm-platform-logs",
        {"bucket": "llm-platform-logs", "versioningConfiguration": {"status": "Enabled"}},
        {},
    ),
    ("aws:ecr/repository:Repository", "llm/vllm", {"name": "llm/vllm"}, {}),
    (
        "aws:eks/cluster:Cluster",
        "llm",
        {"name": "llm", "version": "1.35", "accessConfig": {"authenticationMode": "API"}, "vpcConfig": {}},
        {},
    ),
    ("aws:eks/addon:Addon", "llm:vpc-cni", {"clusterName": "llm", "addonName": "vpc-cni"}, {}),
    ("aws:eks/nodeGroup:NodeGroup", "llm:system", {"clusterName": "llm", "nodeGroupName": "system"}, {}),
    (
        "aws:eks/accessEntry:AccessEntry",
        "llm:admin",
        {"clusterName": "llm", "principalArn": ADMINISTRATOR},
        {},
    ),
    ("aws:sagemaker/model:Model", "burst", {"name": "burst"}, {}),
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", "burst", {"name": "burst"}, {}),
    ("aws:sagemaker/endpoint:Endpoint", "burst", {"name": "burst"}, {}),
    (
        "aws:appautoscaling/target:Target",
        "endpoint/burst/variant/main",
        {
            "resourceId": "endpoint/burst/variant/main",
            "serviceNamespace": "sagemaker",
            "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "minCapacity": 0,
            "maxCapacity": 2,
        },
        {},
    ),
    ("aws:ssm/parameter:Parameter", "/llm-platform/dev/vpc-id", {"name": "/llm-platform/dev/vpc-id"}, {}),
    ("aws:rds/subnetGroup:SubnetGroup", "databases", {"name": "databases", "subnetIds": [SUBNET_A, SUBNET_B]}, {}),
    _parameters("clusterParameterGroup:ClusterParameterGroup", "cluster-17", "aurora-postgresql17"),
    _parameters("clusterParameterGroup:ClusterParameterGroup", "cluster-16", "aurora-postgresql16"),
    _parameters("parameterGroup:ParameterGroup", "instance-17", "aurora-postgresql17"),
    _parameters("parameterGroup:ParameterGroup", "instance-16", "aurora-postgresql16"),
    (
        "aws:rds/cluster:Cluster",
        "vectors",
        {
            "clusterIdentifier": "vectors",
            "engine": "aurora-postgresql",
            "engineVersion": "17.5",
            "dbSubnetGroupName": "databases",
            "serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 8},
        },
        {"masterUserSecrets": [{"secretArn": MANAGED_SECRET}], "clusterResourceId": "cluster-ABCDEFGHIJ0123456789"},
    ),
    (
        "aws:rds/cluster:Cluster",
        "provisioned",
        {"clusterIdentifier": "provisioned", "engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.10.0"},
        {},
    ),
    (
        "aws:rds/clusterInstance:ClusterInstance",
        "vectors-0",
        {"identifier": "vectors-0", "clusterIdentifier": "vectors", "instanceClass": "db.serverless"},
        {},
    ),
    ("aws:rds/proxy:Proxy", "front", {"name": "front", "engineFamily": "POSTGRESQL"}, {}),
    ("aws:secretsmanager/secret:Secret", OWN_SECRET, {"name": "llm-platform/dev/qdrant"}, {"arn": OWN_SECRET}),
)


def standing_world() -> World:
    """Return a world in which all of it stands, and in which the configuration names what is external."""
    world = World(ACCOUNT, REGION)
    world.declare_external((IMAGE, RESERVATION, SECRET, OTHER_SECRET, ADMINISTRATOR))
    for number, (type_, identity, inputs, outputs) in enumerate(STANDING):
        urn = f"urn:pulumi:dev::llm-platform::{type_}::standing-{number}"
        registration = Registration(urn, type_, f"standing-{number}", "", custom=True, inputs=inputs)
        world.add(Resource(registration, Outcome.CREATED, identity, {**inputs, **outputs}))
    return world
