"""Stack files with a fault in the section quality: a part of the table of bad_inputs.py."""

from __future__ import annotations

from typing import Any

from tests.stacks.bad_inputs import BadInput
from tests.stacks.bad_observability import MONITORED, observability

WATCH: dict[str, Any] = {
    "name": "mail",
    "namespace": "serving",
    "image": "222233334444.dkr.ecr.us-east-1.amazonaws.com/platform/quality:0.1.0",
    "model": "classifier",
    "predictions": {"prefix": "answers/mail"},
}
MODEL: dict[str, Any] = {
    "name": "classifier",
    "namespace": "serving",
    "engine": "fastapi",
    "replicas": {"min": 1, "max": 2},
}


def watches(*changes: dict[str, Any]) -> dict[str, Any]:
    """A stack file with one watch for each of the changes."""
    return {
        "quality": [WATCH | change for change in changes],
        "models": [MODEL],
        "storage.repositories": ["serving/embedder"],
    }


BAD_QUALITY = (
    BadInput("two watches of one name", watches({}, {}), ("quality[1].name: 'mail': already the name of quality[0]",)),
    BadInput(
        "a name that no release can have",
        watches({"name": "Mail_1"}),
        ("quality[0].name: 'Mail_1': allowed: 1 to 40 lower-case letters, digits and hyphens such as 'mail'",),
    ),
    BadInput(
        "a watch where models are trained",
        watches({"namespace": "training"}),
        ("quality[0].namespace: 'training': allowed: a namespace with workload 'inference': 'serving'",),
    ),
    BadInput(
        "a model with the name of a watch's release",
        watches({}) | {"models": [MODEL, MODEL | {"name": "quality-mail"}]},
        ("quality[0].name: 'mail': its release 'quality-mail' would be that of models[1]",),
    ),
    BadInput(
        "a watch over a model that is not served",
        watches({"model": "clasifier"}),
        ("quality[0].model: 'clasifier': allowed: the name of one of models: 'classifier'",),
    ),
    BadInput(
        "two watches of one model",
        watches({}, {"name": "letters"}),
        ("quality[1].model: 'classifier': quality[0] watches it already: alerts could not tell the two apart",),
    ),
    BadInput(
        "a watch that looks more rarely than it is stale",
        watches({"every_minutes": 1561}) | MONITORED,
        (
            "quality[0].every_minutes: 1561: allowed: up to 1560, the 26 hours after which QualityCheckStale alerts "
            "(observability.thresholds.quality_hours)",
        ),
    ),
    BadInput(
        "a watch that looks more rarely than the environment's threshold allows",
        watches({"every_minutes": 121}) | MONITORED | observability(thresholds={"quality_hours": 2}),
        (
            "quality[0].every_minutes: 121: allowed: up to 120, the 2 hours after which QualityCheckStale alerts "
            "(observability.thresholds.quality_hours)",
        ),
    ),
    BadInput(
        "groups without labels",
        watches({"groups": {"columns": ["language", "region"]}}),
        ("quality[0].groups.columns: 'language, region': needs feedback, which the watch lacks",),
    ),
    BadInput(
        "folders that are not named by time",
        watches({"predictions": {"prefix": "answers/mail", "partition": "day"}}),
        (
            "quality[0].predictions.partition: 'day': allowed: how folders are named by time such as "
            "'date=%Y-%m-%d', of %Y, %m, %d and %H",
        ),
    ),
    BadInput(
        "a column for two things",
        watches({"predictions": {"prefix": "answers/mail", "score": "sure", "numerical": ["length", "sure", "time"]}}),
        (
            "quality[0].predictions.numerical[1]: 'sure': is already named for something else",
            "quality[0].predictions.numerical[2]: 'time': is already named for something else",
        ),
    ),
    BadInput(
        "a threshold for a column that is not watched",
        watches({"drift": {"thresholds": {"lenght": 0.2}}}),
        ("quality[0].drift.thresholds.lenght: 0.2: 'lenght' is not watched; allowed: 'prediction'",),
    ),
    BadInput(
        "a threshold that is no distance",
        watches({"drift": {"threshold": 0}}),
        ("quality[0].drift.threshold: 0: allowed: a distance from 0.001 to 100",),
    ),
    BadInput(
        "vectors without anything to calibrate on",
        watches({"embedding": {"column": "vector"}}),
        (
            "quality[0].embedding.thresholds: '': needed where reference.prefix is left out: there is nothing to "
            "calibrate on",
        ),
    ),
    BadInput(
        "a threshold for some methods",
        watches({"embedding": {"column": "vector", "thresholds": {"mmd": 0.1}}}),
        ("quality[0].embedding.thresholds: 'mmd': allowed: for all of methods (model, mmd), or none",),
    ),
)
