"""IAM things that stand for a role: instance profiles, and the OIDC providers that roles trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource


@translates("aws:iam/instanceProfile:InstanceProfile")
class InstanceProfile(Emulated):
    """What hands a role to an EC2 instance."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the profile and put the role in."""
        parameters = given(inputs, InstanceProfileName="name", Path="path")
        answer = aws.call("iam", "create_instance_profile", Tags=tag_list(inputs), **parameters)
        profile = answer["InstanceProfile"]
        name = profile["InstanceProfileName"]
        if inputs.get("role"):
            entry = {"InstanceProfileName": name, "RoleName": inputs["role"]}
            aws.call("iam", "add_role_to_instance_profile", **entry)
        outputs = {
            "arn": profile["Arn"],
            "name": name,
            "path": profile["Path"],
            "uniqueId": profile["InstanceProfileId"],
        }
        return Created(name, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the profile."""
        found = existing(aws, "iam", "get_instance_profile", InstanceProfileName=resource.id)
        if found is None:
            return None
        profile = found["InstanceProfile"]
        roles = [role["RoleName"] for role in profile["Roles"]]
        return {
            "name": profile["InstanceProfileName"],
            "path": profile["Path"],
            "role": roles[0] if roles else None,
            "tagsAll": tag_map(profile.get("Tags")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Take the role out and delete the profile."""
        name = {"InstanceProfileName": resource.id}
        for role in aws.call("iam", "get_instance_profile", **name)["InstanceProfile"]["Roles"]:
            aws.call("iam", "remove_role_from_instance_profile", RoleName=role["RoleName"], **name)
        aws.call("iam", "delete_instance_profile", **name)


@translates("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
class OpenIdConnectProvider(Emulated):
    """An issuer of tokens that roles of the account may trust."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the provider; without thumbprints IAM trusts its own list of authorities."""
        parameters = given(inputs, Url="url", ClientIDList="clientIdLists", ThumbprintList="thumbprintLists")
        answer = aws.call("iam", "create_open_id_connect_provider", Tags=tag_list(inputs), **parameters)
        arn = answer["OpenIDConnectProviderArn"]
        return Created(arn, {"arn": arn, "thumbprintLists": inputs.get("thumbprintLists") or []})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the provider; IAM leaves the scheme out of its URL."""
        found = existing(aws, "iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=resource.id)
        if found is None:
            return None
        asked = str(resource.registration.inputs["url"])
        return {
            "url": asked if asked.removeprefix("https://") == found["Url"] else found["Url"],
            "clientIdLists": found["ClientIDList"],
            "thumbprintLists": found["ThumbprintList"],
            "tagsAll": tag_map(found.get("Tags")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the provider."""
        aws.call("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=resource.id)
