"""What is a place and what only mentions one, and which services have none.

Does not prove where a bucket of another stack is: its ARN does not say.
"""

from __future__ import annotations

from typing import Any

import pytest

from policies.encryption_and_data.resources_stay_in_allowed_regions import POLICY
from policies.policy import Judgement
from tests.policies.sample import PROVIDER, UNKNOWN, Sample

QUEUE = "aws:sqs/queue:Queue"


def judged(type_: str, inputs: dict[str, Any], configuration: dict[str, Any] | None = None, **fields: Any) -> Judgement:
    """Return what the policy says of one resource."""
    return POLICY.judge(Sample(type_, "it", inputs, **fields).resource(), POLICY.configuration(configuration))


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (QUEUE, {"tags": {"origin": "eu-west-1"}, "tagsAll": {"origin": "eu-west-1"}}),
        (QUEUE, {"name": "copies-from-eu-west-1", "region": "us-east-1"}),
        (QUEUE, {"description": "arn:aws:sqs:eu-west-1:3:other is its pair"}),
        (QUEUE, {"region": UNKNOWN}),
        ("aws:lambda/function:Function", {"imageUri": "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/pause:3.10"}),
        ("aws:cloudfront/distribution:Distribution", {"certificate": "arn:aws:acm:eu-west-1:3:certificate/0"}),
        (
            "aws:iam/policy:Policy",
            {"policy": '{"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}'},
        ),
        ("aws:iam/policy:Policy", {"policy": '{"Resource": "arn:aws:s3:::models-eu-west-1/*"}'}),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "serving", "labels": {"region": "eu-west-1"}}}),
        ("aws:ebs/volume:Volume", {"availabilityZone": "us-east-1-bos-1a"}),
    ],
)
def test_what_only_mentions_a_region_passes(type_: str, inputs: dict[str, Any]) -> None:
    assert judged(type_, inputs).violations == ()


def test_access_to_another_region_is_reported_with_its_place() -> None:
    found = judged("aws:iam/policy:Policy", {"policy": '{"Resource": "arn:aws:bedrock:us-west-2::foundation-model/*"}'})

    [violation] = found.violations
    assert (violation.path, violation.fault) == ("policy", "is in us-west-2")


def test_global_services_have_no_region_of_their_own() -> None:
    elsewhere = {**PROVIDER, "region": "eu-west-1"}

    assert judged("aws:iam/role:Role", {"name": "it"}, provider=elsewhere) == Judgement()
    assert len(judged(QUEUE, {}, provider=elsewhere).violations) == 1


def test_region_of_the_resource_comes_before_the_providers() -> None:
    assert judged(QUEUE, {"region": "us-east-1"}, provider={**PROVIDER, "region": "eu-west-1"}) == Judgement()


def test_resource_without_a_known_provider_passes() -> None:
    assert judged(QUEUE, {}, provider={}) == Judgement()


def test_allowed_regions_are_configuration() -> None:
    inputs = {"availabilityZone": "eu-central-1a"}
    elsewhere = {**PROVIDER, "region": "eu-central-1"}

    assert judged("aws:ebs/volume:Volume", inputs, {"regions": ["eu-central-1"]}, provider=elsewhere) == Judgement()
    assert len(judged("aws:ebs/volume:Volume", inputs, {"regions": ["eu-west-1"]}, provider=elsewhere).violations) == 2


def test_values_that_are_not_known_do_not_hide_others() -> None:
    inputs = {"subnets": [UNKNOWN, "eu-west-1a"], "name": UNKNOWN}

    assert [found.path for found in judged(QUEUE, inputs).violations] == ["subnets.1"]
