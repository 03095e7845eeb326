"""Stack files with a fault in what a model promises: a part of the table of bad_inputs.py."""

from __future__ import annotations

from tests.stacks.bad_inputs import BadInput
from tests.stacks.bad_models import MODEL, SERVED

ON = ["prometheus-operator-crds", "cert-manager", "kube-prometheus-stack", "monitoring", "nvidia-device-plugin"]

BAD_OBJECTIVES = (
    BadInput(
        "a promise that nobody records",
        SERVED
        | {
            f"{MODEL}.slos": {"availability": 0.99},
            "charts.releases": ["prometheus-operator-crds", "nvidia-device-plugin"],
        },
        ("models[0].slos: {availability: 0.99}: needs 'monitoring', which charts.releases lacks",),
    ),
    BadInput(
        "a limit that the engine does not count by",
        SERVED | {f"{MODEL}.slos": {"ttft": {"seconds": 0.7, "ratio": 0.95}}, "charts.releases": ON},
        (
            (
                "models[0].slos.ttft.seconds: 0.7: 'vllm' counts by other limits; "
                "allowed: '0.1', '0.25', '0.5', '0.75', '1', '2.5', '5', '7.5' or '10'"
            ),
        ),
    ),
)
