"""The rule table: for each type, what its service is known to refuse, each rule with its source."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rehearsal.checks.reading import is_absent, is_given
from rehearsal.checks.world import World
from rehearsal.plan import Registration

Broken = Iterator[tuple[str, str]]
"""Property paths with what is wrong there: the value seen and what is allowed."""

Judgement = Callable[[Registration, World], Broken]


@dataclass(frozen=True)
class Rule:
    """One thing that a service refuses, and where it says so."""

    judge: Judgement
    source: str


_RULES: dict[str, list[Rule]] = {}


def rule(*types: str, source: str) -> Callable[[Judgement], Judgement]:
    """Register a rule for the types; `*` is every type. A rule says nothing about what is not known."""

    def register(judge: Judgement) -> Judgement:
        for type_ in types:
            _RULES.setdefault(type_, []).append(Rule(judge, source))
        return judge

    return register


@cache
def rules() -> dict[str, list[Rule]]:
    """Return the rules of every type; the modules of `rehearsal.checks.rules` register them."""
    package = importlib.import_module("rehearsal.checks.rules")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _RULES


def exactly_one(r: Registration, paths: Sequence[str], noun: str) -> Broken:
    """Yield what is wrong where not exactly one of the paths is given."""
    given = [path for path in paths if is_given(r, path)]
    if len(given) > 1:
        yield given[1], f"{noun} has exactly one of {', '.join(paths)}; {given[0]} is given too"
    elif all(is_absent(r, path) for path in paths):
        yield paths[0], f"is missing; {noun} has exactly one of {', '.join(paths)}"


def one_of(value: object, allowed: object) -> str:
    """Return the sentence for a value that is none of those allowed."""
    choices = (
        ", ".join(str(choice) for choice in allowed) if isinstance(allowed, tuple | list | set | frozenset) else allowed
    )
    return f"{value!r} is not allowed; allowed: {choices}"
