"""Variables put into queries as Grafana puts them for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from observability.preview.dashboard_file import Variable
from observability.preview.prometheus_api import PrometheusApi, Window

SCRAPE_SECONDS = 30
"""The scrape interval, which Grafana knows from the data source."""

Values = Mapping[str, Sequence[str] | None]
"""What is chosen of each variable; None stands for all."""

LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+),\s*(?P<label>\w+)\)", re.DOTALL)


def interpolate(text: str, variables: Sequence[Variable], values: Values, window: Window) -> str:
    """The text with every variable replaced; an unknown one is a fault of the dashboard."""
    known = {v.name: written(v, values.get(v.name)) for v in variables}
    length = window.end - window.start
    known |= {
        "__range": duration(length),
        "__range_s": f"{round(length)}",
        "__interval": duration(window.step),
        # Four scrapes: fewer, and a rate misses its second sample when one scrape is late.
        "__rate_interval": duration(max(window.step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)),
    }

    def replaced(match: re.Match[str]) -> str:
        name = match["plain"] or match["braced"]
        if name not in known:
            raise KeyError(f"${name} is no variable of this dashboard")
        return known[name]

    return re.sub(r"\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)\})", replaced, text)


def written(variable: Variable, chosen: Sequence[str] | None) -> str:
    """A variable's values inside a matcher: several as a regular expression, one as it is."""
    if not variable.several:
        return escape(chosen[0]) if chosen else ""
    if chosen is None:
        return variable.all_value or ".*"
    patterns = [escape(re.sub(r"[\\^$*+?.()|{}\[\]]", r"\\\g<0>", value)) for value in chosen]
    return patterns[0] if len(patterns) == 1 else f"({'|'.join(patterns)})"


def escape(value: str) -> str:
    """A value between the quotes of a PromQL string."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def duration(seconds: float) -> str:
    """Whole seconds as PromQL writes them."""
    return f"{max(1, round(seconds))}s"


def offered(
    api: PrometheusApi, variables: Sequence[Variable], asked: Mapping[str, Sequence[str]], window: Window
) -> tuple[dict[str, list[str]], dict[str, Sequence[str] | None]]:
    """What each variable offers and what is chosen of it: what was asked for, else all, else the first."""
    options: dict[str, list[str]] = {}
    values: dict[str, Sequence[str] | None] = {}
    for variable in variables:
        query = interpolate(variable.query, variables, values, window)
        match = LABEL_VALUES.fullmatch(query)
        if match is None:
            raise ValueError(f"${variable.name}: only label_values(selector, label) is understood, not {query}")
        options[variable.name] = api.label_values(match["selector"], match["label"], window)
        wanted = [value for value in asked.get(variable.name, ()) if value in options[variable.name]]
        values[variable.name] = wanted or (None if variable.several else options[variable.name][:1])
    return options, values
