"""Environments with a burst endpoint, which the stack files leave out until its image and model are there.

Does not prove that SageMaker can start the container.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.plan import Outcome
from tests.rehearsal.changed_dev import changed_dev, up

ENDPOINT = {
    "model_name": "embedder",
    "image_uri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/llm-platform-dev/serving/embedder:1.0.0",
    "model_data_s3_uri": "s3://llm-platform-dev-models-111122223333-us-east-1/embedder/model.tar.gz",
}
SERVERLESS = {**ENDPOINT, "mode": "serverless", "memory_mib": 4096, "max_concurrency": 5}
ASYNCHRONOUS = {**ENDPOINT, "mode": "asynchronous", "instance_type": "ml.g5.2xlarge", "max_instances": 4}


@pytest.mark.parametrize(
    ("section", "endpoint", "scaling"),
    [
        (SERVERLESS, Outcome.CREATED, set[str]()),
        # moto's list of instance types lacks every GPU type since g4dn
        (
            ASYNCHRONOUS,
            Outcome.RECORDED,
            {
                "aws:appautoscaling/policy:Policy",
                "aws:appautoscaling/target:Target",
                "aws:cloudwatch/metricAlarm:MetricAlarm",
            },
        ),
    ],
    ids=["serverless", "asynchronous"],
)
def test_the_endpoint_is_made_and_taken_down(
    tmp_path: Path, section: dict[str, Any], endpoint: Outcome, scaling: set[str]
) -> None:
    def change(sections: dict[str, Any]) -> None:
        sections["burst_endpoint"] = section

    rehearsal = up(changed_dev(tmp_path, change))
    assert rehearsal.faults == []
    assert rehearsal.leftovers == []
    outcomes = {resource.registration.type: resource.outcome for resource in rehearsal.resources}
    assert outcomes["aws:sagemaker/endpoint:Endpoint"] is endpoint
    assert {type_ for type_ in outcomes if type_.startswith(("aws:appautoscaling", "aws:cloudwatch/metric"))} == scaling
    assert rehearsal.outputs["burst-endpoint/name"] == "llm-platform-dev-embedder"
