"""The part of Prometheus' HTTP API that dashboards need."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Series:
    """One series with its samples; a range query gives many, an instant query one."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]
    """(Unix time, value); values that are no number are left out, so that they show as a gap."""


@dataclass(frozen=True)
class Window:
    """The time that a page shows, and how far apart its points are."""

    start: float
    end: float
    step: float


class QueryError(Exception):
    """Prometheus refused a query, or could not be asked."""


@dataclass(frozen=True)
class PrometheusApi:
    """A Prometheus at an address such as http://localhost:9090."""

    address: str
    timeout_seconds: float = 30

    def range(self, query: str, window: Window) -> list[Series]:
        """The query's series over the window, at whole steps: their points don't move when a page is drawn anew."""
        first = math.ceil(window.start / window.step) * window.step
        last = window.end // window.step * window.step
        data = self.get("query_range", {"query": query, "start": first, "end": last, "step": window.step})
        return [series(entry["metric"], entry["values"]) for entry in data["result"]]

    def instant(self, query: str, time: float) -> list[Series]:
        """The query's series at one time, in the order that Prometheus gives them."""
        data = self.get("query", {"query": query, "time": time})
        if data["resultType"] == "scalar":
            return [series({}, [data["result"]])]
        return [series(entry["metric"], [entry["value"]]) for entry in data["result"]]

    def label_values(self, selector: str, label: str, window: Window) -> list[str]:
        """Values of a label among a selector's series, as Grafana's label_values() gives them."""
        quoted = urllib.parse.quote(label, safe="")
        found = self.get(f"label/{quoted}/values", {"match[]": selector, "start": window.start, "end": window.end})
        return sorted(value for value in cast("list[str]", found) if value)

    def get(self, path: str, parameters: Mapping[str, object]) -> Any:
        """`data` of the answer. Sent as a form: a dashboard's queries may be longer than an address may be."""
        body = urllib.parse.urlencode(parameters)
        address = f"{self.address.rstrip('/')}/api/v1/{path}"
        request = (
            urllib.request.Request(f"{address}?{body}")  # noqa: S310 - the scheme is the caller's
            if path.startswith("label/")
            else urllib.request.Request(address, data=body.encode())  # noqa: S310 - the scheme is the caller's
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as answer:  # noqa: S310 - as above
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise QueryError(message(text)) from error
        except OSError as error:
            raise QueryError(f"{self.address} does not answer: {error}") from error


def series(labels: Mapping[str, str], samples: Sequence[Sequence[Any]]) -> Series:
    """Samples as numbers; NaN and infinities are no points of a chart."""
    points = [(float(time), float(value)) for time, value in samples]
    return Series(
        {name: value for name, value in labels.items() if name != "__name__"},
        [(time, value) for time, value in points if math.isfinite(value)],
    )


def message(body: str) -> str:
    """Prometheus' own words, where the answer is its JSON."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:200]
