"""What every service refuses in tags."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.checks.reading import mappings
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

MOST_TAGS, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256


@rule("*", source="https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html")
def tags(r: Registration, _: World) -> Broken:
    """At most 50 tags, keys to 128 and values to 256 characters, and the aws: prefix is AWS's."""
    for path in ("tagsAll", "tags", "tagSpecifications[].tags"):
        for at, found in mappings(r, path):
            yield from ((at, message) for message in _violations(found))


def _violations(found: Mapping[str, object]) -> list[str]:
    messages: list[str] = []
    if len(found) > MOST_TAGS:
        messages.append(f"{len(found)} tags; at most {MOST_TAGS}")
    for key, value in found.items():
        if key.lower().startswith("aws:"):
            messages.append(f"{key!r}: the prefix aws: is reserved")
        if not 1 <= len(key) <= LONGEST_KEY:
            messages.append(f"{key!r}: a key has 1 to {LONGEST_KEY} characters")
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            messages.append(f"the value of {key!r} has {len(value)} characters; at most {LONGEST_VALUE}")
    return messages
