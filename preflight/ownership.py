"""Is something that stands in the account this environment's own?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stacks.providers import default_tags
from stacks.settings import Settings

_DECISIVE = ("llm-platform:environment", "llm-platform:managed-by")


def is_ours(settings: Settings, tags: Mapping[str, str] | Iterable[Mapping[str, Any]] | None) -> bool:
    """Tell by the tags that the provider puts on everything; services give tags as a mapping, or as a list."""
    if isinstance(tags, Mapping):
        found = dict(tags)
    else:
        found = {
            str(tag.get("Key") or tag.get("TagKey")): str(tag.get("Value") or tag.get("TagValue")) for tag in tags or ()
        }
    ours = default_tags(settings)
    return all(found.get(key) == ours[key] for key in _DECISIVE)
