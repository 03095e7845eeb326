"""What is open to everybody, in the older type of bucket: its policy, and both of its access lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.network_access.no_public_resource_policies import POLICY
from tests.policies.sample import Sample

EVERYBODY = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}})
USERS = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"policy": EVERYBODY}, "policy.Statement"),
        ({"acl": "public-read"}, "acl"),
        ({"grants": [USERS]}, "grants.0.uri"),
    ],
)
def test_older_bucket_that_is_open_to_everybody_is_reported(inputs: dict[str, Any], path: str) -> None:
    judgement = POLICY.judge(Sample("aws:s3/bucketV2:BucketV2", "it", inputs).resource(), POLICY.configuration())

    assert [violation.path for violation in judgement.violations] == [path]


def test_older_bucket_without_policy_and_lists_passes() -> None:
    judgement = POLICY.judge(Sample("aws:s3/bucketV2:BucketV2", "it", {}).resource(), POLICY.configuration())

    assert judgement.violations == ()
