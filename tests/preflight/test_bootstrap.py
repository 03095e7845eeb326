"""What an account needs once: made, left alone, repaired, and refused in the wrong account.

moto stores what is written and judges little of it; that IAM lets the CI role do its work, and nothing else, is only
argued in preflight/ci_permissions.yaml, not proven here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from preflight import bootstrap
from preflight.access import AccessError, read_settings, sign_in
from preflight.bootstrap_steps import Bootstrap
from preflight.change import applied, planned
from stacks.settings import Settings, SettingsError
from tests.preflight.emulated import ACCOUNT, emulated_account, refuse, watched
from tests.preflight.staging import staging, staging_sections

BUCKET = "llm-platform-staging-state-222233334444-us-east-1"
KEY = "alias/llm-platform-staging/pulumi"
ROLE = "llm-platform-staging-ci"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/llm-platform-staging-ci-boundary"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
CARRIED = ("state", "read", "build", "services", "secrets", "identity")
SUBJECT = "repo:acme/llm-platform:environment:staging"


@pytest.fixture
def settings() -> Settings:
    return staging()


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with emulated_account() as session:
        yield session


@pytest.fixture
def work(settings: Settings, session: boto3.Session) -> Bootstrap:
    return Bootstrap.of(settings, session, "acme/llm-platform")


@pytest.fixture
def standing(work: Bootstrap) -> Bootstrap:
    work.changes(applied)
    return work


def differences(work: Bootstrap) -> list[tuple[str, str, str]]:
    return [(change.resource.split(" ")[-1], change.what, change.seen) for change in work.changes(planned)]


def test_an_empty_account_lacks_everything(work: Bootstrap) -> None:
    assert differences(work) == [
        (KEY, "key", "absent"),
        (KEY, "rotation", "absent"),
        (BUCKET, "bucket", "absent"),
        (BUCKET, "versioning", "absent"),
        (BUCKET, "encryption", "absent"),
        (BUCKET, "public access", "absent"),
        (BUCKET, "object ownership", "absent"),
        (BUCKET, "policy", "absent"),
        (BUCKET, "tags", "absent"),
        ("token.actions.githubusercontent.com", "provider", "absent"),
        ("llm-platform-staging-ci-boundary", "policy", "absent"),
        *((f"{ROLE}-{name}", "policy", "absent") for name in CARRIED),
        (ROLE, "role", "absent"),
        *((ROLE, f"policy {ROLE}-{name}", "absent") for name in CARRIED),
    ]


def test_a_dry_run_writes_nothing(work: Bootstrap, session: boto3.Session) -> None:
    seen = watched(session)
    # The clients of `work` copied the session's events before they were watched.
    again = Bootstrap.of(staging(), session, "acme/llm-platform")
    assert again.changes(planned)
    assert seen
    assert {name for _, name in seen if not name.startswith(("Get", "List", "Describe", "Head"))} == set()
    assert work.changes(planned)


def test_a_second_run_changes_nothing(standing: Bootstrap) -> None:
    assert differences(standing) == []
    assert standing.changes(applied) == []


def test_the_bucket_is_versioned_encrypted_closed_and_tls_only(standing: Bootstrap, session: boto3.Session) -> None:
    s3 = session.client("s3")
    key = standing.key.arn()
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert rule["BucketKeyEnabled"] is True
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert list(block.values()) == [True] * 4
    ownership = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    [statement] = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_key_rotates(standing: Bootstrap, session: boto3.Session) -> None:
    assert session.client("kms").get_key_rotation_status(KeyId=standing.key.arn())["KeyRotationEnabled"] is True


def test_the_role_trusts_one_repository_and_environment(standing: Bootstrap, session: boto3.Session) -> None:
    assert standing.role is not None
    role = session.client("iam").get_role(RoleName=ROLE)["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": SUBJECT,
        }
    }
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert session.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)["ClientIDList"] == [
        "sts.amazonaws.com"
    ]


def test_nothing_of_it_carries_the_tag_that_the_role_may_change(standing: Bootstrap, session: boto3.Session) -> None:
    tags = session.client("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    tags += session.client("iam").list_role_tags(RoleName=ROLE)["Tags"]
    kms = session.client("kms").list_resource_tags(KeyId=standing.key.arn())["Tags"]
    names = {tag["Key"] for tag in tags} | {tag["TagKey"] for tag in kms}
    assert names == {"llm-platform:bootstrap", "llm-platform:cost-centre", "llm-platform:team"}


def test_without_a_repository_there_is_no_role(settings: Settings, session: boto3.Session) -> None:
    work = Bootstrap.of(settings, session, None)
    work.changes(applied)
    assert session.client("iam").list_roles()["Roles"] == []
    assert differences(work) == []


def versioning_off(session: boto3.Session, _: str) -> None:
    session.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


def encryption_weaker(session: boto3.Session, _: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    session.client("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})


def public(session: boto3.Session, _: str) -> None:
    session.client("s3").delete_public_access_block(Bucket=BUCKET)


def plain_http(session: boto3.Session, _: str) -> None:
    session.client("s3").delete_bucket_policy(Bucket=BUCKET)


def objects_of_others(session: boto3.Session, _: str) -> None:
    session.client("s3").delete_bucket_ownership_controls(Bucket=BUCKET)


def no_rotation(session: boto3.Session, key: str) -> None:
    session.client("kms").disable_key_rotation(KeyId=key)


def disabled(session: boto3.Session, key: str) -> None:
    session.client("kms").disable_key(KeyId=key)


def waits_for_deletion(session: boto3.Session, key: str) -> None:
    session.client("kms").schedule_key_deletion(KeyId=key)


def trusts_everybody(session: boto3.Session, _: str) -> None:
    document = session.client("iam").get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Condition"] = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}
    session.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


def unbounded(session: boto3.Session, _: str) -> None:
    session.client("iam").delete_role_permissions_boundary(RoleName=ROLE)


def more_allowed(session: boto3.Session, _: str) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    policy = f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-state"
    session.client("iam").create_policy_version(PolicyArn=policy, PolicyDocument=document, SetAsDefault=True)


def taken_off(session: boto3.Session, _: str) -> None:
    policy = f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-read"
    session.client("iam").detach_role_policy(RoleName=ROLE, PolicyArn=policy)


def of_an_older_release(session: boto3.Session, _: str) -> None:
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    made = session.client("iam").create_policy(PolicyName=f"{ROLE}-everything", PolicyDocument=nothing)
    session.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=made["Policy"]["Arn"])


def wider_boundary(session: boto3.Session, _: str) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    for _number in range(4):  # a policy keeps five versions: the sixth needs one deleted
        session.client("iam").create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=document, SetAsDefault=True)


@pytest.mark.parametrize(
    ("drift", "found"),
    [
        (versioning_off, [(BUCKET, "versioning", '{"Status": "Suspended"}')]),
        (
            encryption_weaker,
            [
                (
                    BUCKET,
                    "encryption",
                    '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, '
                    '"BucketKeyEnabled": false}]}',
                )
            ],
        ),
        (public, [(BUCKET, "public access", "absent")]),
        (plain_http, [(BUCKET, "policy", "absent")]),
        (objects_of_others, [(BUCKET, "object ownership", "absent")]),
        (no_rotation, [(KEY, "rotation", "off")]),
        (disabled, [(KEY, "state", "disabled")]),
        (waits_for_deletion, [(KEY, "state", "waits for deletion"), (KEY, "state", "disabled")]),
        (trusts_everybody, [(ROLE, "trust", "differs")]),
        (unbounded, [(ROLE, "boundary", "absent")]),
        (more_allowed, [(f"{ROLE}-state", "statements", "version v2 differs")]),
        (taken_off, [(ROLE, f"policy {ROLE}-read", "absent")]),
        (of_an_older_release, [(ROLE, f"policy {ROLE}-everything", "attached")]),
        (wider_boundary, [("llm-platform-staging-ci-boundary", "statements", "version v5 differs")]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_drift_is_shown_and_repaired(
    standing: Bootstrap, session: boto3.Session, drift: Any, found: list[tuple[str, str, str]]
) -> None:
    drift(session, str(standing.key.arn()).partition(":key/")[2])
    assert differences(standing) == found
    standing.changes(applied)
    assert differences(standing) == []


def test_a_role_with_its_policies_inside_is_brought_over_and_never_has_less(
    standing: Bootstrap, session: boto3.Session
) -> None:
    iam = session.client("iam")
    inline = {name: iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-{name}") for name in CARRIED}
    for name in CARRIED:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=inline[name]["Policy"]["Arn"])
    somebodys = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    for name in ("state", "read", "build", "identity", "of-somebody-else"):
        iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=json.dumps(somebodys))
    changes = [what for _, what, _ in differences(standing)]
    assert changes == [
        *(f"policy {ROLE}-{name}" for name in CARRIED),
        *(f"inline policy {name}" for name in ("state", "read", "build", "identity")),
    ]
    standing.changes(applied)
    assert iam.list_role_policies(RoleName=ROLE)["PolicyNames"] == ["of-somebody-else"]
    attached = iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    assert {each["PolicyName"] for each in attached} == {f"{ROLE}-{name}" for name in CARRIED}
    assert differences(standing) == []


def test_statements_and_tags_of_others_stay(standing: Bootstrap, session: boto3.Session) -> None:
    s3 = session.client("s3")
    theirs = {
        "Sid": "Audit",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::333344445555:root"},
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "backup", "Value": "daily"}]})
    standing.changes(applied)
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert [statement["Sid"] for statement in statements] == ["Audit", "RefusePlainHttp"]
    assert {"Key": "backup", "Value": "daily"} in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]


def test_a_bucket_of_somebody_else_is_not_touched(settings: Settings, session: boto3.Session) -> None:
    refuse(session, "s3", "HeadBucket", "403")
    work = Bootstrap.of(settings, session, None)
    with pytest.raises(AccessError, match=f"S3 bucket {BUCKET}: S3 answers 403: it belongs to another account"):
        work.changes(planned)


def test_an_audience_is_added_to_those_that_are_there(settings: Settings, session: boto3.Session) -> None:
    """moto lacks AddClientIDToOpenIDConnectProvider, so that only the request is seen."""
    iam = session.client("iam")
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["https://github.com/acme"]
    )
    requests: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        requests.append(params["body"])
        raise InterruptedError

    session.events.register_first("before-call.iam.AddClientIDToOpenIDConnectProvider", note)
    work = Bootstrap.of(settings, session, "acme/llm-platform")
    [change] = [change for change in work.changes(planned) if change.what == "audiences"]
    assert (change.seen, change.wanted) == ("https://github.com/acme", "https://github.com/acme, sts.amazonaws.com")
    with pytest.raises(InterruptedError):
        change.apply()
    assert (requests[0]["ClientID"], requests[0]["OpenIDConnectProviderArn"]) == ("sts.amazonaws.com", PROVIDER)


def test_credentials_of_another_account_are_refused(settings: Settings) -> None:
    with emulated_account("333344445555") as other, pytest.raises(AccessError) as refusal:
        sign_in(settings, other)
    assert str(refusal.value) == (
        "the credentials are of account 333344445555 (arn:aws:sts::333344445555:assumed-role/engineer/tests), but "
        "aws.account_id of the stack file is 222233334444; sign in to that account"
    )


def test_a_stack_file_is_read_and_its_faults_are_told(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: llm-platform\nstackConfigDir: stacks\n")
    with pytest.raises(AccessError, match=r"stacks/Pulumi\.dev\.yaml: no such stack file; the stacks are: none"):
        read_settings("dev", tmp_path)
    file = tmp_path / "stacks" / "Pulumi.staging.yaml"
    file.write_text(json.dumps({"config": {f"llm-platform:{key}": each for key, each in staging_sections().items()}}))
    assert read_settings("staging", tmp_path).aws.account_id == ACCOUNT
    file.write_text("config: [")
    with pytest.raises(AccessError, match="not valid YAML"):
        read_settings("staging", tmp_path)
    file.write_text("config: {'llm-platform:aws': {region: us-east-1}}")
    with pytest.raises(SettingsError, match=r"stacks/Pulumi\.staging\.yaml: aws\.account_id: not set"):
        read_settings("staging", tmp_path)


class Command:
    """The command in the emulated account: exit status and what it prints."""

    def __init__(self, settings: Settings, session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
        def signed_in(wanted: Settings) -> boto3.Session:
            return sign_in(wanted, session)

        def read(_stack: str) -> Settings:
            return settings

        monkeypatch.setattr(bootstrap, "read_settings", read)
        monkeypatch.setattr(bootstrap, "sign_in", signed_in)
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str) -> int:
        self.monkeypatch.setattr(sys, "argv", ["bootstrap", *arguments])
        with pytest.raises(SystemExit) as end:
            bootstrap.main()
        return int(end.value.code or 0)


@pytest.fixture
def command(settings: Settings, session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(settings, session, monkeypatch)


def test_the_command_shows_then_makes_then_finds_nothing_to_do(
    command: Command, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ("staging", "--repository", "acme/llm-platform")
    assert command(*arguments) == 0
    shown = capsys.readouterr().out
    assert "account 222233334444, us-east-1: 24 to change; nothing was changed, --apply does it" in shown
    assert "pulumi login" not in shown

    assert command(*arguments, "--apply") == 0
    shown = capsys.readouterr().out
    assert "account 222233334444, us-east-1: 24 changed" in shown
    assert f"  pulumi login 's3://{BUCKET}?region=us-east-1'\n" in shown
    assert f"  pulumi stack init staging --secrets-provider='awskms://{KEY}?region=us-east-1'\n" in shown

    assert command(*arguments, "--json", str(tmp_path / "found.json")) == 0
    assert "11 resources stand as they should; nothing to change" in capsys.readouterr().out
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["changes"], found["applied"], found["account_id"]) == ([], False, ACCOUNT)
    assert len(found["resources"]) == 11


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repository", "acme"], "--repository 'acme': allowed: ORG/NAME, as in acme/llm-platform"),
        (["--repository", "acme/*"], "--repository 'acme/*': allowed: ORG/NAME, as in acme/llm-platform"),
        (["--subject", "repo:a/b:ref:x"], "--subject needs --repository"),
        (
            ["--repository", "acme/x", "--subject", "repo:acme/*:environment:dev"],
            "--subject 'repo:acme/*:environment:dev': allowed: repo:..., without wildcards: only this repository may "
            "get in",
        ),
        (["--json", "/nowhere/x.json"], "--json /nowhere/x.json: the folder /nowhere does not exist"),
    ],
)
def test_bad_input_ends_with_status_2(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert command("staging", *arguments) == 2
    assert capsys.readouterr().err.strip() == message


def test_what_aws_refuses_ends_with_status_1(
    command: Command, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(session, "kms", "ListAliases", "AccessDeniedException")
    assert command("staging") == 1
    assert capsys.readouterr().err.startswith("AWS: An error occurred (AccessDeniedException)")


def test_a_subject_of_the_organisation_may_be_given(settings: Settings, session: boto3.Session) -> None:
    work = Bootstrap.of(settings, session, "acme/llm-platform", "repo:acme/llm-platform:ref:refs/heads/main")
    work.changes(applied)
    role = session.client("iam").get_role(RoleName=ROLE)["Role"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    assert condition["token.actions.githubusercontent.com:sub"] == "repo:acme/llm-platform:ref:refs/heads/main"
