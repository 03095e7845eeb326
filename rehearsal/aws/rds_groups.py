"""What an RDS cluster is made within: subnet groups and parameter groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.shapes import existing, shaped_like, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, tag_list, translates
from rehearsal.plan import Resource

_DESCRIPTION: Final = "Managed by Pulumi"
_MOST_AT_ONCE: Final = 20
"""Parameters that one request changes:
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html
"""


@translates("aws:rds/subnetGroup:SubnetGroup")
class SubnetGroup(Emulated):
    """The subnets that databases may stand in; its id is its name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the group."""
        made = aws.call(
            "rds",
            "create_db_subnet_group",
            DBSubnetGroupName=inputs["name"],
            DBSubnetGroupDescription=inputs.get("description") or _DESCRIPTION,
            SubnetIds=inputs["subnetIds"],
            Tags=tag_list(inputs),
        )["DBSubnetGroup"]
        name = made["DBSubnetGroupName"]
        outputs = {"arn": made["DBSubnetGroupArn"], "name": name, "vpcId": made["VpcId"], "region": aws.region}
        return Created(name, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the group."""
        answer = existing(aws, "rds", "describe_db_subnet_groups", DBSubnetGroupName=resource.id)
        if answer is None:
            return None
        seen = answer["DBSubnetGroups"][0]
        return {
            "name": seen["DBSubnetGroupName"],
            "description": seen["DBSubnetGroupDescription"],
            "subnetIds": [subnet["SubnetIdentifier"] for subnet in seen["Subnets"]],
            "tagsAll": rds_tags(aws, seen["DBSubnetGroupArn"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the group; AWS refuses while a cluster is in it, which moto does not notice."""
        for cluster in aws.call("rds", "describe_db_clusters")["DBClusters"]:
            if cluster["DBSubnetGroup"] == resource.id:
                raise _in_use("delete_db_subnet_group", "InvalidDBSubnetGroupStateFault", resource.id, cluster)
        aws.call("rds", "delete_db_subnet_group", DBSubnetGroupName=resource.id)


class _ParameterGroup(Emulated):
    """The parts that the parameter groups of clusters and of instances have in common."""

    kind: ClassVar[str]
    """As the operations spell it: `db_cluster_parameter_group`."""
    key: ClassVar[str]
    """As the requests and answers spell it: `DBClusterParameterGroup`."""
    described_by: ClassVar[str]

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the group, then set its parameters, twenty at a time."""
        name = {f"{self.key}Name": inputs["name"]}
        made = aws.call(
            "rds",
            f"create_{self.kind}",
            **name,
            DBParameterGroupFamily=inputs["family"],
            Description=inputs.get("description") or _DESCRIPTION,
            Tags=tag_list(inputs),
        )[self.key]
        parameters = [
            {
                "ParameterName": parameter["name"],
                "ParameterValue": str(parameter["value"]),
                "ApplyMethod": parameter.get("applyMethod") or "immediate",
            }
            for parameter in inputs.get("parameters") or []
        ]
        for start in range(0, len(parameters), _MOST_AT_ONCE):
            some = parameters[start : start + _MOST_AT_ONCE]
            aws.call("rds", f"modify_{self.kind}", **name, Parameters=some)
        outputs = {"arn": made[f"{self.key}Arn"], "name": made[f"{self.key}Name"], "region": aws.region}
        return Created(outputs["name"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the group, and of its parameters those that somebody set."""
        name = {f"{self.key}Name": resource.id}
        groups = (existing(aws, "rds", f"describe_{self.kind}s", **name) or {}).get(f"{self.key}s")
        if not groups:  # moto answers an empty list for what is gone
            return None
        seen = groups[0]
        found = aws.call("rds", self.described_by, **name, Source="user")["Parameters"]
        described = [
            {
                "name": parameter["ParameterName"],
                "value": parameter["ParameterValue"],
                "applyMethod": parameter["ApplyMethod"],
            }
            for parameter in found
        ]
        asked: Any = resource.registration.inputs.get("parameters")
        return {
            "name": seen[f"{self.key}Name"],
            "family": seen["DBParameterGroupFamily"],
            "description": seen["Description"],
            "parameters": shaped_like(asked, described),
            "tagsAll": rds_tags(aws, seen[f"{self.key}Arn"]),
        }


@translates("aws:rds/clusterParameterGroup:ClusterParameterGroup")
class ClusterParameterGroup(_ParameterGroup):
    """What a cluster's instances have in common; its id is its name."""

    kind = "db_cluster_parameter_group"
    key = "DBClusterParameterGroup"
    described_by = "describe_db_cluster_parameters"

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the group; AWS refuses while a cluster has it, which moto does not notice."""
        for cluster in aws.call("rds", "describe_db_clusters")["DBClusters"]:
            if cluster["DBClusterParameterGroup"] == resource.id:
                raise _in_use("delete_db_cluster_parameter_group", "InvalidDBParameterGroupState", resource.id, cluster)
        aws.call("rds", "delete_db_cluster_parameter_group", DBClusterParameterGroupName=resource.id)


@translates("aws:rds/parameterGroup:ParameterGroup")
class ParameterGroup(_ParameterGroup):
    """What one instance, or several, are set to; its id is its name."""

    kind = "db_parameter_group"
    key = "DBParameterGroup"
    described_by = "describe_db_parameters"

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the group; AWS refuses while an instance has it, which moto does not notice."""
        for instance in aws.call("rds", "describe_db_instances")["DBInstances"]:
            if any(group["DBParameterGroupName"] == resource.id for group in instance["DBParameterGroups"]):
                raise _in_use("delete_db_parameter_group", "InvalidDBParameterGroupState", resource.id, instance)
        aws.call("rds", "delete_db_parameter_group", DBParameterGroupName=resource.id)


def rds_tags(aws: Account, arn: str) -> dict[str, str]:
    """Return the tags of anything of RDS that does not describe them itself."""
    return tag_map(aws.call("rds", "list_tags_for_resource", ResourceName=arn)["TagList"])


def _in_use(operation: str, code: str, group: str, user: Mapping[str, Any]) -> CloudError:
    name = user.get("DBInstanceIdentifier") or user["DBClusterIdentifier"]
    return CloudError("rds", operation, code, f"{group} is in use by {name}, which still stands")
