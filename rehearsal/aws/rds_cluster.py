"""Aurora clusters, and the roles that one may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.shapes import capitalised, existing, shaped_like, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, Recorded, Request, given, tag_list, translates
from rehearsal.plan import Resource

_CREATED: Final = {
    "AllocatedStorage": "allocatedStorage",
    "AutoMinorVersionUpgrade": "autoMinorVersionUpgrade",
    "AvailabilityZones": "availabilityZones",
    "BacktrackWindow": "backtrackWindow",
    "BackupRetentionPeriod": "backupRetentionPeriod",
    "CACertificateIdentifier": "caCertificateIdentifier",
    "ClusterScalabilityType": "clusterScalabilityType",
    "CopyTagsToSnapshot": "copyTagsToSnapshot",
    "DBClusterIdentifier": "clusterIdentifier",
    "DBClusterInstanceClass": "dbClusterInstanceClass",
    "DBClusterParameterGroupName": "dbClusterParameterGroupName",
    "DBSubnetGroupName": "dbSubnetGroupName",
    "DatabaseInsightsMode": "databaseInsightsMode",
    "DatabaseName": "databaseName",
    "DeletionProtection": "deletionProtection",
    "EnableCloudwatchLogsExports": "enabledCloudwatchLogsExports",
    "EnableHttpEndpoint": "enableHttpEndpoint",
    "EnableIAMDatabaseAuthentication": "iamDatabaseAuthenticationEnabled",
    "EnableLocalWriteForwarding": "enableLocalWriteForwarding",
    "EnablePerformanceInsights": "performanceInsightsEnabled",
    "Engine": "engine",
    "EngineLifecycleSupport": "engineLifecycleSupport",
    "EngineMode": "engineMode",
    "EngineVersion": "engineVersion",
    "Iops": "iops",
    "KmsKeyId": "kmsKeyId",
    "ManageMasterUserPassword": "manageMasterUserPassword",
    "MasterUserPassword": "masterPassword",
    "MasterUserSecretKmsKeyId": "masterUserSecretKmsKeyId",
    "MasterUsername": "masterUsername",
    "MonitoringInterval": "monitoringInterval",
    "MonitoringRoleArn": "monitoringRoleArn",
    "NetworkType": "networkType",
    "PerformanceInsightsKMSKeyId": "performanceInsightsKmsKeyId",
    "PerformanceInsightsRetentionPeriod": "performanceInsightsRetentionPeriod",
    "Port": "port",
    "PreferredBackupWindow": "preferredBackupWindow",
    "PreferredMaintenanceWindow": "preferredMaintenanceWindow",
    "PubliclyAccessible": "publiclyAccessible",
    "StorageEncrypted": "storageEncrypted",
    "StorageType": "storageType",
    "VpcSecurityGroupIds": "vpcSecurityGroupIds",
}
"""CreateDBCluster's parameters, and the inputs that they come from."""

_DESCRIBED: Final = {
    "DBClusterParameterGroup": "dbClusterParameterGroupName",
    "DBSubnetGroup": "dbSubnetGroupName",
    "EnabledCloudwatchLogsExports": "enabledCloudwatchLogsExports",
    "HttpEndpointEnabled": "enableHttpEndpoint",
    "IAMDatabaseAuthenticationEnabled": "iamDatabaseAuthenticationEnabled",
    "PerformanceInsightsEnabled": "performanceInsightsEnabled",
}
"""What a description spells otherwise than the request."""

_UNSEEN: Final = frozenset(
    {
        "EnableCloudwatchLogsExports",
        "EnableHttpEndpoint",
        "EnableIAMDatabaseAuthentication",
        "EnablePerformanceInsights",
        "MasterUserPassword",
        "VpcSecurityGroupIds",
    }
)
"""What a description has under another name, in another shape, or never."""


