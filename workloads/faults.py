"""What can end a program, as messages that a user can act on; each has its exit status."""

from __future__ import annotations

from typing import ClassVar


class ProgramError(Exception):
    """The command can't go on. The message names what is wrong, the value seen, and what is allowed."""

    exit_status: ClassVar[int] = 1


class InputError(ProgramError):
    """A setting, an option or a file that the user gave is wrong; nothing was changed."""

    exit_status: ClassVar[int] = 2


class AccessError(ProgramError):
    """Credentials are missing, refused or expired."""

    exit_status: ClassVar[int] = 4
