"""What can go wrong, in words for a user."""


class ObserveError(Exception):
    """The day can't be shown; the message says why and what to do."""
