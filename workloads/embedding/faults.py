"""What can go wrong, as messages that a user can act on; no traceback reaches anybody.

A fault that concerns one document is a `DocumentFault`: the run goes on and the manifest says so. Every other fault
ends the command with its exit status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from workloads.faults import ProgramError

Fate = Literal["skipped", "failed"]


class StoreError(ProgramError):
    """The vector database refused, or could not be reached."""


class StoreUnavailableError(StoreError):
    """The vector database can't be reached, is overloaded or is out of disk: the same call may work later."""

    exit_status: ClassVar[int] = 3


class RefusedPointsError(StoreError):
    """The database will never take some of the points, such as one with too long a text; none was written."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(reasons)
        self.reasons = reasons
        """Why, by the ids of the points that are refused"""

    def __str__(self) -> str:
        return "; ".join(dict.fromkeys(self.reasons.values()))


class DimensionError(StoreError):
    """Vectors of another length than the collection's."""

    exit_status: ClassVar[int] = 2


class MetricError(StoreError):
    """The collection stands with another metric, model or chunker than is asked for."""

    exit_status: ClassVar[int] = 2


class SourceUnavailableError(ProgramError):
    """Where documents come from can't be reached, or broke off while it was listed: nothing is known to be gone."""

    exit_status: ClassVar[int] = 3


class EmbedderError(ProgramError):
    """The embedding model or endpoint refused, or could not be reached."""

    exit_status: ClassVar[int] = 3


class DocumentFault(Exception):
    """One document can't be taken: `skipped` by a rule of ours, or `failed` because it is broken."""

    def __init__(self, fate: Fate, reason: str) -> None:
        super().__init__(reason)
        if fate not in ("skipped", "failed"):
            raise ValueError(f"fate {fate!r}: allowed: skipped, failed")
        self.fate: Fate = fate
        self.reason = reason
