"""What models promise in the stack file, as the release `monitoring` is told.

What the rules make of it: tests/observability.
"""

from __future__ import annotations

from typing import Any

import pytest

from stacks.objectives import environment_rules
from stacks.settings import Settings, SettingsError, parse_settings
from tests.stacks.bad_models import MODEL, SERVED
from tests.stacks.valid_sections import changed_sections

ON = ["prometheus-operator-crds", "cert-manager", "kube-prometheus-stack", "monitoring", "nvidia-device-plugin"]
SLOS = {"availability": 0.999, "ttft": {"seconds": 1, "ratio": 0.95}, "tpot": {"seconds": 0.05, "ratio": 0.9}}


def read(slos: dict[str, Any] | None, **changes: Any) -> Settings:
    sections = SERVED | {"charts.releases": ON} | ({f"{MODEL}.slos": slos} if slos is not None else {}) | changes
    return parse_settings(changed_sections(sections), "stacks/Pulumi.staging.yaml")


def test_every_promise_is_a_series_of_its_model_and_team() -> None:
    (group,) = environment_rules(read(SLOS))
    labels = {"model": "qwen-chat", "namespace": "serving", "team": "ml-platform"}
    objectives = [rule for rule in group["rules"] if rule["record"] == "slo:objective"]
    assert [(rule["expr"], rule["labels"]) for rule in objectives] == [
        ("vector(0.999)", labels | {"slo": "availability"}),
        ("vector(0.95)", labels | {"slo": "ttft"}),
        ("vector(0.9)", labels | {"slo": "tpot"}),
    ]
    limits = {rule["labels"]["le"] for rule in group["rules"] if rule["record"] == "slo:latency_bucket:info"}
    assert limits == {"1.0", "0.05"}


def test_thresholds_that_are_set_are_series_of_their_own() -> None:
    settings = read(None, observability={"thresholds": {"queue_wait_hours": 10, "gpu_celsius": 82.5}})
    (group,) = environment_rules(settings)
    assert [(rule["record"], rule["expr"]) for rule in group["rules"]] == [
        ("threshold:gpu_celsius", "vector(82.5)"),
        ("threshold:queue_wait_hours", "vector(10.0)"),
    ]


def test_models_that_promise_nothing_make_no_rules() -> None:
    assert list(environment_rules(read(None))) == []


@pytest.mark.parametrize(
    ("slos", "changes", "message"),
    [
        ({"ttft": {"seconds": 0.7, "ratio": 0.95}}, {}, "slos.ttft.seconds: 0.7: 'vllm' counts by other limits"),
        ({"availability": 1}, {}, "models[0].slos.availability: 1: allowed: a share from 0.9 to 0.9999"),
        ({"availability": True}, {}, "models[0].slos.availability: true: allowed: a share from 0.9 to 0.9999"),
        ({"ttft": {"seconds": 1}}, {}, "models[0].slos.ttft.ratio"),
        ({"throughput": 1}, {}, "models[0].slos.throughput"),
        (
            {"availability": 0.99},
            {"charts.releases": ["prometheus-operator-crds", "nvidia-device-plugin"]},
            "needs 'monitoring', which charts.releases lacks",
        ),
        (
            {"tpot": {"seconds": 0.05, "ratio": 0.95}},
            {f"{MODEL}.engine": "tgi"},
            "models[0].slos.tpot: {seconds: 0.05, ratio: 0.95}: 'tgi' does not measure it here",
        ),
    ],
)  # fmt: skip
def test_a_promise_that_nobody_could_keep_an_eye_on_is_refused(
    slos: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read(slos, **changes)
    assert message in str(refused.value)
