"""Quantities as Kubernetes writes them: `500m`, `12Gi`, `2`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from policies.reading import Properties, WrongType

_QUANTITY: Final = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)(?:[eE]([+-]?[0-9]+)|([KMGTPE]i|[numkMGTPE]?))")
_FACTORS: Final = {
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
    **{suffix: Decimal(1000) ** -power for power, suffix in enumerate("mun", start=1)},
}


def quantity(mapping: Properties, key: str) -> Decimal | None:
    """Return the quantity under a key that may hold dots; None where it is absent. Raises `WrongType` for others."""
    value = mapping.literal(key)
    if value is None:
        return None
    text = format(value, "g") if isinstance(value, float) else str(value)
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(text.strip())
    if not match:
        raise WrongType(mapping.at(key), value, "a quantity such as 500m or 12Gi")
    number, exponent, suffix = match.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent) if exponent else _FACTORS[suffix or ""])
