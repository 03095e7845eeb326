"""Which paths of a source are taken."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from workloads.embedding.settings import SourceSettings
from workloads.faults import InputError

_PART: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)
_SPECIAL: Final = re.compile(r"[\\^\[\]&~|]")
"""What means something else inside the brackets of a regular expression."""
_NOT_HIDDEN: Final = r"(?!\.)"


class Patterns:
    """The `include` and `exclude` globs of a source.

    `*`, `?` and `[...]` match within one part of a path, `**` any number of parts. As in a shell, what begins with a
    dot is matched only by a pattern that says the dot: `.git` is not taken by `**/*`.
    """

    def __init__(self, settings: SourceSettings) -> None:
        """Take the patterns; `InputError` names one that is none."""
        self._taken = _union("include", settings.include, _NOT_HIDDEN)
        self._left_out = _union("exclude", settings.exclude, "")

    def take(self, path: str) -> bool:
        """Tell whether a path below the source is taken."""
        return bool(self._taken.fullmatch(path)) and not self._left_out.fullmatch(path)


def _union(setting: str, patterns: Iterable[str], dot: str) -> re.Pattern[str]:
    for pattern in patterns:
        try:
            re.compile(_translated(pattern, dot))
        except re.error as error:
            raise InputError(f"source.{setting}: {pattern!r}: {error}") from error
    return re.compile("|".join(_translated(pattern, dot) for pattern in patterns) or r"(?!)", re.DOTALL)


def _translated(pattern: str, dot: str) -> str:
    """Return a glob as a regular expression; `dot` stands where a part of the path begins with a wildcard."""
    expression = ""
    begins = True
    for part in _PART.findall(pattern):
        guard = dot if begins else ""
        match part:
            case "**/":
                expression += f"(?:{dot}[^/]+/)*"
            case "**":
                expression += f"{guard}[^/]*(?:/{dot}[^/]+)*"
            case "*":
                expression += f"{guard}[^/]*"
            case "?":
                expression += f"{guard}[^/]"
            case _ if len(part) > 1:
                members = part[1:-1]
                negated, members = ("^", members[1:]) if members.startswith("!") else ("", members)
                members = _SPECIAL.sub(r"\\\g<0>", members)
                expression += f"{guard}(?!/)[{negated}{members}]"
            case _:
                expression += re.escape(part)
        begins = part.endswith("/")
    return f"(?:{expression})"
