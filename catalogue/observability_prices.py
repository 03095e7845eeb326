"""What AWS's part of observability costs, and what is assumed of its use."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, model_validator

from catalogue.data_file import Record, read_yaml, validate

FILE: Final = Path(__file__).with_name("observability-prices.yaml")

Text = Annotated[str, Field(min_length=1)]
Amount = Annotated[float, Field(ge=0, strict=False)]


class Price(Record):
    """What so many of something cost in a month."""

    usd: Amount
    per: Annotated[int, Field(gt=0)]
    unit: Text
    source: Text
    free: Annotated[int, Field(ge=0)] = 0
    """How many of them cost nothing, each month, in the whole account."""
    note: str = ""

    def of(self, quantity: float) -> float:
        """Dollars of a month in which there are so many."""
        return max(quantity - self.free, 0) * self.usd / self.per


class Assumption(Record):
    """A figure that nobody knows before the platform is used."""

    name: Text
    value: Annotated[int, Field(gt=0)]
    why: Text


class ObservabilityPrices(Record):
    """Prices, assumptions, and what has no price here."""

    region: Text
    date: date
    sources: Mapping[Text, Text]
    prices: Mapping[Text, Price]
    unpriced: Mapping[Text, Text]
    """Why a part has no price."""
    assumptions: Annotated[tuple[Assumption, ...], Field(strict=False)]
    log_volumes: Mapping[Text, Amount]

    @model_validator(mode="after")
    def _names_its_sources(self) -> "ObservabilityPrices":
        unknown = sorted({price.source for price in self.prices.values()} - set(self.sources))
        if unknown:
            raise ValueError(f"prices: source {unknown[0]!r}: allowed: {', '.join(sorted(self.sources))}")
        return self

    def assumed(self, name: str) -> int:
        """The value of an assumption."""
        return next(each.value for each in self.assumptions if each.name == name)

    def log_volume(self, group: str) -> float | None:
        """GB that a log group takes in each month; None where nothing is assumed."""
        return next((gb for start, gb in self.log_volumes.items() if group.startswith(start)), None)


@cache
def load_observability_prices() -> ObservabilityPrices:
    """Load the file."""
    return validate(FILE, read_yaml(FILE), ObservabilityPrices)
