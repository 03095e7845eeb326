"""Networks, and a cluster in them, that keep every policy."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.sample import Sample

ACCOUNT = "333344445555"
REGION = "us-east-1"
BUCKET = f"llm-platform-prod-models-{ACCOUNT}-{REGION}"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
OIDC = f"oidc.eks.{REGION}.amazonaws.com/id/9FAB2B2B9F0375CEF69253C7EE3F0EF7"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0d9f6a52-7d1c-4d1e-9a53-3c9a3d7b5a11"
ROLES = f"arn:aws:iam::{ACCOUNT}:role/llm-platform-prod"


def document(*statements: dict[str, Any]) -> str:
    """Return an IAM document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def trust(kind: str, principal: str, action: str = "sts:AssumeRole", **conditions: Any) -> dict[str, Any]:
    """Return a statement of a trust policy."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {kind: principal}, "Action": action}
    return {**statement, "Condition": conditions} if conditions else statement


def role(name: str, *statements: dict[str, Any]) -> Sample:
    """Return a role with its trust policy."""
    return Sample(
        "aws:iam/role:Role",
        name,
        {"name": f"llm-platform-prod-{name}", "assumeRolePolicy": document(*statements)},
        {"arn": f"{ROLES}-{name}", "id": f"llm-platform-prod-{name}"},
    )


VPC = [
    Sample(
        "aws:ec2/vpc:Vpc",
        "vpc",
        {"cidrBlock": "10.40.0.0/16", "enableDnsHostnames": True, "enableDnsSupport": True},
        {"id": "vpc-1", "defaultSecurityGroupId": "sg-default", "mainRouteTableId": "rtb-main"},
    ),
    Sample(
        "aws:ec2/flowLog:FlowLog",
        "flow-log",
        {
            "vpcId": "vpc-1",
            "trafficType": "ALL",
            "logDestinationType": "cloud-watch-logs",
            "logDestination": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vpc/llm-platform-prod/flow-logs",
            "iamRoleArn": f"{ROLES}-role-of-flow-log",
        },
        refers={"vpcId": ["vpc"], "iamRoleArn": ["role-of-flow-log"]},
    ),
    Sample("aws:ec2/internetGateway:InternetGateway", "gateway", {"vpcId": "vpc-1"}, {"id": "igw-1"}),
    Sample("aws:ec2/eip:Eip", "address-of-nat", {"domain": "vpc"}, {"id": "eipalloc-1"}),
    Sample(
        "aws:ec2/natGateway:NatGateway",
        "nat",
        {"allocationId": "eipalloc-1", "connectivityType": "public", "subnetId": "subnet-public"},
        {"id": "nat-1"},
        refers={"allocationId": ["address-of-nat"], "subnetId": ["subnet-public"]},
    ),
    *(
        Sample(
            "aws:ec2/subnet:Subnet",
            f"subnet-{name}",
            {
                "availabilityZone": f"us-east-1{zone}",
                "cidrBlock": block,
                "mapPublicIpOnLaunch": False,
                "vpcId": "vpc-1",
            },
            {"id": f"subnet-{name}"},
            refers={"vpcId": ["vpc"]},
        )
        for name, zone, block in (
            ("public", "a", "10.40.254.0/24"),
            ("private", "a", "10.40.0.0/18"),
            ("private-b", "b", "10.40.64.0/18"),
            ("database-a", "a", "10.40.255.0/24"),
            ("database-b", "b", "10.40.253.0/24"),
        )
    ),
    *(
        Sample(
            "aws:ec2/routeTable:RouteTable",
            f"table-{name}",
            {"vpcId": "vpc-1"},
            {"id": f"rtb-{name}"},
            refers={"vpcId": ["vpc"]},
        )
        for name in ("public", "private", "database")
    ),
    *(
        Sample(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            f"table-of-{subnet}",
            {"routeTableId": f"rtb-{table}", "subnetId": f"subnet-{subnet}"},
            refers={"routeTableId": [f"table-{table}"], "subnetId": [f"subnet-{subnet}"]},
        )
        for subnet, table in (
            ("public", "public"),
            ("private", "private"),
            ("private-b", "private"),
            ("database-a", "database"),
            ("database-b", "database"),
        )
    ),
    Sample(
        "aws:ec2/route:Route",
        "route-out",
        {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "routeTableId": "rtb-public"},
        refers={"gatewayId": ["gateway"], "routeTableId": ["table-public"]},
    ),
    Sample(
        "aws:ec2/route:Route",
        "route-through-nat",
        {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1", "routeTableId": "rtb-private"},
        refers={"natGatewayId": ["nat"], "routeTableId": ["table-private"]},
    ),
    Sample(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "endpoint-s3",
        {
            "vpcId": "vpc-1",
            "vpcEndpointType": "Gateway",
            "serviceName": f"com.amazonaws.{REGION}.s3",
            "routeTableIds": ["rtb-private", "rtb-database"],
        },
        refers={"vpcId": ["vpc"], "routeTableIds": ["table-private", "table-database"]},
    ),
]

GROUPS = [
    Sample(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "group-default",
        {"ingress": [], "egress": [], "vpcId": "vpc-1"},
        {"id": "sg-default"},
        refers={"vpcId": ["vpc"]},
    ),
    Sample(
        "aws:ec2/securityGroup:SecurityGroup",
        "group-of-files",
        {
            "description": "Lustre between its servers and the VPC",
            "vpcId": "vpc-1",
            "ingress": [
                {
                    "description": "Lustre from the VPC",
                    "protocol": "tcp",
                    "fromPort": 988,
                    "toPort": 988,
                    "cidrBlocks": ["10.40.0.0/16"],
                }
            ],
            "egress": [
                {
                    "description": "Lustre to the VPC",
                    "protocol": "tcp",
                    "fromPort": 988,
                    "toPort": 988,
                    "cidrBlocks": ["10.40.0.0/16"],
                }
            ],
        },
        {"id": "sg-files"},
        refers={"vpcId": ["vpc"]},
    ),
    Sample(
        "aws:ec2/securityGroup:SecurityGroup",
        "group-of-endpoints",
        {"description": "Interface endpoints: TLS from inside the VPC", "vpcId": "vpc-1"},
        {"id": "sg-endpoints"},
        refers={"vpcId": ["vpc"]},
    ),
    Sample(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "rule-of-endpoints",
        {
            "securityGroupId": "sg-endpoints",
            "description": "DNS over TLS from the VPC",
            "ipProtocol": "tcp",
            "fromPort": 853,
            "toPort": 853,
            "cidrIpv4": "10.40.0.0/16",
        },
        refers={"securityGroupId": ["group-of-endpoints"]},
    ),
    Sample(
        "aws:ec2/securityGroup:SecurityGroup",
        "group-of-database",
        {"description": "Vector database: PostgreSQL from nodes and pods", "vpcId": "vpc-1"},
        {"id": "sg-database"},
        refers={"vpcId": ["vpc"]},
    ),
    Sample(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "rule-of-database",
        {
            "securityGroupId": "sg-database",
            "referencedSecurityGroupId": "sg-cluster",
            "description": "PostgreSQL from nodes and pods",
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
        },
        refers={"securityGroupId": ["group-of-database"], "referencedSecurityGroupId": ["cluster"]},
    ),
    Sample(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "rule-of-nodes",
        {
            "type": "ingress",
            "securityGroupId": "sg-cluster",
            "description": "Kubernetes API from the office",
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["172.16.12.0/24"],
        },
        refers={"securityGroupId": ["cluster"]},
    ),
    Sample(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "rule-out-of-endpoints",
        {
            "securityGroupId": "sg-endpoints",
            "description": "Answers to the VPC",
            "ipProtocol": "-1",
            "cidrIpv4": "10.40.0.0/16",
        },
        refers={"securityGroupId": ["group-of-endpoints"]},
    ),
    Sample(
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "offices",
        {
            "name": "offices",
            "addressFamily": "IPv4",
            "maxEntries": 5,
            "entries": [{"cidr": "203.0.113.0/24", "description": "Office"}],
        },
        {"id": "pl-offices"},
    ),
]

CLUSTER = [
    Sample(
        "aws:eks/cluster:Cluster",
        "cluster",
        {
            "name": "llm-platform-prod",
            "version": "1.35",
            "roleArn": f"{ROLES}-role-of-cluster",
            "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
            "deletionProtection": True,
            "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
            "encryptionConfig": {
                "provider": {"keyArn": KEY},
                "resources": ["secrets"],
            },
            "upgradePolicy": {"supportType": "STANDARD"},
            "vpcConfig": {
                "endpointPrivateAccess": True,
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["203.0.113.0/24"],
                "subnetIds": ["subnet-private", "subnet-private-b"],
            },
        },
        {"id": "llm-platform-prod", "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/llm-platform-prod"},
        refers={"roleArn": ["role-of-cluster"], "vpcConfig": ["subnet-private", "subnet-private-b"]},
        protect=True,
    ),
    Sample(
        "aws:eks/accessEntry:AccessEntry",
        "access-of-admin",
        {
            "clusterName": "llm-platform-prod",
            "principalArn": f"arn:aws:iam::{ACCOUNT}:role/platform-admin",
            "kubernetesGroups": ["platform"],
            "type": "STANDARD",
        },
        refers={"clusterName": ["cluster"]},
    ),
    Sample(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "access-policy-of-admin",
        {
            "clusterName": "llm-platform-prod",
            "principalArn": f"arn:aws:iam::{ACCOUNT}:role/platform-admin",
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        },
        refers={"clusterName": ["cluster"]},
    ),
    Sample(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "access-policy-of-deployer",
        {
            "clusterName": "llm-platform-prod",
            "principalArn": f"arn:aws:iam::{ACCOUNT}:role/deployer",
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy",
            "accessScope": {"type": "namespace", "namespaces": ["serving", "training"]},
        },
        refers={"clusterName": ["cluster"]},
    ),
    Sample(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "identities-of-cluster",
        {"clientIdLists": ["sts.amazonaws.com"], "url": f"https://{OIDC}"},
        {"arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC}"},
    ),
    Sample(
        "aws:lb/loadBalancer:LoadBalancer",
        "balancer",
        {
            "internal": True,
            "loadBalancerType": "network",
            "enableDeletionProtection": True,
            "subnets": ["subnet-private"],
            "accessLogs": {"bucket": f"llm-platform-prod-logs-{ACCOUNT}-{REGION}", "enabled": True},
        },
        refers={"subnets": ["subnet-private"]},
    ),
    Sample(
        "kubernetes:core/v1:Service",
        "service-of-gateway",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": "gateway",
                "namespace": "serving",
                "annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
            },
            "spec": {"type": "LoadBalancer", "ports": [{"port": 443, "targetPort": "https"}]},
        },
    ),
    Sample(
        "kubernetes:networking.k8s.io/v1:Ingress",
        "ingress-of-gateway",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {
                "name": "gateway",
                "namespace": "serving",
                "annotations": {"alb.ingress.kubernetes.io/scheme": "internal"},
            },
            "spec": {"ingressClassName": "alb"},
        },
    ),
    Sample(
        "aws:ec2/instance:Instance",
        "instance-of-relay",
        {
            "ami": "ami-0fedcba9876543210",
            "instanceType": "m7i.large",
            "associatePublicIpAddress": False,
            "metadataOptions": {"httpEndpoint": "enabled", "httpPutResponseHopLimit": 1, "httpTokens": "required"},
            "monitoring": True,
            "rootBlockDevice": {
                "deleteOnTermination": True,
                "encrypted": True,
                "kmsKeyId": KEY,
                "volumeSize": 50,
                "volumeType": "gp3",
            },
            "subnetId": "subnet-private",
            "vpcSecurityGroupIds": ["sg-endpoints"],
        },
        refers={"subnetId": ["subnet-private"], "vpcSecurityGroupIds": ["group-of-endpoints"]},
    ),
]

SAMPLES = [*VPC, *GROUPS, *CLUSTER]
