"""An emulated account to look into, and answers for what moto lacks, checked against botocore's own model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import boto3
import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from moto.core.decorator import mock_aws

ACCOUNT, REGION = "222233334444", "us-east-1"
MODELS: Final = botocore.session.Session().get_component("data_loader")
"""Read once for all tests: EC2's model alone takes a third of a second."""
Answer = Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]]


@contextmanager
def emulated_account(account_id: str = ACCOUNT, region: str = REGION) -> Generator[boto3.Session]:
    """A session whose requests land in an empty account."""
    with (
        patch.dict("os.environ", {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}),
        mock_aws(config={"iam": {"load_aws_managed_policies": False}}),
    ):
        sts = boto3.Session("testing", "testing", region_name=region).client("sts")
        role = f"arn:aws:iam::{account_id}:role/engineer"
        key = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
        core = botocore.session.Session()
        core.register_component("data_loader", MODELS)
        yield boto3.Session(
            key["AccessKeyId"],
            key["SecretAccessKey"],
            key["SessionToken"],
            region_name=region,
            botocore_session=core,
        )


class Ok:
    """What botocore wants to see of an HTTP response that never was."""

    status_code = 200


def answer(session: boto3.Session, service: str, operation: str, body: Answer) -> None:
    """Answer an operation (`ec2`, `DescribeCapacityReservations`) in moto's place; the latest answer counts.

    As botocore's Stubber does, the answer is checked against the service's model, so that no test rests on a field
    that AWS does not have.
    """
    shape = session.client(service).meta.service_model.operation_model(operation).output_shape

    def respond(params: Mapping[str, Any], **_: Any) -> tuple[Ok, dict[str, Any]]:
        found = dict(body(params) if callable(body) else body)
        faults = ParamValidator().validate(found, shape)
        assert not faults.has_errors(), faults.generate_report()
        return Ok(), {**found, "ResponseMetadata": {}}

    event = f"before-call.{service}.{operation}"
    session.events.unregister(event, unique_id=event)
    session.events.register(event, respond, unique_id=event)


def refuse(session: boto3.Session, service: str, operation: str, code: str, message: str = "not allowed") -> None:
    """Let an operation fail with an error code."""

    def respond(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    session.events.register_first(f"before-call.{service}.{operation}", respond)


def watched(session: boto3.Session) -> list[tuple[str, str]]:
    """The list that every request's service and operation is written to from now on."""
    seen: list[tuple[str, str]] = []

    def note(model: Any, **_: Any) -> None:
        seen.append((model.service_model.service_name, model.name))

    # Not before-call: an answer of ours would hide the request.
    session.events.register("before-parameter-build", note)
    return seen
