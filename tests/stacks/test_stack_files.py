"""The three stack files and the schema that editors check them with.

Does not prove that the environments can be built: tests/rehearsal runs them.
"""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from stacks.schema import FILE as SCHEMA_FILE
from stacks.schema import PLATFORM_FILE, platform_schema, rendered, stack_file_schema
from stacks.settings import Settings, parse_settings
from tests.stacks.valid_sections import REMOVED, changed_sections

ENVIRONMENTS = ("dev", "staging", "prod")


def stack_file(environment: str) -> dict[str, Any]:
    text = SCHEMA_FILE.with_name(f"Pulumi.{environment}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


def environment_settings(environment: str) -> Settings:
    sections = {key.removeprefix("llm-platform:"): value for key, value in stack_file(environment)["config"].items()}
    return parse_settings(sections, f"stacks/Pulumi.{environment}.yaml", stack=environment)


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    loaded = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded)


def test_the_schema_is_fresh() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == rendered(stack_file_schema()), "run `python -m stacks.schema`"


def test_the_schema_for_ansible_is_fresh() -> None:
    assert PLATFORM_FILE.read_text(encoding="utf-8") == rendered(platform_schema()), "run `python -m stacks.schema`"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_stack_file_parses(environment: str) -> None:
    assert environment_settings(environment).ownership.environment == environment


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_stack_file_fits_the_schema(environment: str, schema: Draft202012Validator) -> None:
    assert [error.message for error in schema.iter_errors(stack_file(environment))] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_first_line_names_the_schema(environment: str) -> None:
    with SCHEMA_FILE.with_name(f"Pulumi.{environment}.yaml").open(encoding="utf-8") as file:
        assert file.readline() == f"# yaml-language-server: $schema={SCHEMA_FILE.name}\n"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_value_is_null(environment: str) -> None:
    """A key is set or left out: the engine hands a null over in ways of its own."""

    def nulls(value: object) -> bool:
        if isinstance(value, dict):
            return any(nulls(item) for item in value.values())
        return any(nulls(item) for item in value) if isinstance(value, list) else value is None

    assert not nulls(stack_file(environment))


def test_the_environments_are_apart() -> None:
    environments = [environment_settings(name) for name in ENVIRONMENTS]
    assert len({settings.aws.account_id for settings in environments}) == len(ENVIRONMENTS)
    assert len({settings.network.vpc_cidr for settings in environments}) == len(ENVIRONMENTS)


def test_prod_outlives_a_zone_and_an_accident() -> None:
    prod = environment_settings("prod")
    assert (len(prod.network.zones), prod.network.nat) == (3, "per-zone")
    assert prod.cluster.public_endpoint_cidrs == ()
    assert prod.cluster.deletion_protection
    assert prod.storage.retained


def schema_file(changes: dict[str, Any]) -> dict[str, Any]:
    return {"config": {f"llm-platform:{name}": value for name, value in changed_sections(changes).items()}}


def test_keys_of_others_and_of_the_engine_are_allowed(schema: Draft202012Validator) -> None:
    file = schema_file({})
    file["config"]["aws:profile"] = "staging"
    file |= {
        "secretsprovider": "awskms://alias/pulumi",
        "encryptedkey": "AQ==",
        "environment": ["shared/aws"],
    }
    assert [error.message for error in schema.iter_errors(file)] == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"netwrok": {}}, id="an unknown section"),
        pytest.param({"network.zone": "us-east-1a"}, id="an unknown key"),
        pytest.param({"cluster": REMOVED}, id="a missing section"),
        pytest.param({"aws.region": "us-eat-1"}, id="a region that is none"),
        pytest.param({"aws.account_id": 222233334444}, id="an account id without quotes"),
        pytest.param({"network.vpc_cidr": "10.30.0.0"}, id="a range without prefix"),
        pytest.param({"node_groups.inference[0].instance_types": ["g6xlarge"]}, id="an instance type that is none"),
        pytest.param({"node_groups.inference[0].max_nodes": 451}, id="a number out of range"),
    ],
)
def test_the_schema_refuses(changes: dict[str, Any], schema: Draft202012Validator) -> None:
    assert not schema.is_valid(schema_file(changes))
