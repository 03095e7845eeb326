"""EKS managed node groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing, shaped_like
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:eks/nodeGroup:NodeGroup")
class NodeGroup(Emulated):
    """A managed node group; moto starts no instances for it."""

    loses = {
        "updateConfig": "moto drops it",
        "nodeRepairConfig": "moto drops it",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the node group."""
        request = given(
            inputs,
            clusterName="clusterName",
            nodegroupName="nodeGroupName",
            nodeRole="nodeRoleArn",
            subnets="subnetIds",
            scalingConfig="scalingConfig",
            amiType="amiType",
            capacityType="capacityType",
            diskSize="diskSize",
            instanceTypes="instanceTypes",
            labels="labels",
            taints="taints",
            updateConfig="updateConfig",
            nodeRepairConfig="nodeRepairConfig",
            releaseVersion="releaseVersion",
            tags="tagsAll",
        )
        cluster = aws.call("eks", "describe_cluster", name=inputs["clusterName"])["cluster"]
        # Moto takes 1.19 by default, EKS the cluster's version.
        request["version"] = inputs.get("version") or cluster["version"]
        if inputs.get("launchTemplate"):
            template = inputs["launchTemplate"]
            request["launchTemplate"] = {**template, "version": str(template["version"])}
        seen = aws.call("eks", "create_nodegroup", **request)["nodegroup"]
        groups = [{"name": group["name"]} for group in seen["resources"]["autoScalingGroups"]]
        outputs = {
            "arn": seen["nodegroupArn"],
            "region": aws.region,
            "nodeGroupName": seen["nodegroupName"],
            "amiType": seen["amiType"],
            "capacityType": seen["capacityType"],
            "instanceTypes": seen["instanceTypes"],
            "version": seen["version"],
            "releaseVersion": inputs.get("releaseVersion") or f"{request['version']}.0-20260101",
            "resources": [{"autoscalingGroups": groups, "remoteAccessSecurityGroupId": ""}],
            "status": seen["status"],
        }
        return Created(f"{inputs['clusterName']}:{seen['nodegroupName']}", outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the node group."""
        inputs = resource.registration.inputs
        cluster, name = resource.id.split(":")
        answer = existing(aws, "eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name)
        if answer is None:
            return None
        seen = answer["nodegroup"]
        return {
            "clusterName": seen["clusterName"],
            "nodeGroupName": seen["nodegroupName"],
            "nodeRoleArn": seen["nodeRole"],
            "subnetIds": seen["subnets"],
            "scalingConfig": seen["scalingConfig"],
            "amiType": seen["amiType"],
            "capacityType": seen["capacityType"],
            "diskSize": seen.get("diskSize"),
            "instanceTypes": seen["instanceTypes"],
            "labels": seen["labels"],
            "taints": seen["taints"],
            "launchTemplate": shaped_like(inputs.get("launchTemplate"), seen.get("launchTemplate")),
            "version": seen["version"],
            "tagsAll": seen["tags"],
            **{key: shaped_like(inputs.get(key), seen.get(key)) for key in self.loses},
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the node group."""
        cluster, name = resource.id.split(":")
        aws.call("eks", "delete_nodegroup", clusterName=cluster, nodegroupName=name)
