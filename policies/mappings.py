"""Every mapping inside a document, whatever the document is: values of a chart, an object of an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from policies.reading import Properties, Undecided, WrongType, is_list

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Found:
    """A mapping inside a document."""

    keys: tuple[str, ...]
    """What it stands under, from the top; elements stand under their list's key. Empty for the document itself."""
    here: Properties
    above: Properties
    """The mapping that it stands in."""

    @property
    def key(self) -> str:
        """What it stands under right above; empty for the document itself."""
        return self.keys[-1] if self.keys else ""

    def is_under(self, *endings: str) -> bool:
        """Say whether some key above ends so, in any case; charts have one block of a kind for each of their parts."""
        return any(key.lower().endswith(endings) for key in self.keys)


def mappings_in(document: Properties) -> Iterator[Found]:
    """Give every mapping, the document itself first. What is not known yet is raised after the others."""
    withheld: Undecided | None = None
    waiting = [Found((), document, document)]
    while waiting:
        found = waiting.pop()
        yield found
        below: list[Found] = []
        try:
            for key, here in found.here.below():
                below.append(Found((*found.keys, key), here, found.here))
        except Undecided as unknown:
            withheld = withheld or unknown
        waiting.extend(reversed(below))
    if withheld:
        raise withheld


def has_list(mapping: Properties, key: str) -> bool:
    """Say whether a list stands under a key; no for one that is not known, which `mappings_in` raises itself."""
    try:
        return is_list(mapping.value(key))
    except Undecided:
        return False


def gathered(items: Iterable[Item], read: Callable[[Item], Iterable[Result]]) -> Iterator[Result]:
    """Give what is read of every item; what is of a wrong type, or not known yet, is raised after the others."""
    unknown: Undecided | None = None
    wrong: WrongType | None = None
    found = iter(items)
    while True:
        try:
            item = next(found)
        except StopIteration:
            break
        except Undecided as error:
            unknown = unknown or error
            break
        try:
            yield from read(item)
        except Undecided as error:
            unknown = unknown or error
        except WrongType as error:
            wrong = wrong or error
    if error := wrong or unknown:
        raise error


def elements(mapping: Properties, path: str) -> Iterator[Properties]:
    """Give the mappings of a list, or a mapping alone; one that is not known yet is raised after the others."""
    if isinstance(mapping.value(path), Mapping):
        yield mapping.inner(path)
        return
    yield from gathered(range(mapping.count(path)), lambda number: [mapping.inner(path, str(number))])
