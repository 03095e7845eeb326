"""The section `policies`: how strictly the policy pack judges the environment, by what thresholds, what it spares.

The pack (policies/) reads it by itself and checks the names and values that only it knows; here the form is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from stacks.sections.section import Section
from stacks.value_types import Day, Text

PolicyName = Annotated[
    str,
    Text(
        "the name of a policy such as 'volumes-use-customer-keys': lower-case letters, digits and hyphens",
        "[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
    ),
]
Level = Literal["advisory", "mandatory", "disabled"]
ConfigurationKey = Annotated[
    str,
    Text("a key of the policy's configuration such as 'relaxed_environments'", "[A-Za-z][A-Za-z0-9_]*"),
]
ExemptResource = Annotated[
    str, Text("a resource's logical name such as 'storage-models', with * for anything, or its URN", r"\S(?:.*\S)?")
]
Sentence = Annotated[str, Text("text of 3 characters or more", r"\S.+\S")]


class ExemptionSettings(Section):
    """One policy that one resource need not keep, until a day."""

    policy: PolicyName
    """Name of the policy"""

    resource: ExemptResource
    """Logical name or URN of the resource; * stands for anything"""

    owner: Sentence
    """Team or role that answers for it"""

    reason: Sentence
    """Why the resource can't keep the policy yet"""

    expires: Day
    """Last day on which it holds; after it the exemption is a fault itself"""


class PoliciesSettings(Section):
    """What the policy pack is told about this environment."""

    levels: Mapping[PolicyName, Level] = Field(default_factory=dict[str, Level])
    """Whether a policy warns, refuses or is not asked, where that differs from its own level"""

    configuration: Mapping[PolicyName, Mapping[ConfigurationKey, Any]] = Field(
        default_factory=dict[str, Mapping[str, Any]]
    )
    """Thresholds and lists of a policy, where they differ from its defaults"""

    exemptions: tuple[ExemptionSettings, ...] = ()
    """What is spared for a while"""
