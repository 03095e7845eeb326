"""Properties of a resource, read with their types.

The policy host hands over proxies whose unknown values raise when they are read, and every number as a float. Here a
value is absent (None, also for null), of the type asked for, not known yet (`Undecided`), or of a wrong type
(`WrongType`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from pulumi_policy.proxy import UnknownValueError


class Undecided(Exception):
    """A value that is not known before the update; the policy can't decide on it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class WrongType(Exception):
    """A value of a type that the resource can't have there."""

    def __init__(self, path: str, value: object, allowed: str) -> None:
        super().__init__(f"is {shown(value)}, not {allowed}")
        self.path = path
        self.allowed = allowed


def shown(value: object) -> str:
    """Return a value as a message shows it: its kind where it is long, for it may be confidential or a page."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value) if len(value) <= 60 else f"a text of {len(value)} characters"  # noqa: PLR2004 - a line
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence):
        return "a list"
    return type(value).__name__


class Properties:
    """A mapping of properties, at a path.

    A path is dotted (`vpcConfig.endpointPublicAccess`, `ingress.0.toPort`); further arguments are keys taken as they
    are: `text("metadata.labels", "pod-security.kubernetes.io/enforce")`. What is absent or null reads as None, or as
    nothing where many are asked for.
    """

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self.path = path

    def at(self, *path: str) -> str:
        """Return the whole path of a property below this one."""
        return ".".join(part for part in (self.path, *path) if part)

    def keys(self) -> list[str]:
        """Return the names of the properties that are not null."""
        return [key for key in (str(key) for key in self._values) if self._has([key])]

    def has(self, *path: str) -> bool:
        """Say whether a value is given. One that is not known yet is: it refers to something."""
        return self._has(_keys(path))

    def value(self, *path: str) -> Any:
        """Return whatever stands there."""
        return self._value(_keys(path))

    def literal(self, key: str) -> Any:
        """Return whatever stands under a key that may hold dots, such as `nvidia.com/gpu`."""
        return self._value([key])

    def text(self, *path: str) -> str | None:
        """Return a text."""
        return self._typed(path, "a text", lambda value: isinstance(value, str))

    def entry(self, key: str) -> str | None:
        """Return the text under a key that may hold dots, such as a tag's or a label's."""
        value = self._value([key])
        if value is None or isinstance(value, str):
            return value
        raise WrongType(self.at(key), value, "a text")

    def flag(self, *path: str) -> bool | None:
        """Return a boolean. The texts `true` and `false`, which some properties have, count."""
        value = self._value(_keys(path))
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return self._typed(path, "true or false", lambda found: isinstance(found, bool))

    def number(self, *path: str) -> float | None:
        """Return a number."""
        value = self._typed(
            path, "a number", lambda found: isinstance(found, int | float) and not isinstance(found, bool)
        )
        return None if value is None else float(value)

    def inner(self, *path: str) -> Properties:
        """Return the properties of a mapping."""
        value = self._typed(path, "a mapping", lambda found: isinstance(found, Mapping))
        return Properties(cast("Mapping[str, Any]", value or {}), self.at(*path))

    def texts(self, *path: str) -> list[str]:
        """Return a list of texts; a text alone counts as a list of one, as in IAM documents."""
        value = self._value(_keys(path))
        if isinstance(value, str):
            return [value]
        return [self._element(path, number, value, "a text", str) for number, value in self._list(path)]

    def inners(self, *path: str) -> list[Properties]:
        """Return a list of mappings; a mapping alone counts as a list of one, as in IAM documents."""
        value = self._value(_keys(path))
        if isinstance(value, Mapping):
            return [self.inner(*path)]
        return [
            Properties(self._element(path, number, value, "a mapping", Mapping), self.at(*path, str(number)))
            for number, value in self._list(path)
        ]

    def below(self) -> Iterator[tuple[str, Properties]]:
        """Give every mapping right below, those in lists too, with the key it stands under, which may hold dots.

        What is not known yet is raised after the others.
        """
        withheld: Undecided | None = None
        for key in self._values:
            try:
                value = self._values[key]
            except UnknownValueError:
                withheld = withheld or Undecided(self.at(key))
                continue
            if isinstance(value, Mapping):
                yield key, Properties(cast("Mapping[str, Any]", value), self.at(key))
            elif is_list(value):
                for number in range(len(value)):
                    try:
                        item = value[number]
                    except UnknownValueError:
                        withheld = withheld or Undecided(self.at(key, str(number)))
                        continue
                    if isinstance(item, Mapping):
                        yield key, Properties(cast("Mapping[str, Any]", item), self.at(key, str(number)))
        if withheld:
            raise withheld

    def count(self, *path: str) -> int:
        """Return the length of a list, whose elements need not be known."""
        return len(self._sequence(path))

    def document(self, *path: str) -> Properties:
        """Return a JSON document that is given as text (an IAM policy, say) or as a mapping."""
        value = self._value(_keys(path))
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise WrongType(self.at(*path), value, "a JSON document") from None
        if value is not None and not isinstance(value, Mapping):
            raise WrongType(self.at(*path), value, "a JSON document")
        return Properties(cast("Mapping[str, Any]", value or {}), self.at(*path))

    # -- reading ---------------------------------------------------------------------------------------------------

    def _has(self, keys: Sequence[str]) -> bool:
        try:
            return self._value(keys) is not None
        except Undecided:
            return True

    def _value(self, keys: Sequence[str]) -> Any:
        value: Any = self._values
        seen: list[str] = []
        for key in keys:
            seen.append(key)
            try:
                if isinstance(value, Mapping):
                    value = value[key] if key in list(cast("Mapping[str, Any]", value)) else None
                elif is_list(value) and key.isdecimal():
                    value = value[int(key)] if int(key) < len(value) else None
                elif value is None:
                    return None
                else:
                    raise WrongType(self.at(*seen[:-1]), value, "a mapping")
            except UnknownValueError:
                raise Undecided(self.at(*seen)) from None
        return value

    def _typed(self, path: tuple[str, ...], allowed: str, fits: Callable[[Any], bool]) -> Any:
        value = self._value(_keys(path))
        if value is None or fits(value):
            return value
        raise WrongType(self.at(*path), value, allowed)

    def _sequence(self, path: tuple[str, ...]) -> Sequence[Any]:
        value = self._value(_keys(path))
        if value is None:
            return ()
        if not is_list(value):
            raise WrongType(self.at(*path), value, "a list")
        return value

    def _list(self, path: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
        found = self._sequence(path)
        for number in range(len(found)):
            try:
                yield number, found[number]
            except UnknownValueError:
                raise Undecided(self.at(*path, str(number))) from None

    def _element(self, path: tuple[str, ...], number: int, value: Any, allowed: str, kind: type) -> Any:
        if not isinstance(value, kind):
            raise WrongType(self.at(*path, str(number)), value, allowed)
        return value


def _keys(path: tuple[str, ...]) -> list[str]:
    return [*path[0].split("."), *path[1:]] if path else []


def is_list(value: Any) -> bool:
    """Say whether a value is a list: the host's are sequences of its own."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
