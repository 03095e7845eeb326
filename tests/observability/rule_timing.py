"""What Prometheus says of the time that its rules take, and the history that they are given to work on."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from observability.catalogue import load_metrics
from observability.preview.prometheus_api import PrometheusApi
from observability.slo import Objective
from tests.observability.synthetic_exporters import Fleet
from tests.observability.synthetic_values import gpu_labels

HOUR, DAY = 3600, 86400
SETTLING_SECONDS = 15
"""After new settings, before anything is counted."""
LOOK_SECONDS = 5
"""Between two looks at what the last evaluation took."""
HISTORY_STEP = 30
"""Exporters of GPUs are scraped so often."""
OVER_AN_HOUR = ("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "DCGM_FI_DEV_NVLINK_")
"""Counters that rules look an hour back at."""


@dataclass(frozen=True)
class Timing:
    """What was seen of some evaluations."""

    groups: Mapping[str, float]
    """Wall seconds of one evaluation of each group, the median: in one or another a scrape comes between."""
    processor: float
    """Processor seconds of all evaluations together, scrapes among them."""
    evaluations: float
    """Of a group, the mean."""
    missed: float
    """Share of the evaluations that were due and not begun, as the one before them was still going on."""

    def processor_of_one(self, idle: Timing) -> float:
        """Processor seconds of one evaluation, less what was used in as long a time without any."""
        return (self.processor - idle.processor) / self.evaluations


def own_metrics(api: PrometheusApi) -> str:
    """Prometheus' metrics of itself."""
    with urllib.request.urlopen(f"{api.address}/metrics") as answer:  # noqa: S310 - on this machine
        return answer.read().decode()


def reload_with(api: PrometheusApi, folder: Path, settings: str) -> None:
    """Give Prometheus other settings."""
    (folder / "prometheus.yml").write_text(settings, encoding="utf-8")
    urllib.request.urlopen(f"{api.address}/-/reload", data=b"").close()  # noqa: S310 - on this machine


def evaluated(api: PrometheusApi, seconds: float, settling: float = SETTLING_SECONDS) -> Timing:
    """Look on for so long."""
    time.sleep(settling)
    before = own_metrics(api)
    begun = time.monotonic()
    taken: dict[str, list[float]] = {}
    while time.monotonic() < begun + seconds:
        time.sleep(LOOK_SECONDS)
        for name, value in _of_groups("last_duration_seconds", own_metrics(api)).items():
            taken.setdefault(name, []).append(value)
    after = own_metrics(api)

    def risen(what: str) -> list[float]:
        earlier = _of_groups(what, before)
        return [value - earlier.get(name, 0) for name, value in _of_groups(what, after).items()]

    due, missed = risen("iterations_total"), sum(risen("iterations_missed_total"))
    return Timing(
        groups={name: median(values) for name, values in taken.items()},
        processor=_processor_seconds(after) - _processor_seconds(before),
        evaluations=(sum(due) - missed) / len(due) if due else 0,
        missed=missed / sum(due) if due else 0,
    )


def _of_groups(what: str, text: str) -> dict[str, float]:
    """One of Prometheus' own metrics by the name of the rule group."""
    found = re.findall(rf'(?m)^prometheus_rule_group_{what}\{{rule_group="[^;]*;([^"]*)"\}} (\S+)$', text)
    return {name: float(value) for name, value in found}


def _processor_seconds(text: str) -> float:
    return float(re.findall(r"(?m)^process_cpu_seconds_total (\S+)$", text)[0])


def two_core_seconds(groups: Mapping[str, float]) -> float:
    """How long two cores take for the groups side by side, each group on one core, the longest first."""
    cores = [0.0, 0.0]
    for seconds in sorted(groups.values(), reverse=True):
        cores[cores.index(min(cores))] += seconds
    return max(cores)


def hour_before(fleet: Fleet, instance: str, now: int) -> Iterator[str]:
    """An hour of the counters of GPUs that rules look so far back at, as OpenMetrics text."""
    names = [name for name in load_metrics() if name.startswith(OVER_AN_HOUR)]
    for name in names:
        yield f"# TYPE {name} gauge\n"
        for number in range(fleet.gpus):
            labels = {**gpu_labels(number), "job": "fleet", "instance": instance}
            inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
            for at in range(now - HOUR, now, HISTORY_STEP):
                yield f"{name}{{{inside}}} 0 {at}\n"
    yield "# EOF\n"


def month_before(promised: Sequence[Objective], end: int) -> Iterator[str]:
    """What the windows of promises read: two hours of each minute, three days of every five, a month of hours."""
    spans = (
        ("rate5m", HOUR * 2, 60),
        ("rate5m_every5m", 3 * DAY, 300),
        ("rate1h", 300, 60),
        ("rate1h_every1h", 30 * DAY, HOUR),
    )
    for name, span, step in spans:
        for kind in ("total", "bad"):
            yield f"# TYPE slo:{kind}:{name} gauge\n"
            for each in promised:
                value = "10" if kind == "total" else "0.1"
                for at in range(end - span, end + 1, step):
                    yield f"slo:{kind}:{name}{{{_labels(each)}}} {value} {at}\n"
    yield "# TYPE slo:objective gauge\n"
    for each in promised:
        yield f"slo:objective{{{_labels(each)}}} {each.ratio} {end}\n"
    yield "# EOF\n"


def _labels(each: Objective) -> str:
    return f'model="{each.model}",namespace="{each.namespace}",team="{each.team}",slo="{each.indicator}"'
