"""IAM in the emulated account. Does not prove that a policy allows what it should: nothing is enforced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, is_gone
from tests.rehearsal.aws.round_trip import TAGS, round_trip

ROLE = "aws:iam/role:Role"
MANAGED = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def _reading(bucket: str) -> str:
    resource = f"arn:aws:s3:::{bucket}/*"
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def role(account: Account) -> Resource:
    return create(account, ROLE, "nodes", name="nodes", assumeRolePolicy=TRUST)


def test_a_role_goes_round(account: Account) -> None:
    inputs = {
        "name": "platform-nodes",
        "path": "/platform/",
        "description": "The nodes' role",
        "assumeRolePolicy": TRUST,
        "maxSessionDuration": 7200,
        "permissionsBoundary": MANAGED,
        "tagsAll": TAGS,
    }
    made = round_trip(account, ROLE, inputs)
    assert made.id == "platform-nodes"
    assert made.outputs["arn"] == "arn:aws:iam::111122223333:role/platform/platform-nodes"
    assert made.outputs["uniqueId"].startswith("AROA")


def test_policies_inside_a_role_are_not_translated(account: Account) -> None:
    with pytest.raises(NotEmulatedError, match="policies inside a role"):
        create(account, ROLE, "full", name="full", assumeRolePolicy=TRUST, managedPolicyArns=[MANAGED])


def test_a_role_leaves_its_instance_profile_before_it_is_deleted(account: Account) -> None:
    role = create(account, ROLE, "leaver", name="leaver", assumeRolePolicy=TRUST)
    profile = create(account, "aws:iam/instanceProfile:InstanceProfile", "stays", name="stays", role=role.id)
    delete(account, role)
    assert is_gone(account, role)
    assert differences(account, profile) == {"role": ("leaver", None)}
    delete(account, profile)


@pytest.mark.parametrize("force", [True, False])
def test_a_role_with_policies_is_deleted_only_by_force(account: Account, force: bool) -> None:
    name = f"force-{force}"
    role = create(account, ROLE, name, name=name, assumeRolePolicy=TRUST, forceDetachPolicies=force)
    create(account, "aws:iam/rolePolicy:RolePolicy", name, role=role.id, name="read", policy=_reading("a"))
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    create(account, attachment, name, role=role.id, policyArn=MANAGED)
    if force:
        delete(account, role)
        assert is_gone(account, role)
    else:
        with pytest.raises(CloudError, match="DeleteConflict"):
            delete(account, role)


def test_a_role_policy_goes_round(account: Account, role: Resource) -> None:
    inputs = {"role": role.id, "name": "read-models", "policy": _reading("models")}
    assert round_trip(account, "aws:iam/rolePolicy:RolePolicy", inputs).id == "nodes:read-models"


def test_a_policy_that_aws_cannot_parse_is_refused(account: Account, role: Resource) -> None:
    with pytest.raises(CloudError, match="MalformedPolicyDocument"):
        create(account, "aws:iam/rolePolicy:RolePolicy", "bad", role=role.id, name="bad", policy="{}")


def test_an_attachment_goes_round(account: Account, role: Resource) -> None:
    inputs = {"role": role.id, "policyArn": MANAGED}
    made = round_trip(account, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", inputs)
    assert made.id == f"nodes/{MANAGED}"


def test_an_attachment_of_a_missing_policy_is_refused(account: Account, role: Resource) -> None:
    missing = "arn:aws:iam::aws:policy/NoSuchPolicy"
    type_ = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    with pytest.raises(CloudError, match="NoSuchEntity"):
        create(account, type_, "missing", role=role.id, policyArn=missing)


def test_a_policy_goes_round_with_its_older_versions(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = {"name": "reader", "path": "/", "description": "Reads", "policy": _reading("a"), "tagsAll": TAGS}
    made = round_trip(account, "aws:iam/policy:Policy", inputs)
    assert made.id == made.outputs["arn"] == "arn:aws:iam::111122223333:policy/reader"
    again = create(account, "aws:iam/policy:Policy", "reader", **inputs)
    newer = {"PolicyArn": again.id, "PolicyDocument": _reading("b"), "SetAsDefault": True}
    account.call("iam", "create_policy_version", **newer)
    assert set(differences(account, again)) == {"policy"}
    # moto would delete a policy with all its versions, AWS refuses to: look at what is sent.
    sent: list[tuple[str, str | None]] = []
    call = account.call

    def spy(service: str, operation: str, **parameters: Any) -> Any:
        sent.append((operation, parameters.get("VersionId")))
        return call(service, operation, **parameters)

    monkeypatch.setattr(account, "call", spy)
    delete(account, again)
    assert sent[1:] == [("delete_policy_version", "v1"), ("delete_policy", None)]
    assert is_gone(account, again)


def test_an_instance_profile_goes_round(account: Account, role: Resource) -> None:
    inputs = {"name": "nodes", "path": "/", "role": role.id, "tagsAll": TAGS}
    made = round_trip(account, "aws:iam/instanceProfile:InstanceProfile", inputs)
    assert made.outputs["arn"] == "arn:aws:iam::111122223333:instance-profile/nodes"


@pytest.mark.parametrize("thumbprints", [None, ["a" * 40]])
def test_an_oidc_provider_goes_round(account: Account, thumbprints: list[str] | None) -> None:
    inputs = {
        "url": "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789",
        "clientIdLists": ["sts.amazonaws.com"],
        "tagsAll": TAGS,
    }
    inputs |= {"thumbprintLists": thumbprints} if thumbprints else {}
    made = round_trip(account, "aws:iam/openIdConnectProvider:OpenIdConnectProvider", inputs)
    assert made.id.endswith(":oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789")
