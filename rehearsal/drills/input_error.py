"""The error for a drill that cannot be run as asked for."""

from rehearsal.bad_input import BadInputError


class DrillInputError(BadInputError):
    """A drill was asked for that cannot be run; the message says what is allowed."""
