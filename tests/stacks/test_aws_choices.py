"""The lists of what AWS accepts, compared with botocore's own model where it says the same thing.

Does not prove the lists that botocore does not have: access policies, endpoint names.
"""

from __future__ import annotations

import re
from typing import Any, cast

import botocore.session
import pytest
import yaml

from stacks.aws_choices import FILE, named, steps


@pytest.fixture(scope="module")
def aws() -> botocore.session.Session:
    return botocore.session.get_session()


def request_members(aws: botocore.session.Session, service: str, operation: str) -> dict[str, Any]:
    """The parameters of an operation; botocore's stubs take its cached properties for objects of their own."""
    return cast("Any", aws.get_service_model(service).operation_model(operation).input_shape).members


def test_every_list_has_its_date_and_source() -> None:
    for name, facts in yaml.safe_load(FILE.read_text(encoding="utf-8")).items():
        assert set(facts) == {"date", "source", "values"}, name
        assert len(set(facts["values"])) == len(facts["values"]) > 0, name


def test_regions_are_those_of_eks(aws: botocore.session.Session) -> None:
    assert set(named("regions")) == set(aws.get_available_regions("eks"))


def test_retention_days_are_those_of_cloudwatch_logs(aws: botocore.session.Session) -> None:
    days = request_members(aws, "logs", "PutRetentionPolicy")["retentionInDays"]
    sentence = re.search(r"Possible values are: ([^.]*)\.", days.documentation)
    assert sentence is not None
    assert steps("log_retention_days") == tuple(map(int, re.findall(r"\d+", sentence[1])))


def test_upstream_registries_are_known_to_ecr(aws: botocore.session.Session) -> None:
    members = request_members(aws, "ecr", "CreatePullThroughCacheRule")
    text = members["upstreamRegistryUrl"].documentation
    # The documentation does not spell Chainguard's address; the enumeration beside it has the registry.
    known = [name for name in (*named("public_registries"), *named("credentialed_registries")) if name != "cgr.dev"]
    assert [name for name in known if f"<code>{name}</code>" not in text] == []
    assert "chainguard" in members["upstreamRegistry"].enum


def test_what_nodes_need_without_nat_can_be_chosen() -> None:
    assert set(named("interface_endpoints_without_nat")) <= set(named("interface_endpoints"))


def test_serverless_memory_is_within_sagemakers_limits(aws: botocore.session.Session) -> None:
    limits = cast("Any", aws.get_service_model("sagemaker").shape_for("ServerlessMemorySizeInMB")).metadata
    assert (min(steps("serverless_memory")), max(steps("serverless_memory"))) == (
        limits["min"],
        limits["max"],
    )
