"""A token of Amazon Managed Grafana that lives for one piece of work.

https://docs.aws.amazon.com/grafana/latest/userguide/authenticating-grafana-apis.html
"""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

ACCOUNT: Final = "llm-platform-dashboards"
"""The service account: kept, since each that is active in a month is paid for as a user."""
ROLE: Final = "ADMIN"
"""Grafana lets nobody less create data sources."""
SECONDS: Final = 900
"""How long a token lives that nobody could delete any more, as when the process was killed."""


@contextmanager
def short_token(grafana: Any, workspace_id: str) -> Generator[str]:
    """Return a token of the service account, deleted when the work is done, has failed or is interrupted.

    `grafana` is boto3's client.
    """
    account_id = _account(grafana, workspace_id)
    of = {"workspaceId": workspace_id, "serviceAccountId": account_id}
    for left in _listed(grafana, "list_workspace_service_account_tokens", **of)["serviceAccountTokens"]:
        grafana.delete_workspace_service_account_token(tokenId=left["id"], **of)
    made = grafana.create_workspace_service_account_token(
        name=f"publish-{secrets.token_hex(4)}", secondsToLive=SECONDS, **of
    )["serviceAccountToken"]
    try:
        yield made["key"]
    finally:
        grafana.delete_workspace_service_account_token(tokenId=made["id"], **of)


def _account(grafana: Any, workspace_id: str) -> str:
    for account in _listed(grafana, "list_workspace_service_accounts", workspaceId=workspace_id)["serviceAccounts"]:
        if account["name"] == ACCOUNT:
            return account["id"]
    made = grafana.create_workspace_service_account(name=ACCOUNT, grafanaRole=ROLE, workspaceId=workspace_id)
    return made["id"]


def _listed(grafana: Any, operation: str, **parameters: str) -> dict[str, list[dict[str, str]]]:
    """All pages of a List operation, read before the caller changes what it lists."""
    return grafana.get_paginator(operation).paginate(**parameters).build_full_result()
