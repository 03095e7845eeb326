"""Every image is named by a version that stays the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.configuration import texts
from policies.images import TYPES, Image, images_of
from policies.pod_security import any_matches
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource

MAJOR_ALONE: Final = re.compile(r"v?\d{1,2}")
REMEDY: Final = "give the tag of one release, or its digest"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at each image; values of a chart that leave the tag out keep the chart's own."""
    floating = configuration.texts("floating_tags")
    demanded = bool(configuration.flag("digests"))
    yield from each(images_of(resource), lambda image: _judge(image, floating, demanded))


def _judge(image: Image, floating: list[str], demanded: bool) -> Iterator[Violation]:
    if image.digest and not image.has_digest:
        yield Violation(f"{shown(image.digest)} is no digest", "give sha256: and 64 digits", image.path)
    elif not image.digest and image.whole and not image.tag:
        yield Violation(f"{image.name} has no tag, which means latest", REMEDY, image.path)
    elif not image.digest and image.tag and _floats(image.tag, floating):
        yield Violation(f"{image.name or 'the image'} has the tag {shown(image.tag)}, which moves", REMEDY, image.path)
    elif demanded and not image.digest and image.tag:
        yield Violation(f"{image.name or 'the image'} has no digest", "give the digest beside the tag", image.path)


def _floats(tag: str, floating: list[str]) -> bool:
    """Say whether a tag can come to mean another image: a branch, a channel, or a major version alone."""
    numbered = any(character.isdigit() for character in tag)
    return not numbered or bool(MAJOR_ALONE.fullmatch(tag)) or any_matches(floating, tag.lower())


POLICY = ResourcePolicy(
    name="images-are-pinned",
    description="Every container image is named by the tag of one release or by its digest.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "floating_tags": texts(
                "Tags that move although they hold a digit; `*` for anything. Those without always do.",
                ["latest*", "*-latest", "nightly*", "*-nightly", "main-*", "master-*", "edge*", "dev-*"],
            ),
            "digests": {
                "type": "boolean",
                "description": "Whether a tag does not do, and a digest is demanded.",
                "default": False,
            },
        }
    ),
    types=TYPES,
    validate=validate,
)
