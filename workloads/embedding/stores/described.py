"""What a collection was made as, kept as text with the collection itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from workloads.embedding.records import CollectionSpec


def described(spec: CollectionSpec) -> str:
    """Return a collection's description, as JSON."""
    return json.dumps(asdict(spec))


def read_description(text: str | None) -> CollectionSpec | None:
    """Return the collection of a description; None for one that `described` did not write."""
    try:
        content: Any = json.loads(text or "")
        return CollectionSpec(**content)
    except (ValueError, TypeError):
        return None
