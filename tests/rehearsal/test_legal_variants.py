"""Inputs that AWS takes and that this project does not write itself: none of them may be refused.

Does not prove that AWS takes them: that comes from AWS's documentation, not from calls.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.checks.judge import judge
from rehearsal.checks.world import World
from rehearsal.plan import Outcome, Registration, Resource
from tests.rehearsal.standing_world import (
    ACCOUNT,
    GROUP,
    KEY,
    OTHER_GROUP,
    OTHER_SUBNET,
    OTHER_VPC,
    OWN_SECRET,
    REGION,
    ROUTES,
    SUBNET_A,
    SUBNET_B,
    TOPIC,
    VPC,
    standing_world,
)

QUEUE, KMS_KEY, ALARM = "aws:sqs/queue:Queue", "aws:kms/key:Key", "aws:cloudwatch/metricAlarm:MetricAlarm"
RULE, TEMPLATE = "aws:cloudwatch/eventRule:EventRule", "aws:ec2/launchTemplate:LaunchTemplate"
ENDPOINT, SUBNET = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/subnet:Subnet"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
PARAMETER, TARGET = "aws:ssm/parameter:Parameter", "aws:appautoscaling/target:Target"
NODES, ADDON, ROLE = "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon", "aws:iam/role:Role"
REPOSITORY, LUSTRE = "aws:ecr/repository:Repository", "aws:fsx/lustreFileSystem:LustreFileSystem"
CLUSTER, FLOW_LOG = "aws:eks/cluster:Cluster", "aws:ec2/flowLog:FlowLog"
DATABASE, INSTANCE = "aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance"
PARAMETERS, PROXY = "aws:rds/clusterParameterGroup:ClusterParameterGroup", "aws:rds/proxy:Proxy"
SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
_INTERFACE = {"vpcId": VPC, "vpcEndpointType": "Interface", "subnetIds": [SUBNET_A]}
_OPEN = {"securityGroupId": GROUP}
_ALARM = {"name": "new", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2}
_METRIC = {"metricName": "Errors", "namespace": "App", "period": 60, "stat": "Sum"}
_NODES = {
    "clusterName": "llm",
    "nodeGroupName": "new",
    "nodeRoleArn": f"arn:aws:iam::{ACCOUNT}:role/nodes",
    "subnetIds": [SUBNET_A],
    "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 1},
}
_DATABASE = {
    "clusterIdentifier": "new",
    "engine": "aurora-postgresql",
    "masterUsername": "postgres",
    "manageMasterUserPassword": True,
    "skipFinalSnapshot": True,
}
_MEMBER = {"identifier": "new", "clusterIdentifier": "vectors", "engine": "aurora-postgresql"}
_ROTATED = {"secretId": OWN_SECRET, "rotationLambdaArn": FUNCTION}
_ACTION = f"arn:aws:swf:{REGION}:{ACCOUNT}:action/actions/AWS_EC2.InstanceId.Reboot/1.0"


def _rules(**rule: Any) -> dict[str, Any]:
    return {"bucket": "llm-platform-logs", "rules": [{"id": "new", "status": "Enabled", **rule}]}


def _pattern(**detail: Any) -> dict[str, Any]:
    return {"name": "new", "eventPattern": json.dumps({"source": ["x"], "detail": detail})}


def _schedule(expression: str) -> dict[str, Any]:
    return {"name": "new", "scheduleExpression": expression}


def _ebs(**ebs: Any) -> dict[str, Any]:
    return {"name": "new", "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}


VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "FIFO queue": (QUEUE, {"name": "a.fifo", "fifoQueue": True, "fifoThroughputLimit": "perMessageGroupId"}),
    "queue with AWS's key": (QUEUE, {"name": "a", "kmsMasterKeyId": "alias/aws/sqs"}),
    "topic with AWS's key": ("aws:sns/topic:Topic", {"name": "a", "kmsMasterKeyId": "alias/aws/sns"}),
    "multi-region key": (KMS_KEY, {"multiRegion": True, "enableKeyRotation": True, "rotationPeriodInDays": 180}),
    "signing key": (KMS_KEY, {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"}),
    "secure parameter with a key": (PARAMETER, {"name": "/a", "type": "SecureString", "value": "x", "keyId": KEY}),
    "secure parameter with AWS's key": (PARAMETER, {"name": "/a", "type": "SecureString", "keyId": "alias/aws/ssm"}),
    "lifecycle by tag": (LIFECYCLE, _rules(filter={"tag": {"key": "a", "value": "b"}}, expiration={"days": 1})),
    "lifecycle by size": (LIFECYCLE, _rules(filter={"objectSizeGreaterThan": 1024}, expiration={"days": 1})),
    "intelligent tiering at once": (
        LIFECYCLE,
        _rules(filter={}, transitions=[{"days": 0, "storageClass": "INTELLIGENT_TIERING"}]),
    ),
    "lifecycle by date": (LIFECYCLE, _rules(filter={}, expiration={"date": "2030-01-01T00:00:00Z"})),
    "mutable repository": (REPOSITORY, {"name": "a/b-c.d", "imageTagMutability": "MUTABLE"}),
    "table capacity": (
        TARGET,
        {
            "serviceNamespace": "dynamodb",
            "resourceId": "table/jobs",
            "scalableDimension": "dynamodb:table:ReadCapacityUnits",
            "minCapacity": 1,
            "maxCapacity": 9,
        },
    ),
    "alarm on an expression": (
        ALARM,
        {
            **_ALARM,
            "threshold": 1,
            "metricQueries": [
                {"id": "e", "expression": "m / 2", "returnData": True},
                {"id": "m", "metric": _METRIC},
            ],
        },
    ),
    "anomaly alarm": (
        ALARM,
        {
            **_ALARM,
            "thresholdMetricId": "band",
            "metricQueries": [
                {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m)", "returnData": True},
                {"id": "m", "metric": _METRIC, "returnData": True},
            ],
        },
    ),
    "alarm that reboots": (
        ALARM,
        {
            **_ALARM,
            "threshold": 1,
            "metricName": "StatusCheckFailed",
            "period": 60,
            "statistic": "Maximum",
            "alarmActions": [_ACTION, f"arn:aws:automate:{REGION}:ec2:recover", TOPIC],
        },
    ),
    "rate": (RULE, _schedule("rate(5 minutes)")),
    "last day of the month": (RULE, _schedule("cron(0 8 L * ? *)")),
    "second Monday": (RULE, _schedule("cron(0 9 ? * 2#1 *)")),
    "working hours": (RULE, _schedule("cron(0/15 8-17 ? * MON-FRI *)")),
    "pattern with matchers": (RULE, _pattern(size=[{"numeric": [">", 0]}], **{"$or": [{"a": ["b"]}, {"c": [1]}]})),
    "fast gp3": (TEMPLATE, _ebs(volumeType="gp3", volumeSize=500, iops=16000, throughput=1000)),
    "io2": (TEMPLATE, _ebs(volumeType="io2", volumeSize=100, iops=50000)),
    "template with an image's parameter": (
        TEMPLATE,
        {"name": "new", "imageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"},
    ),
    "IPv6 rule": (INGRESS, {**_OPEN, "ipProtocol": "-1", "cidrIpv6": "::/0"}),
    "ping": (INGRESS, {**_OPEN, "ipProtocol": "icmp", "fromPort": -1, "toPort": -1, "cidrIpv4": "10.0.0.0/8"}),
    "protocol by number": (INGRESS, {**_OPEN, "ipProtocol": "50", "cidrIpv4": "10.0.0.0/8"}),
    "group that refers to itself": (INGRESS, {**_OPEN, "ipProtocol": "-1", "referencedSecurityGroupId": GROUP}),
    "endpoint of a service that is not listed": (
        ENDPOINT,
        {**_INTERFACE, "serviceName": f"com.amazonaws.{REGION}.codebuild"},
    ),
    "SageMaker's notebooks": (ENDPOINT, {**_INTERFACE, "serviceName": f"aws.sagemaker.{REGION}.notebook"}),
    "somebody's service": (ENDPOINT, {**_INTERFACE, "serviceName": f"com.amazonaws.vpce.{REGION}.vpce-svc-0a1b2c3d"}),
    "endpoint of another region": (
        ENDPOINT,
        {**_INTERFACE, "serviceName": "com.amazonaws.eu-west-1.s3", "serviceRegion": "eu-west-1"},
    ),
    "gateway endpoint by default": (
        ENDPOINT,
        {"vpcId": VPC, "serviceName": f"com.amazonaws.{REGION}.dynamodb", "routeTableIds": [ROUTES]},
    ),
    "local zone": (SUBNET, {"vpcId": VPC, "cidrBlock": "10.0.200.0/24", "availabilityZone": f"{REGION}-bos-1a"}),
    "Marketplace add-on": (ADDON, {"clusterName": "llm", "addonName": "datadog_operator"}),
    "add-on configured in YAML": (
        ADDON,
        {"clusterName": "llm", "addonName": "coredns", "configurationValues": "replicaCount: 3\n"},
    ),
    "template by name, latest version": (
        NODES,
        {**_NODES, "launchTemplate": {"name": "plain", "version": "$Latest"}},
    ),
    "open API endpoint": (
        CLUSTER,
        {
            "name": "new",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/cluster",
            "vpcConfig": {"subnetIds": [SUBNET_A], "publicAccessCidrs": ["203.0.113.0/24", "198.51.100.7/32"]},
        },
    ),
    "Intelligent-Tiering file system": (
        LUSTRE,
        {
            "subnetIds": SUBNET_A,
            "deploymentType": "PERSISTENT_2",
            "storageType": "INTELLIGENT_TIERING",
            "throughputCapacity": 4000,
        },
    ),
    "flow log in a folder of a bucket": (
        FLOW_LOG,
        {
            "subnetId": SUBNET_A,
            "trafficType": "REJECT",
            "logDestinationType": "s3",
            "logDestination": "arn:aws:s3:::llm-platform-logs/flows/",
        },
    ),
    "MySQL": (DATABASE, {**_DATABASE, "engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.10.0"}),
    "MySQL's admin": (DATABASE, {**_DATABASE, "engine": "aurora-mysql", "masterUsername": "admin"}),
    "newest minor version": (DATABASE, {**_DATABASE, "engineVersion": "17"}),
    "database that pauses": (
        DATABASE,
        {
            **_DATABASE,
            "serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 256, "secondsUntilAutoPause": 3600},
        },
    ),
    "restored database": (
        DATABASE,
        {
            "clusterIdentifier": "new",
            "engine": "aurora-postgresql",
            "snapshotIdentifier": "before",
            "skipFinalSnapshot": True,
        },
    ),
    "backups over midnight": (
        DATABASE,
        {**_DATABASE, "preferredBackupWindow": "23:30-00:30", "preferredMaintenanceWindow": "Sat:22:30-Sat:23:30"},
    ),
    "provisioned reader": (INSTANCE, {**_MEMBER, "instanceClass": "db.r8gd.24xlarge", "engineVersion": "17"}),
    "small class": (INSTANCE, {**_MEMBER, "instanceClass": "db.t4g.medium"}),
    "MySQL's parameters": (
        PARAMETERS,
        {
            "name": "new",
            "family": "aurora-mysql8.0",
            "parameters": [
                {"name": "max_connections", "value": "GREATEST({log(DBInstanceClassMemory/805306368)*45},1)"}
            ],
        },
    ),
    "proxy that signs in with IAM throughout": (
        PROXY,
        {
            "name": "new",
            "engineFamily": "POSTGRESQL",
            "defaultAuthScheme": "IAM_AUTH",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/databases",
            "vpcSubnetIds": [SUBNET_A, SUBNET_B],
        },
    ),
    "secret that is deleted at once": (SECRET, {"name": "llm/a+b=c@d.e", "recoveryWindowInDays": 0}),
    "secret with AWS's key": (SECRET, {"name": "new", "kmsKeyId": "alias/aws/secretsmanager"}),
    "rotation by days": (ROTATION, {**_ROTATED, "rotationRules": {"automaticallyAfterDays": 30}}),
    "rotation by schedule": (ROTATION, {**_ROTATED, "rotationRules": {"scheduleExpression": "cron(0 8 1 * ? *)"}}),
    "role of another account": (
        ROLE,
        {
            "name": "new",
            "assumeRolePolicy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"sts:ExternalId": "e"}},
                    },
                }
            ),
        },
    ),
}


def judged(world: World, type_: str, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    urn = f"urn:pulumi:dev::llm-platform::{type_}::new"
    faults = judge(Registration(urn, type_, "new", "", custom=True, inputs=inputs), world)
    return [(fault.property, fault.message) for fault in faults]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_legal_variant_is_not_refused(variant: str) -> None:
    world = standing_world()
    world.declare_external((FUNCTION,))
    assert [fault for fault in judged(world, *VARIANTS[variant]) if "needs two zones" not in fault[1]] == []


@pytest.mark.parametrize(
    ("region", "letters", "others"),
    [
        ("us-east-1", "abcdef", "gz"),
        ("eu-west-1", "abc", "df"),
        ("ap-southeast-2", "abc", "d"),
        ("us-west-2", "abcd", "e"),
        ("ca-central-1", "abd", "c"),
        ("us-west-1", "abc", "d"),
    ],
)
def test_zones_are_those_of_the_region(region: str, letters: str, others: str) -> None:
    world = World(ACCOUNT, region)

    def refused(letter: str) -> bool:
        inputs = {"cidrBlock": "10.0.0.0/24", "availabilityZone": region + letter}
        return "availabilityZone" in dict(judged(world, SUBNET, inputs))

    assert [letter for letter in letters if refused(letter)] == []
    assert [letter for letter in others if not refused(letter)] == []
    assert not any(refused(letter) for letter in ("-bos-1a", "-wl1-bos-wlz-1"))


def stand(world: World, type_: str, identity: str, inputs: dict[str, Any]) -> None:
    registration = Registration(f"urn::{type_}::{identity}", type_, identity, "", custom=True, inputs=inputs)
    world.add(Resource(registration, Outcome.RECORDED, identity, dict(inputs)))


def test_a_subnet_may_lie_in_a_further_block_of_its_vpc() -> None:
    world, inputs = standing_world(), {"vpcId": VPC, "cidrBlock": "100.64.0.0/19"}
    assert judged(world, SUBNET, inputs) == [("cidrBlock", "100.64.0.0/19 lies outside the VPC's 10.0.0.0/16")]
    association = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
    stand(world, association, "vpc-cidr-assoc-1", {"vpcId": VPC, "cidrBlock": "100.64.0.0/16"})
    assert judged(world, SUBNET, inputs) == []


def test_a_rule_may_refer_to_a_group_of_a_connected_vpc_only() -> None:
    world = standing_world()
    inputs = {**_OPEN, "ipProtocol": "-1", "referencedSecurityGroupId": OTHER_GROUP}
    assert [property_ for property_, _ in judged(world, INGRESS, inputs)] == ["referencedSecurityGroupId"]
    stand(world, "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "pcx-1", {"vpcId": VPC})
    assert judged(world, INGRESS, inputs) == []


def test_an_id_of_a_type_that_the_rehearsal_does_not_know_may_be_what_it_claims() -> None:
    world = standing_world()
    inputs = {**_OPEN, "ipProtocol": "-1", "prefixListId": "mine-id"}
    assert [property_ for property_, _ in judged(world, INGRESS, inputs)] == ["prefixListId"]
    stand(world, "aws:demo/list:List", "mine-id", {})
    assert judged(world, INGRESS, inputs) == []


def test_what_a_provider_function_answers_stands() -> None:
    world, inputs = standing_world(), {"name": "new", "imageId": "ami-0aaaaaaaaaaaaaaaa"}
    assert [property_ for property_, _ in judged(world, TEMPLATE, inputs)] == ["imageId"]
    world.adopt({"value": "ami-0aaaaaaaaaaaaaaaa", "type": "String"})
    assert judged(world, TEMPLATE, inputs) == []
    assert not world.is_external("String")


def test_a_variant_that_the_endpoint_lacks_is_not_scaled() -> None:
    world = standing_world()
    configuration = {"name": "two", "productionVariants": [{"variantName": "main"}]}
    stand(world, "aws:sagemaker/endpointConfiguration:EndpointConfiguration", "two", configuration)
    stand(world, "aws:sagemaker/endpoint:Endpoint", "two", {"name": "two", "endpointConfigName": "two"})
    scaled = {"serviceNamespace": "sagemaker", "scalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    assert judged(world, TARGET, {**scaled, "resourceId": "endpoint/two/variant/main"}) == []
    assert judged(world, TARGET, {**scaled, "resourceId": "endpoint/two/variant/mian"}) == [
        ("resourceId", "endpoint two has no variant mian; it has main")
    ]


def test_nodes_stay_in_their_cluster_s_vpc_and_templates_have_the_version() -> None:
    world = standing_world()
    stand(world, CLUSTER, "mine", {"name": "mine", "vpcConfig": {"subnetIds": [SUBNET_A]}})
    stand(world, TEMPLATE, "lt-0cccccccccccccccc", {"name": "third", "latestVersion": 3})
    inputs = {**_NODES, "clusterName": "mine", "launchTemplate": {"name": "third", "version": "3"}}
    assert judged(world, NODES, inputs) == []
    assert judged(world, NODES, {**inputs, "subnetIds": [OTHER_SUBNET]}) == [
        ("subnetIds[0]", f"{OTHER_SUBNET} belongs to {OTHER_VPC}; the cluster is in {VPC}")
    ]
    assert judged(world, NODES, {**inputs, "launchTemplate": {"name": "third", "version": "4"}}) == [
        ("launchTemplate.version", "4 is not there; the latest version is 3")
    ]
