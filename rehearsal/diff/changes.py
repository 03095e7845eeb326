"""What a comparison says: the form of `rehearse diff --json`, which docs/reference/diff-json.md describes."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

FORMAT: Final = 1
"""Raised when a key changes its meaning or goes away; new keys do not raise it."""
MANDATORY: Final = "mandatory"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class PropertyChange(_Part):
    """An input, or an option of the resource, that differs."""

    property: str
    kind: Literal["added", "removed", "changed", "reordered", "option"]
    old: Any = None
    new: Any = None
    replaces: bool = False
    source: str = ""
    """Where it is said that the change replaces the resource."""


class Because(_Part):
    """An input that takes something from another resource, which is replaced."""

    property: str
    of: str
    """URN of that resource."""


class ChangedResource(_Part):
    """A resource that is added, changed, replaced or removed."""

    urn: str
    type: str
    name: str
    at: str = ""
    changes: list[PropertyChange] = []
    because: list[Because] = []
    """Inputs that replace it because what they take comes from a replaced resource."""
    follows: list[Because] = []
    """Inputs that are updated for the same reason."""
    protected: bool = False
    """Removed or replaced although it is protected: the engine refuses."""
    retained: bool = False
    """Removed from the program, but left standing."""
    renamed: str = ""
    """URN of the resource that looks the same under another name: an alias may be missing."""
    notes: list[str] = []


class Uncompared(_Part):
    """Inputs that one side does not know."""

    urn: str
    type: str
    name: str
    properties: list[str]


class Names(_Part):
    """Stack outputs by what became of them."""

    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []


class PolicyViolation(_Part):
    """A violation of a policy, with what it was before where it was another."""

    policy: str
    level: str
    severity: str = ""
    urn: str = ""
    message: str
    previous_level: str = ""
    previous_message: str = ""


class PolicyChanges(_Part):
    """Policy results on both sides."""

    packs: list[str] = []
    policies: int = 0
    compared: bool = True
    """Whether the other side had a pack; without one, every violation is new."""
    new: list[PolicyViolation] = []
    resolved: list[PolicyViolation] = []
    changed: list[PolicyViolation] = []
    standing: list[PolicyViolation] = []
    undecided: int = 0
    exemptions_added: list[dict[str, str]] = []
    exemptions_removed: list[dict[str, str]] = []

    @property
    def present(self) -> list[PolicyViolation]:
        """Every violation that there is now."""
        return [*self.new, *self.changed, *self.standing]

    @property
    def mandatory(self) -> list[PolicyViolation]:
        """The violations that stop the update."""
        return [violation for violation in self.present if violation.level == MANDATORY]


class FaultChange(_Part):
    """Something wrong with what is rehearsed."""

    urn: str = ""
    check: str
    property: str = ""
    message: str
    at: str = ""
    new: bool = True
    """Whether the other side is free of it."""


class Against(_Part):
    """What is compared with."""

    given: str
    """As it was asked for: a git ref, or a file's name."""
    commit: str = ""
    """What the ref stands for."""
    exists: bool = True
    """Whether the stack is there."""
    faults: int = 0


class Section(_Part):
    """A further section of the comment, such as cost: a line, and a table."""

    said: str = ""
    columns: list[str] = []
    rows: list[list[str]] = []


class Diff(_Part):
    """Everything that differs."""

    format: Literal[1] = FORMAT
    stack: str
    exists: bool = True
    """Whether the stack is still there."""
    against: Against
    basis: Literal["up", "preview"]
    complete: bool = True
    """Whether the program came to its end; what it had not registered by then is not told as removed."""
    counts: dict[str, int]
    added: list[ChangedResource] = []
    changed: list[ChangedResource] = []
    replaced: list[ChangedResource] = []
    removed: list[ChangedResource] = []
    uncompared: list[Uncompared] = []
    outputs: Names = Names()
    policies: PolicyChanges | None = None
    """None where the pack of neither side ran."""
    faults: list[FaultChange] = []
    resolved_faults: int = 0
    notes: list[str] = []
    cost: Section | None = None
    quotas: Section | None = None

    @property
    def fails(self) -> bool:
        """Whether what is rehearsed has faults, or violates a mandatory policy."""
        return bool(self.faults or (self.policies and self.policies.mandatory))
