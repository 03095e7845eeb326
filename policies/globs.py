"""Patterns as IAM has them: `*` stands for any text, also none, and `?` for one character."""

from __future__ import annotations

import re
from functools import lru_cache

_VARIABLE = re.compile(r"\$\{[^}]*\}")


def as_glob(text: str) -> str:
    """Return a pattern in whose place of variables (`${aws:username}`) anything may stand."""
    return _VARIABLE.sub("*", text)


def glob_matches(pattern: str, text: str) -> bool:
    """Say whether a pattern matches a text, in which `*` and `?` are characters like others."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(character, re.escape(character)) for character in pattern), re.DOTALL)


@lru_cache(maxsize=65536)
def globs_overlap(one: str, other: str) -> bool:
    """Say whether there is a text that both patterns match."""
    if not _literal_ends_agree(one, other):
        return False
    # Positions of `other` that can be reached with the part of `one` read so far; a `*` may stay or be passed.
    reached = _past_stars({0}, other)
    for character in one:
        reached = _past_stars(_step(character, reached, other), other)
        if not reached:
            return False
    return len(other) in reached


def _step(character: str, reached: set[int], other: str) -> set[int]:
    if character == "*":  # takes in any part of the other pattern
        return set(range(min(reached), len(other) + 1))
    found: set[int] = set()
    for position in reached:
        if position < len(other):
            theirs = other[position]
            if theirs == "*":
                found.add(position)
            elif "?" in (theirs, character) or theirs == character:
                found.add(position + 1)
    return found


def _past_stars(positions: set[int], pattern: str) -> set[int]:
    found = set(positions)
    for position in positions:
        after = position
        while after < len(pattern) and pattern[after] == "*":
            after += 1
            found.add(after)
    return found


def _literal_ends_agree(one: str, other: str) -> bool:
    """Rule out most pairs cheaply: what stands before the first wildcard, and after the last, must agree."""
    heads = [re.split(r"[*?]", pattern, maxsplit=1)[0] for pattern in (one, other)]
    tails = [re.split(r"[*?]", pattern)[-1] for pattern in (one, other)]
    short, long = sorted(heads, key=len)
    if not long.startswith(short):
        return False
    short, long = sorted(tails, key=len)
    return long.endswith(short)
