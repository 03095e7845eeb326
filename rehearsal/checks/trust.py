"""Who may assume a role, read from its trust policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from rehearsal.checks.documents import as_list, strings
from rehearsal.plan import Resource


def trusts(role: Resource, service: str) -> bool:
    """Say whether a role lets a service assume it; a policy that is not known yet counts as one that does."""
    document: Any = role.registration.inputs.get("assumeRolePolicy")
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return False
    if not isinstance(document, Mapping):
        return True
    for statement in as_list(cast("Mapping[str, Any]", document).get("Statement")):
        if not isinstance(statement, Mapping):
            continue
        principal: Any = cast("Mapping[str, Any]", statement).get("Principal")
        services = strings(principal.get("Service")) if isinstance(principal, Mapping) else []
        if statement.get("Effect") == "Allow" and service in services:
            return True
    return False
