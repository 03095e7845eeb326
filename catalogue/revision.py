"""The next state of the instance catalogue, worked out from what AWS answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from catalogue.instance_description import Description, entry_of

Content = Mapping[str, Any]
"""The parsed instance-types.yaml."""

SOURCE_KEYS: Final = ("price_source", "facts_source")
PRICE_KEYS: Final = ("on_demand_usd_per_hour", "price_source", "price_missing_because")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure of one type that is different now."""

    instance_type: str
    key: str
    old: object
    new: object


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What a refresh would write and what it would change."""

    content: dict[str, Any]
    changes: tuple[Change, ...]
    not_described: tuple[str, ...]
    """Listed types that the region does not describe; their facts stay as they were."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What AWS said on one day in one region."""

    region: str
    day: date
    descriptions: Mapping[str, Description]
    prices: Mapping[str, float | None]
    facts_source: Mapping[str, object]
    price_source: Mapping[str, object]

    @property
    def facts_key(self) -> str:
        """The name of this day's facts among the file's sources."""
        return f"describe-instance-types-{self.region}-{self.day}"

    @property
    def price_key(self) -> str:
        """The name of this day's prices among the file's sources."""
        return f"price-list-{self.region}-{self.day}"


def revise(content: Content, answers: Answers, added: Iterable[str] = ()) -> Revision:
    """The catalogue with the answers taken in, types in their old order and `added` ones at the end."""
    known: Mapping[str, Mapping[str, Any]] = content["instance_types"]
    names = [*known, *(name for name in added if name not in known)]
    if missing := [name for name in names if name not in known and name not in answers.descriptions]:
        raise ValueError(f"EC2 does not describe {', '.join(missing)} in {answers.region}")
    types = {name: _entry(content, answers, name, known.get(name, {})) for name in names}
    used = {entry[key] for entry in types.values() for key in SOURCE_KEYS if key in entry}
    sources = {
        **content["sources"],
        answers.facts_key: dict(answers.facts_source),
        answers.price_key: dict(answers.price_source),
    }
    return Revision(
        content={
            **content,
            "region": answers.region,
            "date": answers.day,
            "sources": {key: source for key, source in sources.items() if key in used},
            "instance_types": types,
        },
        changes=tuple(change for name, entry in types.items() for change in _changes(name, known.get(name, {}), entry)),
        not_described=tuple(name for name in names if name not in answers.descriptions),
    )


def _entry(content: Content, answers: Answers, name: str, old: Mapping[str, Any]) -> dict[str, Any]:
    if name in answers.descriptions:
        facts = _corrected(content, name, entry_of(answers.descriptions[name]))
        source = answers.facts_key
    else:
        facts = {key: value for key, value in old.items() if key not in (*PRICE_KEYS, "facts_source")}
        source = old["facts_source"]
    return {**facts, **_price(answers, name, old), "facts_source": source}


def _corrected(content: Content, name: str, facts: dict[str, object]) -> dict[str, object]:
    correction = content["corrections"].get(name)
    return facts if correction is None else {**facts, **correction["facts"]}


def _price(answers: Answers, name: str, old: Mapping[str, Any]) -> dict[str, Any]:
    price = answers.prices.get(name)
    if price is not None:
        return {"on_demand_usd_per_hour": price, "price_source": answers.price_key}
    # A reason that a person wrote says more than ours and stays, as long as there is no price.
    reason = old.get("price_missing_because") or (
        f"the AWS price list of {answers.day} has no on-demand price in {answers.region}"
    )
    return {"on_demand_usd_per_hour": None, "price_missing_because": reason}


def _changes(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    for key in dict.fromkeys((*old, *new)):
        if key not in SOURCE_KEYS and old.get(key) != new.get(key):
            yield Change(instance_type=name, key=key, old=old.get(key), new=new.get(key))
