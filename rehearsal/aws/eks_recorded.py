"""What surrounds an EKS cluster and moto lacks: add-ons, access entries, Pod Identity associations."""

from __future__ import annotations

import hashlib

from rehearsal.aws.account import Account
from rehearsal.aws.translation import Created, Inputs, Recorded, Request, given, translates


@translates("aws:eks/addon:Addon")
class Addon(Recorded):
    """An EKS add-on at a pinned version."""

    why = "moto has no EKS add-ons"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateAddon."""
        parameters = given(
            inputs,
            clusterName="clusterName",
            addonName="addonName",
            addonVersion="addonVersion",
            serviceAccountRoleArn="serviceAccountRoleArn",
            resolveConflicts="resolveConflictsOnCreate",
            configurationValues="configurationValues",
            podIdentityAssociations="podIdentityAssociations",
            namespaceConfig="namespaceConfig",
            tags="tagsAll",
        )
        return [Request("eks", "create_addon", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the provider's id, `<cluster>:<add-on>`."""
        cluster, addon = inputs["clusterName"], inputs["addonName"]
        arn = f"arn:aws:eks:{aws.region}:{aws.account_id}:addon/{cluster}/{addon}/{_uuid(cluster, addon)}"
        return Created(f"{cluster}:{addon}", {"arn": arn})


@translates("aws:eks/accessEntry:AccessEntry")
class AccessEntry(Recorded):
    """An IAM principal that may use the cluster's API."""

    why = "moto has no EKS access entries"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateAccessEntry."""
        parameters = given(
            inputs,
            clusterName="clusterName",
            principalArn="principalArn",
            kubernetesGroups="kubernetesGroups",
            username="userName",
            type="type",
            tags="tagsAll",
        )
        return [Request("eks", "create_access_entry", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the provider's id, `<cluster>:<principal>`."""
        cluster, principal = inputs["clusterName"], inputs["principalArn"]
        _, _, _, _, account, rest = principal.split(":", 5)
        kind, _, name = rest.partition("/")
        entry = f"{cluster}/{kind}/{account}/{name.split('/')[-1]}/{_uuid(cluster, principal)}"
        arn = f"arn:aws:eks:{aws.region}:{aws.account_id}:access-entry/{entry}"
        return Created(
            f"{cluster}:{principal}",
            {
                "accessEntryArn": arn,
                "userName": inputs.get("userName") or principal,
                "kubernetesGroups": inputs.get("kubernetesGroups") or [],
            },
        )


@translates("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
class AccessPolicyAssociation(Recorded):
    """A cluster access policy given to an access entry."""

    why = "moto has no EKS access policies"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build AssociateAccessPolicy."""
        parameters = given(
            inputs,
            clusterName="clusterName",
            principalArn="principalArn",
            policyArn="policyArn",
            accessScope="accessScope",
        )
        return [Request("eks", "associate_access_policy", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:  # noqa: ARG002 - the id is made of inputs only
        """Give the provider's id, `<cluster>#<principal>#<policy>`."""
        return Created("#".join(inputs[key] for key in ("clusterName", "principalArn", "policyArn")))


@translates("aws:eks/podIdentityAssociation:PodIdentityAssociation")
class PodIdentityAssociation(Recorded):
    """A role that the pods of a service account assume."""

    why = "moto has no EKS Pod Identity associations"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreatePodIdentityAssociation."""
        parameters = given(
            inputs,
            clusterName="clusterName",
            namespace="namespace",
            serviceAccount="serviceAccount",
            roleArn="roleArn",
            targetRoleArn="targetRoleArn",
            disableSessionTags="disableSessionTags",
            policy="policy",
            tags="tagsAll",
        )
        return [Request("eks", "create_pod_identity_association", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give an association id and its ARN."""
        cluster = inputs["clusterName"]
        association = f"a-{_uuid(cluster, inputs['namespace'], inputs['serviceAccount']).replace('-', '')[:17]}"
        arn = f"arn:aws:eks:{aws.region}:{aws.account_id}:podidentityassociation/{cluster}/{association}"
        # The provider's id is the association's.
        return Created(association, {"associationArn": arn, "associationId": association})


def _uuid(*parts: str) -> str:
    """Return the same UUID for the same parts."""
    digits = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
