"""The AWS account behind the caller's credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import boto3
import botocore.exceptions

from stacks.project import Project, ProjectError
from stacks.settings import Settings, settings_of

ROOT: Final = Path(__file__).resolve().parents[1]


class AccessError(Exception):
    """The account cannot be worked on; the message says why and what to do."""


def read_settings(stack: str, root: Path = ROOT) -> Settings:
    """Return the settings of a stack file, as the program would read them."""
    try:
        configuration = Project.read(root / "Pulumi.yaml").configuration(stack)
    except ProjectError as error:
        raise AccessError(str(error)) from None
    return settings_of(configuration.values, stack, configuration.secrets)


def sign_in(settings: Settings, session: boto3.Session | None = None) -> boto3.Session:
    """Return a session of the stack's region; refuse credentials of any account but the stack's own."""
    region, wanted = settings.aws.region, settings.aws.account_id
    session = session or boto3.Session(region_name=region)
    try:
        identity = session.client("sts", region_name=region).get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise AccessError(
            f"AWS does not know who you are in {region}: {error}; sign in (aws sso login, or AWS_PROFILE=...), "
            "and see that the region is enabled"
        ) from error
    if identity["Account"] != wanted:
        raise AccessError(
            f"the credentials are of account {identity['Account']} ({identity['Arn']}), "
            f"but aws.account_id of the stack file is {wanted}; sign in to that account"
        )
    return session
