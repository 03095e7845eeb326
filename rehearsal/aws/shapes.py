"""Between the provider's shapes (camelCase, tags as a map) and those of AWS's APIs, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.errors import ABSENT, RecordedOnlyError


def existing(aws: Account, service: str, operation: str, **parameters: Any) -> Any | None:
    """Describe something; None when AWS says that it does not exist. What moto lacks still raises."""
    try:
        return aws.call(service, operation, **parameters)
    except RecordedOnlyError:
        return None
    except CloudError as error:
        # SageMaker and Application Auto Scaling say it in the message of a ValidationException.
        if ABSENT.search(error.code) or (error.code.startswith("Valid") and ABSENT.search(error.message)):
            return None
        raise


def tag_map(tags: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Return AWS's list of Key and Value as a map, without the tags that AWS itself sets."""
    return {tag["Key"]: tag["Value"] for tag in tags or () if not tag["Key"].startswith("aws:")}


def capitalised(value: Any, kept: frozenset[str] = frozenset(), **renamed: str) -> Any:
    """Return nested camelCase keys with a capital first letter, as most AWS APIs spell them.

    Below keys in `kept` stand the user's own keys, which stay as they are; `renamed` has the spellings that
    differ by more than the first letter. What is None is left out.
    """
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {
            renamed.get(key, key[:1].upper() + key[1:]): item if key in kept else capitalised(item, kept, **renamed)
            for key, item in items
            if item is not None
        }
    if isinstance(value, list):
        return [capitalised(item, kept, **renamed) for item in cast("list[Any]", value)]
    return value


def uncapitalised(value: Any, kept: frozenset[str] = frozenset(), **renamed: str) -> Any:
    """Undo `capitalised`: `kept` and `renamed` name the provider's keys, as there."""
    if isinstance(value, Mapping):
        names = {theirs: ours for ours, theirs in renamed.items()}
        result: dict[str, Any] = {}
        for theirs, item in cast("Mapping[str, Any]", value).items():
            ours = names.get(theirs, theirs[:1].lower() + theirs[1:])
            result[ours] = item if ours in kept else uncapitalised(item, kept, **renamed)
        return result
    if isinstance(value, list):
        return [uncapitalised(item, kept, **renamed) for item in cast("list[Any]", value)]
    return value


def shaped_like(asked: Any, seen: Any) -> Any:
    """Return what was seen without the keys nobody asked for, such as AWS's defaults."""
    if isinstance(asked, Mapping) and isinstance(seen, Mapping):
        wanted = cast("Mapping[str, Any]", asked)
        found = cast("Mapping[str, Any]", seen)
        return {key: shaped_like(wanted[key], found[key]) for key in wanted if key in found}
    if isinstance(asked, list) and isinstance(seen, list):
        wanted_items, found_items = cast("list[Any]", asked), cast("list[Any]", seen)
        if len(wanted_items) == len(found_items):
            return [shaped_like(*pair) for pair in zip(wanted_items, found_items, strict=True)]
    return seen