@translates("aws:rds/cluster:Cluster")
class Cluster(Emulated):
    """An Aurora cluster: storage, endpoints and settings, as yet without an instance; its id is its identifier."""

    loses = dict.fromkeys(
        (
            "caCertificateIdentifier",
            "clusterScalabilityType",
            "databaseInsightsMode",
            "enableLocalWriteForwarding",
            "engineLifecycleSupport",
            "monitoringInterval",
            "monitoringRoleArn",
            "performanceInsightsEnabled",
            "performanceInsightsKmsKeyId",
            "performanceInsightsRetentionPeriod",
        ),
        "moto drops it",
    ) | {
        "enableHttpEndpoint": "moto has the Data API for Serverless v1 only",
        "masterPassword": "AWS never shows it",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the cluster."""
        request = given(inputs, **_CREATED)
        scaling = inputs.get("serverlessv2ScalingConfiguration")
        if scaling:
            request["ServerlessV2ScalingConfiguration"] = capitalised(scaling)
        if inputs.get("storageType") == "aurora-iopt1":
            request.setdefault("AllocatedStorage", 1)  # moto looks up a default for the storage type, and has none
        aws.call("rds", "create_db_cluster", **request, Tags=tag_list(inputs))
        identifier = {"DBClusterIdentifier": inputs["clusterIdentifier"]}
        # Asked again, as the provider asks until the cluster is available, and its secret is active.
        seen = aws.call("rds", "describe_db_clusters", **identifier)["DBClusters"][0]
        for arn in inputs.get("iamRoles") or []:
            aws.call("rds", "add_role_to_db_cluster", **identifier, RoleArn=arn)
        outputs = {
            "arn": seen["DBClusterArn"],
            "availabilityZones": inputs.get("availabilityZones") or seen["AvailabilityZones"],
            "backupRetentionPeriod": seen["BackupRetentionPeriod"],
            "clusterIdentifier": seen["DBClusterIdentifier"],
            "clusterMembers": [],
            "clusterResourceId": seen["DbClusterResourceId"],
            "databaseName": seen.get("DatabaseName", ""),
            "dbClusterParameterGroupName": seen["DBClusterParameterGroup"],
            "dbSubnetGroupName": seen["DBSubnetGroup"],
            "endpoint": seen["Endpoint"],
            "engineVersion": seen["EngineVersion"],
            "engineVersionActual": seen["EngineVersion"],
            "hostedZoneId": seen["HostedZoneId"],
            "kmsKeyId": seen["KmsKeyId"] if seen["StorageEncrypted"] else "",
            "masterUserSecrets": _managed_secrets(seen),
            "masterUsername": seen.get("MasterUsername", ""),
            "networkType": seen["NetworkType"],
            "port": seen["Port"],
            "preferredBackupWindow": seen["PreferredBackupWindow"],
            "preferredMaintenanceWindow": seen["PreferredMaintenanceWindow"],
            "readerEndpoint": seen["ReaderEndpoint"],
            "region": aws.region,
            "storageEncrypted": seen["StorageEncrypted"],
            "vpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in seen["VpcSecurityGroups"]],
        }
        return Created(seen["DBClusterIdentifier"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the cluster."""
        answer = existing(aws, "rds", "describe_db_clusters", DBClusterIdentifier=resource.id)
        if answer is None:
            return None
        seen, inputs = answer["DBClusters"][0], resource.registration.inputs
        names = {key: value for key, value in _CREATED.items() if key not in _UNSEEN} | _DESCRIBED
        managed = seen.get("MasterUserSecret")
        scaling = inputs.get("serverlessv2ScalingConfiguration")
        return {
            **{ours: seen.get(theirs) for theirs, ours in names.items()},
            "iamRoles": [role["RoleArn"] for role in seen["AssociatedRoles"]],
            "manageMasterUserPassword": managed is not None,
            "masterPassword": None,
            "masterUserSecretKmsKeyId": managed
            and _as_asked(aws, inputs.get("masterUserSecretKmsKeyId"), managed["KmsKeyId"]),
            "serverlessv2ScalingConfiguration": shaped_like(
                scaling, uncapitalised(seen.get("ServerlessV2ScalingConfiguration"))
            ),
            "vpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in seen["VpcSecurityGroups"]],
            "tagsAll": tag_map(seen["TagList"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the cluster, after a final snapshot unless none is wanted."""
        inputs = resource.registration.inputs
        skip, snapshot = bool(inputs.get("skipFinalSnapshot")), inputs.get("finalSnapshotIdentifier")
        if not skip and not snapshot:
            message = "final_snapshot_identifier is required when skip_final_snapshot is false"
            raise CloudError("rds", "delete_db_cluster", "provider", message)
        final = {} if skip else {"FinalDBSnapshotIdentifier": snapshot}
        aws.call("rds", "delete_db_cluster", DBClusterIdentifier=resource.id, SkipFinalSnapshot=skip, **final)
        # With the cluster AWS deletes its automatic snapshots; moto keeps them, and then refuses the name for a minute.
        automatic = {"DBClusterIdentifier": resource.id, "SnapshotType": "automated"}
        for snapshot in aws.call("rds", "describe_db_cluster_snapshots", **automatic)["DBClusterSnapshots"]:
            name = snapshot["DBClusterSnapshotIdentifier"]
            aws.call("rds", "delete_db_cluster_snapshot", DBClusterSnapshotIdentifier=name)


def _as_asked(aws: Account, asked: str | None, seen: str) -> str:
    """Return a key as it was asked for, by id or alias, where RDS describes that very key by its ARN."""
    if not asked or asked == seen:
        return seen
    key = existing(aws, "kms", "describe_key", KeyId=asked)
    return asked if key and key["KeyMetadata"]["Arn"] == seen else seen


def _managed_secrets(seen: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the secret in which RDS keeps the master password, in the provider's shape."""
    managed = seen.get("MasterUserSecret")
    if not managed:
        return []
    return [uncapitalised(managed)]


@translates("aws:rds/clusterRoleAssociation:ClusterRoleAssociation")
class ClusterRoleAssociation(Recorded):
    """A role that a cluster uses for one of its features."""

    why = "moto gives roles to clusters but cannot take them back"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build AddRoleToDBCluster."""
        names = {"DBClusterIdentifier": "dbClusterIdentifier", "RoleArn": "roleArn", "FeatureName": "featureName"}
        return [Request("rds", "add_role_to_db_cluster", given(inputs, **names))]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the provider's id, `<cluster>,<role>`."""
        return Created(f"{inputs['dbClusterIdentifier']},{inputs['roleArn']}", {"region": aws.region})
