"""The settings as a whole: every fault at once, secrets unseen, read from Pulumi's configuration.

Does not prove that AWS accepts what the settings accept: the rehearsal and the preflight look at that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import config
from pulumi.runtime import settings as runtime_settings
from pydantic import ValidationError

from stacks.sections.network import AdoptedIds, AdoptedState
from stacks.settings import SettingsError, load_settings, parse_settings
from stacks.settings_faults import NOT_SET, SettingsFault, shown
from tests.stacks.valid_sections import REMOVED, changed_sections, valid_sections

FILE = "stacks/Pulumi.staging.yaml"


def faults(sections: dict[str, Any], **options: Any) -> list[SettingsFault]:
    with pytest.raises(SettingsError) as raised:
        parse_settings(sections, FILE, **options)
    return raised.value.faults


def test_valid_sections_become_settings() -> None:
    settings = parse_settings(valid_sections(), FILE, stack="staging")
    assert settings.aws.region == "us-east-1"
    assert settings.node_groups.spot[0].on_demand_floor.group == "serve-l4"
    assert settings.network.private_prefix_length == 19


def test_optional_sections_may_be_left_out() -> None:
    settings = parse_settings(changed_sections({"dedicated_hosts": REMOVED, "burst_endpoint": REMOVED}), FILE)
    assert settings.dedicated_hosts == ()
    assert settings.burst_endpoint is None


def test_settings_are_frozen() -> None:
    settings = parse_settings(valid_sections(), FILE)
    with pytest.raises(ValidationError, match="frozen"):
        settings.aws.region = "us-west-2"  # pyright: ignore[reportAttributeAccessIssue] - the point of the test


OWN_NETWORK = {
    f"network.{key}": REMOVED for key in ("vpc_cidr", "nat", "interface_endpoints", "flow_log_retention_days")
}


def test_a_network_may_be_adopted_by_ids() -> None:
    ids = {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnet_ids": [],
        "private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    }
    settings = parse_settings(changed_sections({**OWN_NETWORK, "network.adopt": ids}), FILE)
    assert isinstance(settings.network.adopt, AdoptedIds)


@pytest.mark.parametrize(
    "source", ["s3://states/network/terraform.tfstate", "../network/terraform.tfstate", "out.json"]
)
def test_a_network_may_be_adopted_from_a_terraform_state(source: str) -> None:
    adopt = {"terraform_state": {"source": source, "outputs": {"vpc_id": "main_vpc"}}}
    settings = parse_settings(changed_sections({**OWN_NETWORK, "network.adopt": adopt}), FILE)
    assert isinstance(settings.network.adopt, AdoptedState)
    assert settings.network.adopt.terraform_state.outputs.vpc_id == "main_vpc"
    assert settings.network.adopt.terraform_state.outputs.private_subnet_ids == "private_subnet_ids"


def test_every_fault_is_reported_at_once() -> None:
    found = faults(
        changed_sections(
            {
                "aws.account_id": 222233334444,
                "network.nat": "per_zone",
                "network.zoness": [],
                "cluster": REMOVED,
                "node_groups.inference[0].disk_gib": 1,
                "node_groups.training[0].zone": "us-east-1f",
                "node_groups.spot[0].instance_types": ["g6.xlarge", "g5.xlarge"],
                "storage.scratch.capacity_gib": 3600,
                "burst_endpoint.max_instances": REMOVED,
                "netwrok": {},
            }
        )
    )
    assert [fault.key for fault in found] == [
        "aws.account_id",
        "network.nat",
        "network.zoness",
        "cluster",
        "node_groups.inference[0].disk_gib",
        "node_groups.training[0].zone",
        "node_groups.spot[0].instance_types",
        "storage.scratch.capacity_gib",
        "burst_endpoint.max_instances",
        "netwrok",
    ]


def test_rules_are_applied_beside_values_that_do_not_parse() -> None:
    """One group has two faults of two kinds: a value of the wrong kind, and a rule between two others."""
    found = faults(
        changed_sections({"node_groups.inference[0].disk_gib": "big", "node_groups.inference[0].min_nodes": 7})
    )
    assert [fault.key for fault in found] == [
        "node_groups.inference[0].disk_gib",
        "node_groups.inference[0].min_nodes",
    ]


def test_an_empty_file_names_every_required_section() -> None:
    found = faults({})
    assert [fault.key for fault in found] == [
        "aws",
        "ownership",
        "network",
        "cluster",
        "node_groups",
        "storage",
    ]
    assert all(fault.value is NOT_SET for fault in found)


def test_the_error_has_one_line_per_fault() -> None:
    with pytest.raises(SettingsError) as raised:
        parse_settings(changed_sections({"aws.region": "a\nb", "network.a\nb": 1}), FILE)
    assert len(str(raised.value).splitlines()) == 2
    assert all(line.startswith(f"{FILE}: ") for line in str(raised.value).splitlines())


def test_the_environment_is_the_stack() -> None:
    (fault,) = faults(valid_sections(), stack="prod")
    assert str(fault) == f"{FILE}: ownership.environment: 'staging': allowed: the stack's name, 'prod'"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"burst_endpoint.image_uri": "hunter2.example/secret"}, id="of a wrong grammar"),
        pytest.param({"burst_endpoint.instance_type": "ml.hunter2.example"}, id="that a rule refuses"),
        pytest.param({"burst_endpoint.mode": "hunter2"}, id="outside an enumeration"),
        pytest.param({"burst_endpoint.hunter": "hunter2"}, id="of an unknown key"),
        pytest.param({"burst_endpoint": "hunter2"}, id="at the place of a section"),
    ],
)
def test_a_secret_is_not_shown(changes: dict[str, Any]) -> None:
    found = faults(changed_sections(changes), secret={"burst_endpoint"})
    assert found
    assert all("hunter2" not in str(fault) for fault in found)
    assert "[secret]" in str(found[0])


def test_a_secret_is_not_quoted_by_the_rule_of_another_section() -> None:
    changes = {"ownership.environment": "hunter2"}
    found = faults(changed_sections({**changes, "storage.retained": False}), secret={"ownership"})
    text = "\n".join(map(str, found))
    assert "storage.retained" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("a'b", '"a\'b"'),
        ([1, "a"], "[1, 'a']"),
        ({"a": None}, "{a: null}"),
        (NOT_SET, "not set"),
        ("x" * 500, "'" + "x" * 116 + "..."),
    ],
)
def test_values_are_shown_as_a_stack_file_has_them(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.fixture
def staging_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runtime_settings, "get_stack", lambda: "staging")
    monkeypatch.setattr("pulumi.get_stack", lambda: "staging")
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_SECRET_KEYS", raising=False)
    config.set_all_config({}, [])
    yield
    config.set_all_config({}, [])


def configuration(sections: dict[str, Any]) -> dict[str, str]:
    return {f"llm-platform:{name}": json.dumps(section) for name, section in sections.items()}


@pytest.mark.usefixtures("staging_stack")
def test_settings_come_from_the_runtimes_configuration() -> None:
    config.set_all_config({**configuration(valid_sections()), "aws:region": "eu-west-1"})
    assert load_settings() == parse_settings(valid_sections(), FILE)


@pytest.mark.usefixtures("staging_stack")
def test_settings_come_from_the_engines_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(configuration(valid_sections())))
    assert load_settings() == parse_settings(valid_sections(), FILE)


@pytest.mark.usefixtures("staging_stack")
def test_faults_of_the_configuration_name_the_stacks_file() -> None:
    config.set_all_config(
        {**configuration(valid_sections()), "llm-platform:aws": "{us-east-1", "llm-platform:awss": "1"}
    )
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).splitlines() == [
        "stacks/Pulumi.staging.yaml: aws: '{us-east-1': allowed: a mapping with the keys region, account_id",
        "stacks/Pulumi.staging.yaml: awss: 1: unknown section; did you mean 'aws'?; allowed: aws, ownership, network, "
        "cluster, node_groups, dedicated_hosts, hybrid_nodes, gpu_hosts, storage, burst_endpoint, charts, namespaces, "
        "node_pools, models, vector_database, embeddings, quality, observability, policies",
    ]


@pytest.mark.usefixtures("staging_stack")
def test_secret_configuration_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    sections = changed_sections({"aws.account_id": "hunter2"})
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(configuration(sections)))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", '["llm-platform:aws"]')
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert "[secret]" in str(raised.value)
    assert "hunter2" not in str(raised.value)
