"""The AWS account behind the caller's credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import boto3
import botocore.exceptions
import yaml

from stacks.settings import Settings, parse_settings

ROOT: Final = Path(__file__).resolve().parents[1]
NAMESPACE: Final = "llm-platform:"


class AccessError(Exception):
    """The account cannot be worked on; the message says why and what to do."""


def read_settings(stack: str, root: Path = ROOT) -> Settings:
    """Return the settings of a stack file, as the program would read them."""
    path = root / "stacks" / f"Pulumi.{stack}.yaml"
    try:
        content: Any = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(file.name.split(".")[1] for file in path.parent.glob("Pulumi.*.yaml")))
        raise AccessError(f"stacks/{path.name}: no such stack file; the stacks are: {known or 'none'}") from None
    except yaml.YAMLError as error:
        raise AccessError(f"stacks/{path.name}: not valid YAML: {' '.join(str(error).split())}") from None
    config: Any = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise AccessError(f"stacks/{path.name}: config: {json.dumps(config)}: must be a mapping of keys to values")
    sections = {
        key.removeprefix(NAMESPACE): value
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(NAMESPACE)
    }
    return parse_settings(sections, f"stacks/{path.name}", stack=stack)


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
