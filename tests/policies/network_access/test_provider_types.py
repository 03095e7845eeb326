"""Every type and property that these policies read is one of the AWS provider's.

Does not prove that the provider still reads a property as it says, nor anything about types of Kubernetes.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pulumi_aws
import pytest

from policies import networks
from policies.network_access.no_path_from_internet_to_database import DATABASES
from policies.network_access.no_public_resource_policies import COPIES, DOCUMENTS

READ: dict[str, list[str]] = {
    **{type_: [path] for type_, path in DOCUMENTS.items()},
    **{type_: [path] for type_, (path, _) in COPIES.items()},
    **{type_: [place.groups, place.subnets, place.subnet_group] for type_, place in DATABASES.items()},
    **{place.subnet_group_type: ["subnetIds"] for place in DATABASES.values() if place.subnet_group_type},
    **{type_: ["securityGroupId"] for type_ in networks.RULES},
    **{type_: ["vpcId"] for type_ in networks.GROUPS[:2]},
    **{type_: ["cidrBlock"] for type_ in networks.VPCS[:1]},
    **{type_: ["entries"] for type_ in networks.PREFIX_LISTS},
    "aws:ec2/route:Route": ["gatewayId", "routeTableId"],
    "aws:ec2/routeTable:RouteTable": ["routes"],
    "aws:ec2/defaultRouteTable:DefaultRouteTable": ["routes"],
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId", "routeTableId"],
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": ["routeTableId"],
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry": ["cidr", "prefixListId"],
    "aws:ec2/flowLog:FlowLog": ["vpcId", "trafficType"],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket", "blockPublicAcls", "restrictPublicBuckets"],
    "aws:lambda/permission:Permission": ["principal", "principalOrgId"],
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ["policyArn", "principalArn", "accessScope"],
    "aws:eks/accessEntry:AccessEntry": ["kubernetesGroups"],
    "aws:iam/role:Role": ["assumeRolePolicy", "inlinePolicies", "managedPolicyArns"],
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ["policyArns"],
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": ["managedPolicyArn"],
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": ["inlinePolicy"],
    "aws:sagemaker/notebookInstance:NotebookInstance": ["instanceMetadataServiceConfiguration"],
}


@cache
def inputs() -> dict[str, set[str]]:
    """Return the inputs of each type that the provider registers, in Python's words, as its source says."""
    found: dict[str, set[str]] = {}
    for file in Path(pulumi_aws.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if token := re.search(r"^\s+'(aws:\w+/\w+:\w+)'", text, re.MULTILINE):
            arguments = text.partition("@pulumi.input_type")[2]
            found[token[1]] = set(re.findall(r'pulumi\.set\(__self__, "(\w+)"', arguments))
    return found


@pytest.mark.parametrize(
    ("type_", "input_"), [(type_, path) for type_, paths in READ.items() for path in paths if path]
)
def test_input_is_one_of_the_types(type_: str, input_: str) -> None:
    outermost, *_ = input_.split(".")

    assert re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", outermost) in inputs()[type_]
