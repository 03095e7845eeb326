"""Inputs that AWS accepts, one or a few for each type in use: what the refusal table starts from."""

from __future__ import annotations

import json
from typing import Any

from tests.rehearsal.accepted_databases import ACCEPTED_DATABASES
from tests.rehearsal.hybrid_node_inputs import ACCEPTED_HYBRID_NODES
from tests.rehearsal.standing_world import (
    ACCOUNT,
    ADDRESS,
    ADMINISTRATOR,
    GATEWAY,
    GROUP,
    HOST,
    IMAGE,
    KEY,
    LOGS_KEY,
    NAT,
    OTHER_VPC,
    QUEUE,
    QUEUE_URL,
    REGION,
    RESERVATION,
    ROUTES,
    SECRET,
    SUBNET_A,
    SUBNET_B,
    TEMPLATE,
    TOPIC,
    VPC,
    role_arn,
    trust,
)
from tests.rehearsal.watched_inputs import ACCEPTED_WATCHED


def policy(**statement: Any) -> str:
    """Return an identity policy of one statement, with keys overridden; None leaves one out."""
    allow: dict[str, Any] = {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": "arn:aws:s3:::llm-platform-models/*",
        **statement,
    }
    allow = {key: value for key, value in allow.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def resource_policy(resource: str, action: str, **statement: Any) -> str:
    """Return a resource policy that lets the account act on `resource`."""
    return policy(
        **{
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": action,
            "Resource": resource,
            **statement,
        }
    )


def lifecycle(**rule: Any) -> str:
    """Return an ECR lifecycle policy of one rule, with keys of its selection overridden."""
    selection = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 14,
    }
    selection = {key: value for key, value in {**selection, **rule}.items() if value is not None}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


ACCEPTED: dict[str, tuple[str, dict[str, Any]]] = {
    "vpc": (
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.2.0.0/16", "instanceTenancy": "default", "tags": {"Name": "llm"}},
    ),
    "subnet": (
        "aws:ec2/subnet:Subnet",
        {"vpcId": VPC, "cidrBlock": "10.0.96.0/19", "availabilityZone": "us-east-1c"},
    ),
    "internet gateway": ("aws:ec2/internetGateway:InternetGateway", {"vpcId": OTHER_VPC}),
    "address": ("aws:ec2/eip:Eip", {"domain": "vpc"}),
    "nat": ("aws:ec2/natGateway:NatGateway", {"allocationId": ADDRESS, "subnetId": SUBNET_B}),
    "route table": ("aws:ec2/routeTable:RouteTable", {"vpcId": VPC}),
    "route": (
        "aws:ec2/route:Route",
        {"routeTableId": ROUTES, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": GATEWAY},
    ),
    "private route": (
        "aws:ec2/route:Route",
        {"routeTableId": ROUTES, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": NAT},
    ),
    "association": (
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        {"routeTableId": ROUTES, "subnetId": SUBNET_B},
    ),
    "interface endpoint": (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcId": VPC,
            "serviceName": f"com.amazonaws.{REGION}.ecr.api",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "subnetIds": [SUBNET_A, SUBNET_B],
            "securityGroupIds": [GROUP],
        },
    ),
    "gateway endpoint": (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcId": VPC,
            "serviceName": f"com.amazonaws.{REGION}.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": [ROUTES],
        },
    ),
    "security group": (
        "aws:ec2/securityGroup:SecurityGroup",
        {"vpcId": VPC, "name": "endpoints", "description": "Interface endpoints"},
    ),
    "default security group": ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": VPC}),
    "ingress": (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {
            "securityGroupId": GROUP,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/16",
            "description": "TLS from the VPC",
        },
    ),
    "egress": (
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        {"securityGroupId": GROUP, "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"},
    ),
    "flow log": (
        "aws:ec2/flowLog:FlowLog",
        {
            "vpcId": VPC,
            "trafficType": "ALL",
            "logDestinationType": "cloud-watch-logs",
            "logDestination": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/flow-logs",
            "iamRoleArn": role_arn("flow-logs"),
            "maxAggregationInterval": 60,
        },
    ),
    "launch template": (
        "aws:ec2/launchTemplate:LaunchTemplate",
        {
            "name": "system",
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpTokens": "required",
                "httpPutResponseHopLimit": 1,
            },
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {
                        "volumeSize": 100,
                        "volumeType": "gp3",
                        "iops": 3000,
                        "throughput": 250,
                        "encrypted": "true",
                        "kmsKeyId": KEY,
                    },
                }
            ],
            "vpcSecurityGroupIds": [GROUP],
            "tagSpecifications": [{"resourceType": "instance", "tags": {"team": "llm"}}],
            "userData": "IyEvYmluL2Jhc2gK",
        },
    ),
    "training template": (
        "aws:ec2/launchTemplate:LaunchTemplate",
        {
            "name": "training",
            "instanceType": "p4d.24xlarge",
            "placement": {"groupName": "training", "tenancy": "default"},
            "networkInterfaces": [
                {
                    "deviceIndex": 0 if card == 0 else 1,
                    "networkCardIndex": card,
                    "interfaceType": "efa",
                    "securityGroups": [GROUP],
                }
                for card in range(4)
            ],
            "capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": RESERVATION}},
        },
    ),
    "placement group": ("aws:ec2/placementGroup:PlacementGroup", {"name": "other", "strategy": "cluster"}),
    "host": (
        "aws:ec2/dedicatedHost:DedicatedHost",
        {
            "availabilityZone": "us-east-1a",
            "instanceType": "g5.48xlarge",
            "autoPlacement": "off",
            "hostRecovery": "off",
        },
    ),
    "instance": (
        "aws:ec2/instance:Instance",
        {
            "ami": IMAGE,
            "instanceType": "g5.48xlarge",
            "subnetId": SUBNET_A,
            "vpcSecurityGroupIds": [GROUP],
            "tenancy": "host",
            "hostId": HOST,
            "iamInstanceProfile": "nodes",
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 200, "encrypted": True, "kmsKeyId": KEY},
        },
    ),
    "role": (
        "aws:iam/role:Role",
        {
            "name": "system-nodes",
            "assumeRolePolicy": trust(),
            "description": "Nodes of the system group",
            "path": "/",
            "maxSessionDuration": 3600,
        },
    ),
    "role policy": ("aws:iam/rolePolicy:RolePolicy", {"name": "models", "role": "pods", "policy": policy()}),
    "attachment": (
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
    ),
    "policy": (
        "aws:iam/policy:Policy",
        {"name": "models", "description": "Reads models", "policy": policy()},
    ),
    "instance profile": ("aws:iam/instanceProfile:InstanceProfile", {"name": "training", "role": "nodes"}),
    "identity provider": (
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {
            "url": "https://oidc.eks.us-east-1.amazonaws.com/id/0A0B",
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
        },
    ),
    "key": (
        "aws:kms/key:Key",
        {
            "description": "Volumes",
            "enableKeyRotation": True,
            "rotationPeriodInDays": 365,
            "deletionWindowInDays": 30,
            "policy": resource_policy("*", "kms:*"),
        },
    ),
    "alias": ("aws:kms/alias:Alias", {"name": "alias/llm-platform/volumes", "targetKeyId": KEY}),
    "log group": (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/aws/eks/llm/cluster", "retentionInDays": 30, "kmsKeyId": LOGS_KEY},
    ),
    "event rule": (
        "aws:cloudwatch/eventRule:EventRule",
        {
            "name": "rebalance",
            "eventPattern": json.dumps(
                {"source": ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"]}
            ),
        },
    ),
    "schedule": (
        "aws:cloudwatch/eventRule:EventRule",
        {"name": "nightly", "scheduleExpression": "rate(5 minutes)"},
    ),
    "event target": (
        "aws:cloudwatch/eventTarget:EventTarget",
        {"rule": "spot", "arn": QUEUE, "targetId": "queue", "retryPolicy": {"maximumEventAgeInSeconds": 300}},
    ),
    "alarm": (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {
            "name": "backlog",
            "namespace": "AWS/SageMaker",
            "metricName": "HasBacklogWithoutCapacity",
            "statistic": "Average",
            "period": 60,
            "evaluationPeriods": 2,
            "datapointsToAlarm": 2,
            "threshold": 1,
            "comparisonOperator": "GreaterThanOrEqualToThreshold",
            "treatMissingData": "missing",
            "dimensions": {"EndpointName": "burst"},
            "alarmActions": [TOPIC],
        },
    ),
    "cluster": (
        "aws:eks/cluster:Cluster",
        {
            "name": "llm-platform-dev",
            "version": "1.35",
            "roleArn": role_arn("cluster"),
            "vpcConfig": {
                "subnetIds": [SUBNET_A, SUBNET_B],
                "endpointPrivateAccess": True,
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["203.0.113.0/24"],
                "securityGroupIds": [GROUP],
            },
            "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
            "encryptionConfig": {"provider": {"keyArn": KEY}, "resources": ["secrets"]},
            "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
            "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
            "upgradePolicy": {"supportType": "STANDARD"},
        },
    ),
    "node group": (
        "aws:eks/nodeGroup:NodeGroup",
        {
            "clusterName": "llm",
            "nodeGroupName": "inference",
            "nodeRoleArn": role_arn("nodes"),
            "subnetIds": [SUBNET_A, SUBNET_B],
            "amiType": "AL2023_x86_64_NVIDIA",
            "capacityType": "ON_DEMAND",
            "instanceTypes": ["g5.2xlarge"],
            "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 4},
            "launchTemplate": {"id": TEMPLATE, "version": "1"},
            "labels": {"nvidia.com/gpu.product": "A10G", "llm-platform/pool": "inference"},
            "taints": [{"key": "nvidia.com/gpu", "value": "inference", "effect": "NO_SCHEDULE"}],
            "updateConfig": {"maxUnavailable": 1},
        },
    ),
    "add-on": (
        "aws:eks/addon:Addon",
        {
            "clusterName": "llm",
            "addonName": "coredns",
            "addonVersion": "v1.12.4-eksbuild.1",
            "configurationValues": "{}",
            "resolveConflictsOnCreate": "OVERWRITE",
            "resolveConflictsOnUpdate": "PRESERVE",
        },
    ),
    "access entry": (
        "aws:eks/accessEntry:AccessEntry",
        {"clusterName": "llm", "principalArn": role_arn("pods"), "type": "STANDARD"},
    ),
    "access policy": (
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        {
            "clusterName": "llm",
            "principalArn": ADMINISTRATOR,
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        },
    ),
    "pod identity": (
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        {
            "clusterName": "llm",
            "namespace": "kube-system",
            "serviceAccount": "aws-node",
            "roleArn": role_arn("pods"),
        },
    ),
    "queue": (
        "aws:sqs/queue:Queue",
        {
            "name": "events",
            "messageRetentionSeconds": 300,
            "visibilityTimeoutSeconds": 30,
            "receiveWaitTimeSeconds": 20,
            "delaySeconds": 0,
            "maxMessageSize": 262144,
            "kmsMasterKeyId": KEY,
            "kmsDataKeyReusePeriodSeconds": 300,
            "redrivePolicy": json.dumps({"deadLetterTargetArn": QUEUE, "maxReceiveCount": 5}),
        },
    ),
    "queue policy": (
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": QUEUE_URL, "policy": resource_policy(QUEUE, "sqs:SendMessage")},
    ),
    "topic": ("aws:sns/topic:Topic", {"name": "failures", "kmsMasterKeyId": KEY, "displayName": "Failures"}),
    "topic policy": (
        "aws:sns/topicPolicy:TopicPolicy",
        {"arn": TOPIC, "policy": resource_policy(TOPIC, "sns:Publish")},
    ),
    "bucket": ("aws:s3/bucket:Bucket", {"bucket": "llm-platform-datasets", "forceDestroy": False}),
    "versioning": (
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "llm-platform-models", "versioningConfiguration": {"status": "Enabled"}},
    ),
    "encryption": (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {
            "bucket": "llm-platform-models",
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
                    "bucketKeyEnabled": True,
                }
            ],
        },
    ),
    "public access block": (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"bucket": "llm-platform-logs", "blockPublicAcls": True, "blockPublicPolicy": True},
    ),
    "ownership": (
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"bucket": "llm-platform-models", "rule": {"objectOwnership": "BucketOwnerEnforced"}},
    ),
    "bucket policy": (
        "aws:s3/bucketPolicy:BucketPolicy",
        {
            "bucket": "llm-platform-models",
            "policy": policy(
                Effect="Deny",
                Principal="*",
                Action="s3:*",
                Resource=["arn:aws:s3:::llm-platform-models", "arn:aws:s3:::llm-platform-models/*"],
                Condition={"Bool": {"aws:SecureTransport": "false"}},
            ),
        },
    ),
    "lifecycle": (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {
            "bucket": "llm-platform-models",
            "rules": [
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                },
                {
                    "id": "archive",
                    "status": "Enabled",
                    "filter": {"prefix": "old/"},
                    "transitions": [
                        {"days": 30, "storageClass": "STANDARD_IA"},
                        {"days": 90, "storageClass": "GLACIER"},
                    ],
                    "expiration": {"days": 365},
                },
            ],
        },
    ),
    "object lock": (
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        {"bucket": "llm-platform-logs", "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}},
    ),
    "repository": (
        "aws:ecr/repository:Repository",
        {
            "name": "llm/tgi",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
        },
    ),
    "image lifecycle": (
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        {"repository": "llm/vllm", "policy": lifecycle()},
    ),
    "repository policy": (
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        {"repository": "llm/vllm", "policy": resource_policy("*", "ecr:BatchGetImage", Resource=None)},
    ),
    "pull-through cache": (
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        {
            "ecrRepositoryPrefix": "docker-hub",
            "upstreamRegistryUrl": "registry-1.docker.io",
            "credentialArn": SECRET,
        },
    ),
    "scratch": (
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        {
            "storageCapacity": 2400,
            "subnetIds": SUBNET_A,
            "securityGroupIds": [GROUP],
            "deploymentType": "PERSISTENT_2",
            "perUnitStorageThroughput": 250,
            "storageType": "SSD",
            "dataCompressionType": "LZ4",
            "kmsKeyId": KEY,
            "fileSystemTypeVersion": "2.15",
        },
    ),
    "parameter": (
        "aws:ssm/parameter:Parameter",
        {"name": "/llm-platform/dev/cluster-name", "type": "String", "value": "llm", "tier": "Standard"},
    ),
    "model": (
        "aws:sagemaker/model:Model",
        {
            "name": "small",
            "executionRoleArn": role_arn("burst"),
            "primaryContainer": {
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/llm/vllm:0.11",
                "modelDataUrl": "s3://llm-platform-models/small/model.tar.gz",
                "environment": {"MODEL": "small"},
            },
            "vpcConfig": {"subnets": [SUBNET_A], "securityGroupIds": [GROUP]},
        },
    ),
    "asynchronous": (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {
            "name": "asynchronous",
            "kmsKeyArn": KEY,
            "productionVariants": [
                {
                    "variantName": "main",
                    "modelName": "burst",
                    "instanceType": "ml.g5.2xlarge",
                    "initialInstanceCount": 1,
                    "initialVariantWeight": 1,
                }
            ],
            "asyncInferenceConfig": {
                "outputConfig": {
                    "s3OutputPath": "s3://llm-platform-models/out/",
                    "kmsKeyId": KEY,
                    "notificationConfig": {"errorTopic": TOPIC},
                },
                "clientConfig": {"maxConcurrentInvocationsPerInstance": 4},
            },
        },
    ),
    "serverless": (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {
            "name": "serverless",
            "productionVariants": [
                {
                    "variantName": "main",
                    "modelName": "burst",
                    "serverlessConfig": {"memorySizeInMb": 4096, "maxConcurrency": 10},
                }
            ],
        },
    ),
    "endpoint": ("aws:sagemaker/endpoint:Endpoint", {"name": "small", "endpointConfigName": "burst"}),
    "scaling target": (
        "aws:appautoscaling/target:Target",
        {
            "serviceNamespace": "sagemaker",
            "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "resourceId": "endpoint/burst/variant/second",
            "minCapacity": 0,
            "maxCapacity": 2,
        },
    ),
    "tracking policy": (
        "aws:appautoscaling/policy:Policy",
        {
            "name": "backlog",
            "policyType": "TargetTrackingScaling",
            "serviceNamespace": "sagemaker",
            "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "resourceId": "endpoint/burst/variant/main",
            "targetTrackingScalingPolicyConfiguration": {
                "targetValue": 5,
                "scaleInCooldown": 300,
                "customizedMetricSpecification": {
                    "metricName": "ApproximateBacklogSizePerInstance",
                    "namespace": "AWS/SageMaker",
                    "statistic": "Average",
                    "dimensions": [{"name": "EndpointName", "value": "burst"}],
                },
            },
        },
    ),
    "step policy": (
        "aws:appautoscaling/policy:Policy",
        {
            "name": "wake",
            "policyType": "StepScaling",
            "serviceNamespace": "sagemaker",
            "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "resourceId": "endpoint/burst/variant/main",
            "stepScalingPolicyConfiguration": {
                "adjustmentType": "ChangeInCapacity",
                "metricAggregationType": "Average",
                "cooldown": 300,
                "stepAdjustments": [{"metricIntervalLowerBound": "0", "scalingAdjustment": 1}],
            },
        },
    ),
    **ACCEPTED_DATABASES,
    **ACCEPTED_HYBRID_NODES,
    **ACCEPTED_WATCHED,
}
