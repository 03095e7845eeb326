"""EKS clusters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing, shaped_like
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:eks/cluster:Cluster")
class Cluster(Emulated):
    """A control plane, with the security group that EKS makes for it."""

    loses = {
        "accessConfig": "moto drops it",
        "bootstrapSelfManagedAddons": "moto drops it; EKS does not describe it either",
        "deletionProtection": "moto drops it: a destroy that AWS would refuse goes through",
        "upgradePolicy": "moto drops it",
        "zonalShiftConfig": "moto drops it",
        "computeConfig": "moto drops it",
        "storageConfig": "moto drops it",
        "remoteNetworkConfig": "moto drops it",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the control plane, and its security group in the VPC of its subnets."""
        asked = inputs["vpcConfig"]
        # First, so that a missing subnet is refused as EKS does: moto looks at none.
        subnets = aws.call("ec2", "describe_subnets", SubnetIds=asked["subnetIds"])["Subnets"]
        described = aws.call("eks", "create_cluster", **_cluster_request(inputs))["cluster"]
        group_id = _create_security_group(aws, inputs, subnets[0]["VpcId"])
        # Moto makes up endpoint and issuer once per process; AWS has one per cluster.
        unique = hashlib.sha256(described["arn"].encode()).hexdigest().upper()[:32]
        host = f"eks.{aws.region}.amazonaws.com"
        network = described["kubernetesNetworkConfig"]
        outputs = {
            "arn": described["arn"],
            "name": inputs["name"],
            "region": aws.region,
            "endpoint": f"https://{unique}.gr7.{aws.region}.eks.amazonaws.com",
            "certificateAuthority": described["certificateAuthority"],
            "identities": [{"oidcs": [{"issuer": f"https://oidc.{host}/id/{unique}"}]}],
            "vpcConfig": {
                "endpointPrivateAccess": False,
                "endpointPublicAccess": True,
                **asked,
                "clusterSecurityGroupId": group_id,
                "vpcId": subnets[0]["VpcId"],
            },
            "kubernetesNetworkConfig": {**network, **(inputs.get("kubernetesNetworkConfig") or {})},
            "accessConfig": {"authenticationMode": "CONFIG_MAP", **(inputs.get("accessConfig") or {})},
            "upgradePolicy": {"supportType": "EXTENDED", **(inputs.get("upgradePolicy") or {})},
            "deletionProtection": bool(inputs.get("deletionProtection")),
            "version": described["version"],
            "platformVersion": "eks.1",
            "status": described["status"],
            "createdAt": "2026-01-01T00:00:00Z",  # not the real time: a rehearsal gives the same every time
        }
        return Created(inputs["name"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the control plane."""
        inputs = resource.registration.inputs
        answer = existing(aws, "eks", "describe_cluster", name=resource.id)
        if answer is None:
            return None
        seen = answer["cluster"]
        logged = [setup["types"] for setup in seen["logging"]["clusterLogging"] if setup["enabled"]]
        encryption = seen.get("encryptionConfig") or []
        return {
            "name": seen["name"],
            "roleArn": seen["roleArn"],
            "version": seen["version"],
            "vpcConfig": shaped_like(inputs["vpcConfig"], seen["resourcesVpcConfig"]),
            "kubernetesNetworkConfig": shaped_like(
                inputs.get("kubernetesNetworkConfig"), seen["kubernetesNetworkConfig"]
            ),
            "enabledClusterLogTypes": [type_ for types in logged for type_ in types],
            "encryptionConfig": encryption[0] if encryption else None,
            "tagsAll": seen["tags"],
            **{key: shaped_like(inputs.get(key), seen.get(key)) for key in self.loses},
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the control plane, and the security group that EKS takes away with it."""
        aws.call("eks", "delete_cluster", name=resource.id)
        group_id = resource.outputs["vpcConfig"]["clusterSecurityGroupId"]
        aws.call("ec2", "delete_security_group", GroupId=group_id)


def _cluster_request(inputs: Inputs) -> dict[str, Any]:
    request = given(
        inputs,
        name="name",
        roleArn="roleArn",
        version="version",
        kubernetesNetworkConfig="kubernetesNetworkConfig",
        accessConfig="accessConfig",
        bootstrapSelfManagedAddons="bootstrapSelfManagedAddons",
        deletionProtection="deletionProtection",
        upgradePolicy="upgradePolicy",
        zonalShiftConfig="zonalShiftConfig",
        computeConfig="computeConfig",
        storageConfig="storageConfig",
        tags="tagsAll",
        resourcesVpcConfig="vpcConfig",
    )
    if inputs.get("enabledClusterLogTypes"):
        types = inputs["enabledClusterLogTypes"]
        request["logging"] = {"clusterLogging": [{"types": types, "enabled": True}]}
    if inputs.get("remoteNetworkConfig"):
        request["remoteNetworkConfig"] = {kind: [nets] for kind, nets in inputs["remoteNetworkConfig"].items() if nets}
    if inputs.get("encryptionConfig"):
        request["encryptionConfig"] = [inputs["encryptionConfig"]]
    return request


def _create_security_group(aws: Account, inputs: Inputs, vpc_id: str) -> str:
    """Create the cluster security group as EKS does: all traffic among its members, and out.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    name = inputs["name"]
    number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    group_name = f"eks-cluster-sg-{name}-{number}"
    tags = {"Name": group_name, f"kubernetes.io/cluster/{name}": "owned"}
    group_id = aws.call(
        "ec2",
        "create_security_group",
        GroupName=group_name,
        Description="EKS created security group applied to ENI that is attached to EKS Control Plane "
        "master nodes, as well as any managed workloads.",
        VpcId=vpc_id,
        TagSpecifications=[
            {
                "ResourceType": "security-group",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        ],
    )["GroupId"]
    members = [{"GroupId": group_id}]
    aws.call(
        "ec2",
        "authorize_security_group_ingress",
        GroupId=group_id,
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": members}],
    )
    return group_id
