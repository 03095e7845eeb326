"""Which known word a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """`; did you mean 'zones'?` for the closest known word, or nothing when none is close."""
    if not isinstance(word, str):
        return ""
    by_folded = {name.casefold().replace("-", "_"): name for name in known}
    # A cutoff of 0.6 still finds "us-eat-1" and "g5xlarge"; below it the guesses mislead more than they help.
    close = get_close_matches(word.casefold().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    return f"; did you mean '{by_folded[close[0]]}'?" if close else ""


def listed(words: Iterable[object]) -> str:
    """`'none', 'single' or 'per-zone'`: how a message lists what is allowed."""
    quoted = [f"'{word}'" if isinstance(word, str) else str(word) for word in words]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1] if quoted else "")))
