"""What a bootstrap would change in an account, and the steps that find it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

ABSENT = "absent"
"""What is seen where there is nothing yet."""


@dataclass(frozen=True)
class Change:
    """One difference between what stands in the account and what should stand."""

    resource: str
    """Kind and name: S3 bucket llm-platform-dev-state-111122223333"""

    what: str
    """The property that differs: versioning"""

    seen: str
    wanted: str
    apply: Callable[[], object]
    """Makes it so; later changes of the same step may count on it."""


class Step(Protocol):
    """One resource of the bootstrap."""

    @property
    def resource(self) -> str:
        """Return kind and name, as they stand in changes."""
        ...

    def plan(self) -> Iterator[Change]:
        """Yield what differs, reading only; the next difference is looked for after the last was dealt with.

        A reader that applies nothing sees every difference too: what depends on something absent is absent.
        """
        ...


def planned(step: Step) -> list[Change]:
    """Return everything that a step would change."""
    return list(step.plan())


def applied(step: Step) -> list[Change]:
    """Change what differs, one by one; return what was changed."""
    done: list[Change] = []
    for change in step.plan():
        change.apply()
        done.append(change)
    return done
