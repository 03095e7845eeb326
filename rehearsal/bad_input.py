"""What a user gave that cannot be used."""


class BadInputError(Exception):
    """What the user gave cannot be used; the message says what is allowed."""
