"""What policy packs found in a rehearsal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

MANDATORY = "mandatory"
ADVISORY = "advisory"


@dataclass(frozen=True, order=True)
class PolicyFinding:
    """A violation of a policy."""

    pack: str
    policy: str
    level: str
    """`mandatory` stops the update, `advisory` does not."""
    severity: str
    """`low`, `medium`, `high`, `critical`, or empty."""
    urn: str
    """Empty for the stack as a whole."""
    message: str


@dataclass(frozen=True, order=True)
class Undecided:
    """A policy that could not decide on a resource, because a value is not known before the update."""

    pack: str
    policy: str
    urn: str
    message: str


@dataclass(frozen=True, order=True)
class ExemptionInForce:
    """A violation that the stack file says may stand for a while."""

    policy: str
    resource: str
    owner: str
    reason: str
    expires: date


@dataclass
class PolicyResults:
    """Everything that the packs said."""

    packs: list[str] = field(default_factory=list[str])
    policies: int = 0
    """How many policies ran; those switched off are left out."""
    disabled: list[str] = field(default_factory=list[str])
    resources: int = 0
    """How many resources they looked at, rendered objects included."""
    findings: list[PolicyFinding] = field(default_factory=list[PolicyFinding])
    undecided: list[Undecided] = field(default_factory=list[Undecided])
    exemptions: list[ExemptionInForce] = field(default_factory=list[ExemptionInForce])

    def of_level(self, level: str) -> list[PolicyFinding]:
        """Return the violations of policies at a level."""
        return [finding for finding in self.findings if finding.level == level]
