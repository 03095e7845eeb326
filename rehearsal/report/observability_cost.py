"""What a person, and a program, see of what AWS's part of observability costs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from rehearsal.observability_cost import observability_cost
from rehearsal.phases import Rehearsal


def cost_parts(rehearsal: Rehearsal) -> list[RenderableType]:
    """A table with its sum, and what has no price."""
    cost = observability_cost(rehearsal.resources)
    if cost is None:
        return []
    title = f"observability in AWS, in a month (prices of {cost.region}, {cost.date})"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("part", overflow="fold")
    table.add_column("quantity", justify="right")
    table.add_column("USD", justify="right")
    table.add_column("assumed", overflow="fold")
    for line in cost.lines:
        quantity = f"{line.quantity:,.0f} {line.unit}"
        table.add_row(escape(line.part), quantity, f"{line.usd_per_month:,.2f}", escape(line.because))
    parts: list[RenderableType] = ["", table, f"  {cost.usd_per_month:,.2f} USD for what has a price"]
    return parts + [f"  no price: {escape(name)}: {escape(why)}" for name, why in cost.unpriced.items()]


def cost_document(rehearsal: Rehearsal) -> dict[str, Any]:
    """The same as data."""
    cost = observability_cost(rehearsal.resources)
    if cost is None:
        return {}
    return {
        "observability_cost": {
            "region": cost.region,
            "date": cost.date,
            "usd_per_month": round(cost.usd_per_month, 2),
            "lines": [asdict(line) for line in cost.lines],
            "unpriced": dict(cost.unpriced),
        }
    }
