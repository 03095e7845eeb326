"""Lookup of the password for a registry of ECR. Runs on the control node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from botocore.exceptions import BotoCoreError, ClientError

DOCUMENTATION = """
name: ecr_authorization
author: llm-platform
short_description: Password for a registry of ECR
description:
  - User and password in base64, as HTTP's basic authorization takes them. It holds for 12 hours.
options:
  _terms: {description: Regions., required: true}
  endpoint_url: {description: Another address of ECR., type: str, default: ""}
"""


class LookupModule(LookupBase):
    """One secret for each region."""

    def run(  # pyright: ignore[reportIncompatibleMethodOverride] - the base class only raises
        self, terms: Sequence[str], variables: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[str]:
        """Return the secrets."""
        self.set_options(var_options=variables, direct=kwargs)
        return [self._secret(region) for region in terms]

    def _secret(self, region: str) -> str:
        client = boto3.client("ecr", region_name=region, endpoint_url=self.get_option("endpoint_url") or None)
        try:
            return str(client.get_authorization_token()["authorizationData"][0]["authorizationToken"])
        except (BotoCoreError, ClientError) as error:
            raise AnsibleLookupError(f"ECR in {region} gave no password: {error}") from error
