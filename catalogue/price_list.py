"""On-demand prices out of AWS's price list, as the Price List API (pricing:GetProducts) answers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

HOURS: Final = "Hrs"

SHARED_LINUX: Final = {
    "operatingSystem": "Linux",
    "preInstalledSw": "NA",
    "tenancy": "Shared",
    "capacitystatus": "Used",
    "licenseModel": "No License required",
}
"""The product that "the on-demand price" means: Linux, nothing installed, shared tenancy."""


def product_filters(region: str, instance_type: str) -> list[dict[str, str]]:
    """The filters of GetProducts that leave one product: an instance type in a region."""
    fields = {**SHARED_LINUX, "regionCode": region, "instanceType": instance_type}
    return [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in fields.items()]


def hourly_price(products: Iterable[str]) -> float | None:
    """The on-demand price per hour among a type's products (JSON texts); None when there is none."""
    prices = {price for product in products for price in _on_demand_prices(json.loads(product))}
    if len(prices) > 1:
        raise ValueError(f"more than one on-demand price: {sorted(prices)}")
    return prices.pop() if prices else None


def _on_demand_prices(product: Mapping[str, Any]) -> Iterable[float]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = float(dimension["pricePerUnit"].get("USD", 0))
            # Zero stands for "not sold this way", as for capacity blocks.
            if dimension["unit"] == HOURS and price > 0:
                yield price
