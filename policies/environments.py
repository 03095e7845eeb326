"""Environments as names tell them apart: `llm-platform-prod-models-...` and `/llm-platform/prod/...` are prod's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from policies.globs import globs_overlap
from policies.policy import Violation
from policies.reading import Properties, shown
from policies.resources import Resource

CONFIGURATION: Final[dict[str, dict[str, Any]]] = {
    "environments": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "Names of all environments; the stack's own counts whether it is named or not.",
        "default": ["dev", "staging", "prod"],
    },
    "naming": {
        "type": "array",
        "items": {"type": "string", "pattern": r"\{environment\}"},
        "minItems": 1,
        "description": "How names say their environment; {environment} stands for it.",
        "default": ["llm-platform-{environment}", "llm-platform/{environment}"],
    },
}
"""What policies of environments share in their configuration."""

PROSE: Final = ("description", "comment")
"""Properties that a person reads; what they name is not reached."""

_AUTOMATIC_NAME = re.compile(r"[0-9a-f]{7}")


@dataclass(frozen=True)
class Naming:
    """How names say which environment they are of."""

    own: str
    others: tuple[str, ...]
    forms: tuple[str, ...]

    def named(self, text: str) -> set[str]:
        """Return the environments that a text names."""
        return {environment for _, environment in _places(self, text)}

    def names_other(self, text: str) -> str | None:
        """Return an environment other than the stack's own that a text names."""
        return min(self.named(text) - {self.own}, default=None)

    def carries_own(self, text: str) -> bool:
        """Say whether a text names the stack's environment, and no other."""
        return self.named(text) == {self.own}

    def pins_own(self, pattern: str) -> bool:
        """Say whether every text that a pattern with `*` and `?` matches is of the stack's own environment.

        The environment has to be named before the first wildcard, and no other's name may fit from there on:
        `llm-platform-prod*` is also `llm-platform-prod-eu`, where there is such an environment.
        """
        literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
        if not self.carries_own(literal):
            return False
        rest = pattern[min(start for start, _ in _places(self, literal)) :]
        return not any(
            globs_overlap(rest, form.format(environment=other) + ending)
            for form in self.forms
            for other in self.others
            if other.startswith(self.own)
            for ending in ("", *(f"{separator}*" for separator in "-/:._"))
        )


@lru_cache(maxsize=64)
def _heads(forms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(form.partition("{environment}")[0] for form in forms)


@lru_cache(maxsize=64)
def _pattern(naming: Naming) -> re.Pattern[str]:
    # The longest name first: where one environment's begins with another's, the longer is meant.
    names = sorted({naming.own, *naming.others}, key=len, reverse=True)
    environment = "|".join(map(re.escape, names))
    forms = "|".join(
        f"{re.escape(head)}(?P<form{number}>{environment}){re.escape(tail)}"
        for number, (head, _, tail) in enumerate(form.partition("{environment}") for form in naming.forms)
    )
    return re.compile(rf"(?<![A-Za-z0-9])(?:{forms})(?![A-Za-z0-9])")


def _places(naming: Naming, text: str) -> Iterator[tuple[int, str]]:
    """Give where a text names an environment, and which."""
    if any(head in text for head in _heads(naming.forms)):
        for match in _pattern(naming).finditer(text):
            yield match.start(), match[match.lastgroup or 0]


def naming_of(configuration: Properties, own: str) -> Naming:
    """Return how names are read: `own` is the stack's environment."""
    others = tuple(sorted(set(configuration.texts("environments")) - {own}))
    return Naming(own, others, tuple(configuration.texts("naming")))


def is_automatic(name: str, logical_name: str) -> bool:
    """Say whether a physical name is the engine's: the logical name and seven random digits, unlike any other."""
    head, _, tail = name.rpartition("-")
    return head == logical_name and _AUTOMATIC_NAME.fullmatch(tail) is not None


def misnamed(resource: Resource, configuration: Properties, path: str) -> Iterator[Violation]:
    """Report a name that stands at a path and does not carry the stack's environment, or carries another's too.

    The engine's own names pass: nobody else has them.
    """
    name = resource.properties.text(path)
    naming = naming_of(configuration, resource.environment)
    if name and not naming.carries_own(name) and not is_automatic(name, resource.name):
        form = naming.forms[0].format(environment=naming.own)
        yield Violation(f"is {shown(name)}", f"begin it with {form}, or leave the name to the engine", path, resource)
