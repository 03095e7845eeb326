"""What a preflight finds, and how it asks the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import boto3
import botocore.exceptions

from stacks.settings import Settings


class Level(StrEnum):
    """What a finding means for the update."""

    STOP = "stop"
    """The update would fail, or never reach the capacity that the stack file asks for"""

    UNSEEN = "cannot see"
    """The credentials may not look, or AWS did not answer"""

    NOTE = "note"
    """Worth knowing; the update goes on"""

    FINE = "fine"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    area: str
    """What kind of thing: identity, offerings, quotas, ..."""

    subject: str
    """The thing itself, as the stack file or AWS names it"""

    message: str
    remedy: str = ""


class Unseen(Exception):
    """Something could not be looked at."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


# How services say that a caller may not:
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and each service's common errors
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"})
IAM_PREFIXES = {"service-quotas": "servicequotas"}
"""IAM's name of a service where it is not botocore's."""

IAM_ACTIONS = {"s3:ListBuckets": "s3:ListAllMyBuckets"}
"""IAM's name of an action where it is not the API's:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""


class AccountReader:
    """Reads the account in the stack's region. Only Describe, Get and List go out; a test holds it to that."""

    def __init__(self, settings: Settings, session: boto3.Session) -> None:
        self.settings = settings
        self.region = settings.aws.region
        self._session = session
        self._clients: dict[str, Any] = {}

    def ask(self, service: str, operation: str, *absent: str, **parameters: Any) -> Any:
        """Return an answer, or None for an error code in `absent`; raise `Unseen` when there is none to be had."""
        client = self._client(service)
        try:
            return getattr(client, operation)(**parameters)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in absent:
                return None
            raise _unseen(service, error) from error

    def all(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """Return the entries under `key` of every page of an answer."""
        try:
            pages = self._client(service).get_paginator(operation).paginate(**parameters)
            return [entry for page in pages for entry in page.get(key, [])]
        except botocore.exceptions.ClientError as error:
            raise _unseen(service, error) from error

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.client(service, region_name=self.region)
        return self._clients[service]


Check = Callable[[AccountReader], Iterator[Finding]]
"""Looks at one thing; what it cannot see, it raises as `Unseen`."""


def iam_action(service: str, operation: str) -> str:
    """Return the action that a policy must allow for an operation."""
    action = f"{IAM_PREFIXES.get(service, service)}:{operation}"
    return IAM_ACTIONS.get(action, action)


def _unseen(service: str, error: botocore.exceptions.ClientError) -> Unseen:
    code, action = error.response["Error"]["Code"], error.operation_name
    if code in DENIED:
        needed = iam_action(service, action)
        return Unseen(f"needs {needed}", f"allow {needed}, or ask somebody who may look")
    said = error.response["Error"].get("Message", "")
    return Unseen(f"{service} {action} answers {code}: {said}", "try again; if it stays so, look by hand")
