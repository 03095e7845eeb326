"""The sections `aws` and `ownership`: which account, and whose platform it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from stacks.sections.section import Broken, Section
from stacks.value_types import AccountId, Environment, Region, Text, Words

if TYPE_CHECKING:
    from stacks.settings import Settings

DataClassification = Literal["public", "internal", "confidential", "restricted"]

TagKey = Annotated[
    str, Text("a tag key of 1 to 128 letters, digits and _ . : / = + @ -", r"[A-Za-z0-9_.:/=+@-]{1,128}")
]
TagValue = Annotated[
    str,
    Text("a tag value of up to 256 letters, digits, spaces and _ . : / = + @ -", r"[A-Za-z0-9 _.:/=+@-]{0,256}"),
]

OWN_TAG_KEYS = ("environment", "team", "cost-centre", "data-classification", "project")
"""Tags that the platform sets itself, from the keys beside `tags`."""


class AwsSettings(Section):
    """Which account and region the environment lives in."""

    region: Region
    """Region of every resource, such as us-east-1"""

    account_id: AccountId
    """The only account that the provider may touch; credentials of another one are refused"""


class OwnershipSettings(Section):
    """Whose platform it is and what data it holds; becomes the default tags of every resource."""

    environment: Environment
    """Name of the environment, the same as the stack's: dev, staging, prod"""

    team: Words
    """Team that answers for the environment"""

    cost_centre: Words
    """Cost centre that pays for it"""

    data_classification: DataClassification
    """The most sensitive data that may be stored here"""

    tags: dict[TagKey, TagValue] = Field(default_factory=dict[str, str])
    """Further tags for every resource"""


def tags(settings: Settings) -> Iterator[Broken]:
    """Further tags leave the platform's own and AWS's alone, and EC2 takes 50 in all."""
    given = settings.ownership.tags
    for key, value in given.items():
        folded = key.casefold().replace("_", "-")
        if folded.startswith("aws:"):
            yield Broken(("ownership", "tags", key), value, "tag keys that begin with 'aws:' are reserved for AWS")
        if folded.startswith("llm-platform:"):
            message = "tag keys that begin with 'llm-platform:' are the platform's own"
            yield Broken(("ownership", "tags", key), value, message)
        if folded in OWN_TAG_KEYS:
            yield Broken(("ownership", "tags", key), value, f"the platform sets the tag '{folded}' itself; remove it")
    # 50 tags per resource; the platform's own and those that EKS and Karpenter add need about ten.
    if len(given) > 40:  # noqa: PLR2004 - explained in the line above
        yield Broken(("ownership", "tags"), given, f"at most 40 tags; it has {len(given)}")


RULES = (tags,)
