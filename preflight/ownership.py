"""Is something that stands in the account this environment's own?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from stacks.providers import default_tags
from stacks.settings import Settings

_DECISIVE = ("llm-platform:environment", "llm-platform:managed-by")


def is_ours(settings: Settings, tags: Mapping[str, str] | Iterable[Mapping[str, Any]] | None) -> bool:
    """Tell by the tags that the provider puts on everything; services give tags as a mapping, or as a list."""
    found: dict[str, str] = {}
    if isinstance(tags, Mapping):
        found.update(cast("Mapping[str, str]", tags))
    else:
        for tag in tags or ():
            found[tag.get("Key") or tag["TagKey"]] = tag.get("Value") or tag.get("TagValue") or ""
    ours = default_tags(settings)
    return all(found.get(key) == ours[key] for key in _DECISIVE)
