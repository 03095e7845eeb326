"""The day tells what the catalogue's exporters tell, the same each time; its incidents name alerts that there are.

Does not prove that the alerts fire: tests/observability/test_observe.py plays the day.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from observability.burn_rates import RULES_FOLDER
from observability.catalogue import metrics_by_series_name
from rehearsal.observe.exposition import Exposition
from rehearsal.observe.story import day
from rehearsal.observe.story.fleet import MODELS, REPLICAS, pods, wanted
from rehearsal.observe.story.incidents import INCIDENTS, STORM
from rehearsal.observe.story.moment import HOURS, Moment

END = 1_795_000_000.0
ALL = frozenset(INCIDENTS)
OF_TARGETS = {
    "namespace", "pod", "container", "model", "version", "engine", "team", "pool",  # charts/model-server's PodMonitor
    "llm_platform_team",  # charts' podTargetLabels
    "le",
}  # fmt: skip
"""Labels that a scraped target has, whatever its exporter tells."""


def moment(hour: float, incidents: frozenset[object] = ALL) -> Moment:
    return Moment(END + (hour - HOURS) * 3600, END, frozenset(one for one in INCIDENTS if one in incidents))


@pytest.mark.parametrize("hour", [-100.0, -10.0, 3.0, 9.8, 14.5, 16.5, 23.0, 24.1])
def test_what_is_told_stands_in_the_catalogue(hour: float) -> None:
    known = metrics_by_series_name()
    faults: set[str] = set()
    for sample in day.told(moment(hour)):
        if sample.name not in known:
            faults.add(f"there is no metric {sample.name}")
        elif more := set(sample.labels) - set(known[sample.name].labels) - OF_TARGETS:
            faults.add(f"{sample.name} never has {sorted(more)}")
        elif sample.per_second and known[sample.name].type == "gauge":
            faults.add(f"{sample.name} is no counter")
    assert not faults, "\n".join(sorted(faults))


@pytest.mark.parametrize("hour", [3.0, 14.5])
def test_no_series_is_told_twice(hour: float) -> None:
    lines = [line.rpartition(" ")[0] for line in Exposition(END, ALL).page(moment(hour).time).splitlines()]
    assert len(lines) > 1500
    assert len(set(lines)) == len(lines)


def test_two_days_are_alike() -> None:
    pages = [Exposition(END, ALL), Exposition(END, ALL)]
    for minute in range(5):
        first, second = (page.page(END - 3600 * 9 + 60 * minute) for page in pages)
        assert first == second


def value(page: str, start: str) -> float:
    (found,) = (line.rpartition(" ")[2] for line in page.splitlines() if line.startswith(start))
    return float(found)


def test_counters_go_on_and_start_anew_with_their_pod() -> None:
    exposition = Exposition(END, ALL)
    replica = next(one for one in REPLICAS if one.pod == "summaries-8b-7")
    labels = ",".join(f'{name}="{text}"' for name, text in replica.labels.items())
    asked = f"tgi_request_count{{{labels}}}"
    before = [value(exposition.page(moment(hour).time), asked) for hour in (13.8, 13.9, 13.95)]
    assert before[0] == 0 < before[1] < before[2]
    assert asked not in exposition.page(moment(14.5).time), "its node was taken back"
    assert value(exposition.page(moment(15.6).time), asked) == 0


def test_time_does_not_run_back() -> None:
    exposition = Exposition(END, ALL)
    exposition.page(END)
    with pytest.raises(ValueError, match="counters do not fall"):
        exposition.page(END - 60)


def test_a_storm_takes_replicas_of_each_model_on_spot_and_all_of_none() -> None:
    left = pods(moment(14.5))
    for model in MODELS:
        running = sum(pod.model is model for pod in left)
        on_spot = any(replica.node.startswith("spot") for replica in REPLICAS if replica.model is model)
        assert (0 < running < wanted(model)) if on_spot else running == wanted(model), model.name
    assert len(pods(moment(14.5, frozenset()))) == len(REPLICAS), "a day without incidents has no storm"
    assert len(pods(moment(STORM.ends))) == len(REPLICAS)


def test_no_gpu_is_held_twice() -> None:
    held = [(replica.node, gpu) for replica in REPLICAS for gpu in replica.gpus]
    assert len(held) == len(set(held))


def rules() -> dict[str, str]:
    """Every alert with its rule as text."""
    found: dict[str, str] = {}
    for path in Path(RULES_FOLDER).glob("alerts-*.yaml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            found |= {rule["alert"]: str(rule) for rule in group["rules"]}
    return found


def test_incidents_expect_alerts_that_there_are() -> None:
    there = rules()
    for incident in INCIDENTS:
        assert incident.alerts, incident.title
        for expected in incident.alerts:
            assert expected.alert in there, f"{incident.title}: there is no alert {expected.alert}"
            assert incident.begins <= expected.begins[0] <= expected.begins[1] <= expected.ends[0], expected.alert
            assert expected.begins[1] - expected.begins[0] <= 3, f"{expected.alert}: a span that says little"


def test_the_docs_name_the_alerts_of_each_incident() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "observability.md"
    rows = [row.split("|") for row in page.read_text().split("## See it without a cloud")[1].splitlines()]
    told = sorted(sorted(set(re.findall(r"[A-Z]\w+[a-z]\w*", row[3])) & set(rules())) for row in rows if len(row) == 5)
    expected = sorted(sorted({one.alert for one in incident.alerts}) for incident in INCIDENTS)
    assert [row for row in told if row] == expected


def test_labels_that_are_expected_are_the_alerts_own() -> None:
    there = rules()
    for incident in INCIDENTS:
        for expected in incident.alerts:
            for label in expected.about:
                assert re.search(rf"\b{label}\b", there[expected.alert]), f"{expected.alert} has no label {label}"
