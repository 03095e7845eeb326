"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rehearsal.aws.account import Account, NotEmulatedError
from rehearsal.aws.ec2_description import described, identity, standing, tagged, tags_of
from rehearsal.aws.translation import Created, Emulated, Inputs, tag_list, translates
from rehearsal.plan import Resource


def _without_inline_rules(inputs: Inputs) -> None:
    if inputs.get("ingress") or inputs.get("egress"):
        raise NotEmulatedError("rules inside a group are not translated; use aws.vpc.SecurityGroup…Rule")


def _revoke_everything(aws: Account, group: dict[str, Any]) -> None:
    """Take every rule out of a group, those that AWS put there included."""
    for permissions, operation in (
        ("IpPermissions", "revoke_security_group_ingress"),
        ("IpPermissionsEgress", "revoke_security_group_egress"),
    ):
        if group[permissions]:
            aws.call("ec2", operation, GroupId=group["GroupId"], IpPermissions=group[permissions])


@translates("aws:ec2/securityGroup:SecurityGroup")
class SecurityGroup(Emulated):
    """A group without rules: the provider takes AWS's default egress rule away."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the group and empty it."""
        _without_inline_rules(inputs)
        described_as = inputs.get("description") or "Managed by Pulumi"
        parameters: dict[str, Any] = {"GroupName": inputs["name"], "Description": described_as}
        if inputs.get("vpcId"):
            parameters["VpcId"] = inputs["vpcId"]
        answer = aws.call("ec2", "create_security_group", **parameters, **tagged("security-group", inputs))
        group_id = answer["GroupId"]
        group = standing(aws, "describe_security_groups", "SecurityGroups", GroupIds=[group_id])
        _revoke_everything(aws, group)
        outputs = {
            **identity(aws, "security-group", group_id),
            "ownerId": aws.account_id,
            "vpcId": group["VpcId"],
            "description": described_as,
        }
        return Created(group_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the group."""
        group = described(aws, "describe_security_groups", "SecurityGroups", GroupIds=[resource.id])
        return group and {
            "name": group["GroupName"],
            "description": group["Description"],
            "vpcId": group["VpcId"],
            "tagsAll": tags_of(group),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the group, emptied before where the program says so."""
        if resource.registration.inputs.get("revokeRulesOnDelete"):
            group = standing(aws, "describe_security_groups", "SecurityGroups", GroupIds=[resource.id])
            _revoke_everything(aws, group)
        aws.call("ec2", "delete_security_group", GroupId=resource.id)


@translates("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
class DefaultSecurityGroup(Emulated):
    """A VPC's own default group, adopted and emptied; it stays until its VPC goes."""

    adopts = True

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Adopt the group: take its rules away and tag it."""
        _without_inline_rules(inputs)
        filters = [{"Name": "group-name", "Values": ["default"]}]
        if inputs.get("vpcId"):
            filters.append({"Name": "vpc-id", "Values": [inputs["vpcId"]]})
        group = standing(aws, "describe_security_groups", "SecurityGroups", Filters=filters)
        _revoke_everything(aws, group)
        if tag_list(inputs):
            aws.call("ec2", "create_tags", Resources=[group["GroupId"]], Tags=tag_list(inputs))
        outputs = {
            **identity(aws, "security-group", group["GroupId"]),
            "ownerId": aws.account_id,
            "name": "default",
            "description": group["Description"],
            "vpcId": group["VpcId"],
        }
        return Created(group["GroupId"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the group with its rules, of which there must be none."""
        group = described(aws, "describe_security_groups", "SecurityGroups", GroupIds=[resource.id])
        return group and {
            "vpcId": group["VpcId"],
            "ingress": group["IpPermissions"],
            "egress": group["IpPermissionsEgress"],
            "tagsAll": tags_of(group),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Do nothing, as the provider: a default group cannot be deleted."""


class _Rule(Emulated):
    """One rule of a group, with an id of its own."""

    loses = {"description": "moto drops it from a rule that refers to a group"}
    direction: ClassVar[str] = ""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Authorise the one rule."""
        answer = aws.call(
            "ec2",
            f"authorize_security_group_{self.direction}",
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs, aws.account_id)],
            **tagged("security-group-rule", inputs),
        )
        rule_id = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        outputs = {**identity(aws, "security-group-rule", rule_id), "securityGroupRuleId": rule_id}
        return Created(rule_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the rule."""
        group_id = resource.registration.inputs["securityGroupId"]
        here = [{"Name": "group-id", "Values": [group_id]}]
        rules = aws.call("ec2", "describe_security_group_rules", Filters=here)["SecurityGroupRules"]
        for rule in rules:
            if rule["SecurityGroupRuleId"] == resource.id:
                every = rule["IpProtocol"] == "-1"
                return {
                    "securityGroupId": rule["GroupId"],
                    "ipProtocol": rule["IpProtocol"],
                    "fromPort": None if every else rule["FromPort"],
                    "toPort": None if every else rule["ToPort"],
                    "cidrIpv4": rule.get("CidrIpv4"),
                    "cidrIpv6": rule.get("CidrIpv6"),
                    "prefixListId": rule.get("PrefixListId"),
                    "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
                    "description": rule.get("Description"),
                    "tagsAll": tags_of(rule),
                }
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Revoke the one rule."""
        aws.call(
            "ec2",
            f"revoke_security_group_{self.direction}",
            GroupId=resource.registration.inputs["securityGroupId"],
            SecurityGroupRuleIds=[resource.id],
        )


def _permission(inputs: Inputs, account_id: str) -> dict[str, Any]:
    """Return the API's form of a rule: a range, a prefix list or another group."""
    permission: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
    for key, parameter in (("fromPort", "FromPort"), ("toPort", "ToPort")):
        if inputs.get(key) is not None:
            permission[parameter] = inputs[key]
    described_as = {"Description": inputs["description"]} if inputs.get("description") else {}
    if inputs.get("cidrIpv4"):
        permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **described_as}]
    if inputs.get("cidrIpv6"):
        permission["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"], **described_as}]
    if inputs.get("prefixListId"):
        permission["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], **described_as}]
    if inputs.get("referencedSecurityGroupId"):
        pair = {"GroupId": inputs["referencedSecurityGroupId"], "UserId": account_id, **described_as}
        permission["UserIdGroupPairs"] = [pair]
    return permission


@translates("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
class SecurityGroupIngressRule(_Rule):
    """What may come in."""

    direction = "ingress"


@translates("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
class SecurityGroupEgressRule(_Rule):
    """What may go out."""

    direction = "egress"
