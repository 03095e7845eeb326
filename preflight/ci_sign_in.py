"""The account's trust in GitHub's workflows: its OIDC provider, which all roles and environments share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import boto3
import botocore.exceptions

from preflight.change import ABSENT, Change

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"
"""https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws"""


class GitHubProvider:
    """Only ever added to: other roles of the account may rest on what else it has."""

    def __init__(self, session: boto3.Session, account_id: str) -> None:
        self.arn = f"arn:aws:iam::{account_id}:oidc-provider/{ISSUER}"
        self._iam = session.client("iam")

    @property
    def resource(self) -> str:
        """Return kind and name."""
        return f"IAM OIDC provider {ISSUER}"

    def plan(self) -> Iterator[Change]:
        """Yield what differs."""
        audiences = self._audiences()
        if audiences is None:
            yield Change(self.resource, "provider", ABSENT, f"audience {AUDIENCE}", self._create)
        elif AUDIENCE not in audiences:
            yield Change(
                self.resource,
                "audiences",
                ", ".join(audiences) or ABSENT,
                ", ".join([*audiences, AUDIENCE]),
                self._add_audience,
            )

    def _audiences(self) -> list[str] | None:
        try:
            found = self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return None
            raise
        return sorted(found.get("ClientIDList", []))

    def _create(self) -> None:
        # No thumbprint: IAM trusts the issuer's public certificate authority by itself.
        self._iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE])

    def _add_audience(self) -> None:
        self._iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=self.arn, ClientID=AUDIENCE)
