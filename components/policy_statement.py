"""A statement of an IAM policy, and the document that several make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

Statement = dict[str, Any]
"""A statement as IAM's grammar has it; resources may be outputs."""

LARGEST_INLINE_POLICIES = 10240
"""Characters without white space that all inline policies of one role may have.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


def allow(
    sid: str,
    action: str | Sequence[str],
    resource: pulumi.Input[str] | Sequence[pulumi.Input[str]],
    **condition: dict[str, Any],
) -> Statement:
    """Allow actions on resources; each keyword is a condition's operator: `StringEquals={key: value}`."""
    listed = action if isinstance(action, str) else list(action)
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": listed, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Policy of these statements, the same text on every run."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)
