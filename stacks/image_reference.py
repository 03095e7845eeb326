"""The parts of an image's name."""

from __future__ import annotations


def image_parts(image: str) -> tuple[str, str, str]:
    """Repository, tag and digest of a reference; one of the last two is empty."""
    repository, at, digest = image.partition("@")
    if at:
        return repository, "", digest
    repository, _, tag = image.rpartition(":")
    return repository, tag, ""
