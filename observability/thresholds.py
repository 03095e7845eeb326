"""Thresholds of alerts that an environment may have otherwise, as constant series that the alerts compare with.

An alert reads `scalar(threshold:gpu_celsius or vector(90))`: the number beside it holds where the environment says
nothing. So the rule files stay the same everywhere, and promtool sets a threshold like any other series.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

GROUP: Final = "thresholds"
INTERVAL: Final = "1m"


def threshold_group(thresholds: Mapping[str, float]) -> Mapping[str, Any] | None:
    """The rule group of what an environment sets, by name; None where it sets nothing."""
    rules = [
        {"record": f"threshold:{name}", "expr": f"vector({value!r})"} for name, value in sorted(thresholds.items())
    ]
    return {"name": GROUP, "interval": INTERVAL, "rules": rules} if rules else None
