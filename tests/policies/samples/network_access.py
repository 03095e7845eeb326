"""Networks and permissions that keep every policy."""

from __future__ import annotations

from tests.policies.sample import Sample

SAMPLES = [
    Sample(
        "aws:ec2/securityGroup:SecurityGroup",
        "group-of-endpoints",
        {
            "description": "HTTPS from the VPC",
            "ingress": [
                {
                    "description": "HTTPS from the VPC",
                    "protocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrBlocks": ["10.40.0.0/16"],
                }
            ],
        },
        {"id": "sg-endpoints"},
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
]
