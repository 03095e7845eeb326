"""What can end a run, as messages that a user can act on; each has its exit status and its reason in the metrics.

Data that are late, few or of one class end nothing: they are conditions of the result (`result.Condition`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal, get_args

from workloads.faults import AccessError, InputError, ProgramError

Reason = Literal["access", "unavailable", "input", "data", "timeout", "killed", "fault"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class UnavailableError(ProgramError):
    """Where the data are can't be reached, or broke off: the same run may work later."""

    exit_status: ClassVar[int] = 3


class DataError(ProgramError):
    """Files do not hold what the settings say: a column is missing or of a type that can't be."""

    exit_status: ClassVar[int] = 5


REASON_OF_STATUS: Final[Mapping[int, Reason]] = {
    ProgramError.exit_status: "fault",
    InputError.exit_status: "input",
    UnavailableError.exit_status: "unavailable",
    AccessError.exit_status: "access",
    DataError.exit_status: "data",
}
