"""What secrets look like, and what they are called: facts/secrets.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FILE: Final = Path(__file__).parent / "facts" / "secrets.yaml"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""`adminPassword`, `HF_TOKEN` and `openai-api-key` are two, two and three words."""


@cache
def _content() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@cache
def _formats() -> tuple[re.Pattern[str], tuple[str, ...]]:
    formats: dict[str, str] = _content()["formats"]
    return re.compile("|".join(f"({expression})" for expression in formats.values())), tuple(formats)


def kinds_in(text: str) -> Iterator[str]:
    """Give the kinds of secrets that a text contains, by their formats: `a GitHub token`."""
    expression, kinds = _formats()
    for match in expression.finditer(text):
        yield kinds[(match.lastindex or 1) - 1]


@cache
def names_a_secret(name: str) -> bool:
    """Say whether a name, by its last words, says that its value is a secret."""
    words = " ".join(word.lower() for word in _WORD.findall(name))
    endings: list[str] = _content()["names"]
    if name.isupper():
        endings = [*endings, *_content()["names_of_variables"]]
    return any(f" {words}".endswith(f" {ending}") for ending in endings)


@cache
def kept_by_the_provider() -> frozenset[str]:
    """Return the inputs of AWS resources that the provider encrypts."""
    return frozenset(_content()["kept_by_the_provider"])
