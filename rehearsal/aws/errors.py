"""The two ways in which a request to the emulated AWS fails."""

from __future__ import annotations

import re
from typing import Final

ABSENT: Final = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$|Could not find|does not exist")
"""How AWS's services say, in an error's code or message, that something does not exist."""


class CloudError(Exception):
    """The emulated AWS refused a request."""

    def __init__(self, service: str, operation: str, code: str, message: str) -> None:
        super().__init__(f"{service}:{operation}: {code}: {message}")
        self.code = code
        self.message = message


class NotEmulatedError(Exception):
    """Moto has no such operation, or crashed in it: a limit of the emulator, not a fault of the program."""


class RecordedOnlyError(NotEmulatedError):
    """The request is about something that the program has and the emulator lacks."""
