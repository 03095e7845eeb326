"""Amazon Managed Grafana, which moto lacks: workspaces and who has which role in them."""

from __future__ import annotations

import hashlib

from rehearsal.aws.account import Account
from rehearsal.aws.translation import Created, Inputs, Recorded, Request, given, translates


@translates("aws:grafana/workspace:Workspace")
class Workspace(Recorded):
    """A workspace."""

    why = "moto has no Managed Grafana"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateWorkspace."""
        parameters = given(
            inputs,
            accountAccessType="accountAccessType",
            authenticationProviders="authenticationProviders",
            configuration="configuration",
            grafanaVersion="grafanaVersion",
            kmsKeyId="kmsKeyId",
            networkAccessControl="networkAccessControl",
            permissionType="permissionType",
            tags="tagsAll",
            vpcConfiguration="vpcConfiguration",
            workspaceDataSources="dataSources",
            workspaceDescription="description",
            workspaceName="name",
            workspaceNotificationDestinations="notificationDestinations",
            workspaceOrganizationalUnits="organizationalUnits",
            workspaceRoleArn="roleArn",
        )
        return [Request("grafana", "create_workspace", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give an id of ten letters and digits, and the host that it makes."""
        name = str(inputs.get("name"))
        id_ = f"g-{hashlib.sha256(f'{aws.account_id} {aws.region} {name}'.encode()).hexdigest()[:10]}"
        outputs = {
            "arn": f"arn:aws:grafana:{aws.region}:{aws.account_id}:/workspaces/{id_}",
            "endpoint": f"{id_}.grafana-workspace.{aws.region}.amazonaws.com",
            "grafanaVersion": inputs.get("grafanaVersion", "10.4"),
            "samlConfigurationStatus": "NOT_CONFIGURED",
            "region": aws.region,
        }
        return Created(id_, outputs)


@translates("aws:grafana/roleAssociation:RoleAssociation")
class RoleAssociation(Recorded):
    """People and groups of IAM Identity Center with a role."""

    why = "moto has no Managed Grafana"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build UpdatePermissions."""
        users = [
            *({"id": id_, "type": "SSO_GROUP"} for id_ in inputs.get("groupIds") or []),
            *({"id": id_, "type": "SSO_USER"} for id_ in inputs.get("userIds") or []),
        ]
        batch = [{"action": "ADD", "role": inputs["role"], "users": users}]
        parameters = {"workspaceId": inputs["workspaceId"], "updateInstructionBatch": batch}
        return [Request("grafana", "update_permissions", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the provider's id, `<workspace>/<role>`."""
        return Created(f"{inputs['workspaceId']}/{inputs['role']}", {"region": aws.region})
