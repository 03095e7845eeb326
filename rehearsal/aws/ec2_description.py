"""What every EC2 translator needs: ARNs, tags on creation, and describing one thing by its id."""

from __future__ import annotations

from typing import Any

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.errors import RecordedOnlyError
from rehearsal.aws.translation import Inputs, tag_list


def identity(aws: Account, kind: str, id_: str) -> dict[str, str]:
    """Return the outputs that every EC2 resource has: its ARN and Region."""
    return {"arn": f"arn:aws:ec2:{aws.region}:{aws.account_id}:{kind}/{id_}", "region": aws.region}


def tagged(kind: str, inputs: Inputs) -> dict[str, Any]:
    """Return the `TagSpecifications` parameter, or nothing where there are no tags."""
    tags = tag_list(inputs)
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def tags_of(description: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a description as a map."""
    return {tag["Key"]: tag["Value"] for tag in description.get("Tags") or []}


def described(aws: Account, operation: str, result: str, **parameters: Any) -> dict[str, Any] | None:
    """Return the one thing that a describe call finds, or None when AWS says that there is none."""
    try:
        found: list[dict[str, Any]] = aws.call("ec2", operation, **parameters)[result]
    except RecordedOnlyError:
        return None
    except CloudError as error:
        if error.code.endswith(".NotFound") or error.code.endswith("NotFoundException"):
            return None
        raise
    return found[0] if found else None


def standing(aws: Account, operation: str, result: str, **parameters: Any) -> dict[str, Any]:
    """Return the one thing that must be there."""
    found = described(aws, operation, result, **parameters)
    if found is None:
        raise CloudError("ec2", operation, "NotFound", f"nothing answers to {parameters}")
    return found
