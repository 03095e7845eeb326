"""Instances of Aurora clusters: writers and readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moto.moto_api._internal import mock_random

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_CREATED: Final = {
    "AutoMinorVersionUpgrade": "autoMinorVersionUpgrade",
    "AvailabilityZone": "availabilityZone",
    "CACertificateIdentifier": "caCertIdentifier",
    "CopyTagsToSnapshot": "copyTagsToSnapshot",
    "CustomIamInstanceProfile": "customIamInstanceProfile",
    "DBClusterIdentifier": "clusterIdentifier",
    "DBInstanceClass": "instanceClass",
    "DBParameterGroupName": "dbParameterGroupName",
    "DBSubnetGroupName": "dbSubnetGroupName",
    "EnablePerformanceInsights": "performanceInsightsEnabled",
    "Engine": "engine",
    "EngineVersion": "engineVersion",
    "MonitoringInterval": "monitoringInterval",
    "MonitoringRoleArn": "monitoringRoleArn",
    "PerformanceInsightsKMSKeyId": "performanceInsightsKmsKeyId",
    "PerformanceInsightsRetentionPeriod": "performanceInsightsRetentionPeriod",
    "PreferredBackupWindow": "preferredBackupWindow",
    "PreferredMaintenanceWindow": "preferredMaintenanceWindow",
    "PromotionTier": "promotionTier",
    "PubliclyAccessible": "publiclyAccessible",
}
"""CreateDBInstance's parameters, and the inputs that they come from."""

_SHAPED: Final = frozenset({"DBParameterGroupName", "DBSubnetGroupName", "EnablePerformanceInsights"})
"""What a description has under another name or in another shape."""


@translates("aws:rds/clusterInstance:ClusterInstance")
class ClusterInstance(Emulated):
    """An instance of a cluster: the first one made is the writer; its id is its identifier."""

    loses = dict.fromkeys(
        (
            "customIamInstanceProfile",
            "dbSubnetGroupName",
            "performanceInsightsEnabled",
            "performanceInsightsKmsKeyId",
            "performanceInsightsRetentionPeriod",
        ),
        "moto drops it",
    )

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the instance; the provider makes up an identifier where none is given."""
        prefix = inputs.get("identifierPrefix") or "tf-"
        identifier = inputs.get("identifier") or f"{prefix}{mock_random.get_random_hex(26)}"
        request = given(inputs, **_CREATED)
        seen = aws.call("rds", "create_db_instance", DBInstanceIdentifier=identifier, **request, Tags=tag_list(inputs))[
            "DBInstance"
        ]
        cluster = _cluster(aws, seen["DBClusterIdentifier"])
        writers = {member["DBInstanceIdentifier"]: member["IsClusterWriter"] for member in cluster["DBClusterMembers"]}
        outputs = {
            "arn": seen["DBInstanceArn"],
            "availabilityZone": seen["AvailabilityZone"],
            "caCertIdentifier": seen["CACertificateIdentifier"],
            "dbParameterGroupName": seen["DBParameterGroups"][0]["DBParameterGroupName"],
            "dbSubnetGroupName": inputs.get("dbSubnetGroupName") or cluster["DBSubnetGroup"],
            "dbiResourceId": seen["DbiResourceId"],
            "endpoint": seen["Endpoint"]["Address"],
            "engineVersion": seen["EngineVersion"],
            "engineVersionActual": seen["EngineVersion"],
            "identifier": identifier,
            "kmsKeyId": seen.get("KmsKeyId", ""),
            "networkType": cluster["NetworkType"],
            "port": seen["Endpoint"]["Port"],
            "preferredBackupWindow": seen["PreferredBackupWindow"],
            "preferredMaintenanceWindow": seen["PreferredMaintenanceWindow"],
            "region": aws.region,
            "storageEncrypted": seen["StorageEncrypted"],
            "writer": writers.get(identifier, False),
        }
        return Created(identifier, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the instance."""
        answer = existing(aws, "rds", "describe_db_instances", DBInstanceIdentifier=resource.id)
        if answer is None:
            return None
        seen = answer["DBInstances"][0]
        group = seen.get("DBSubnetGroup") or {}
        return {
            **{ours: seen.get(theirs) for theirs, ours in _CREATED.items() if theirs not in _SHAPED},
            "identifier": seen["DBInstanceIdentifier"],
            "dbParameterGroupName": seen["DBParameterGroups"][0]["DBParameterGroupName"],
            "dbSubnetGroupName": group.get("DBSubnetGroupName"),
            "performanceInsightsEnabled": seen.get("PerformanceInsightsEnabled"),
            "tagsAll": tag_map(seen["TagList"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the instance; what is stored belongs to the cluster and stays."""
        aws.call("rds", "delete_db_instance", DBInstanceIdentifier=resource.id)


def _cluster(aws: Account, identifier: str) -> Mapping[str, Any]:
    return aws.call("rds", "describe_db_clusters", DBClusterIdentifier=identifier)["DBClusters"][0]
