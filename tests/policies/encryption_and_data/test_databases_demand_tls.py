"""How databases are linked with their parameter groups, and which engines have a parameter for TLS.

Does not prove that the engine honours the parameter, nor what a default group of AWS says.
"""

from __future__ import annotations

from typing import Any

import pytest

from policies.encryption_and_data import data_services_demand_tls, databases_demand_tls
from policies.policy import Judgement
from tests.policies.sample import UNKNOWN, Sample, stack_of

POLICY = databases_demand_tls.POLICY
SERVICES = data_services_demand_tls.POLICY


def database(inputs: dict[str, Any], **fields: Any) -> Sample:
    """Return a database instance."""
    return Sample("aws:rds/instance:Instance", "it", inputs, **fields)


def group(parameters: Any, name: str = "runs") -> Sample:
    """Return a parameter group."""
    return Sample("aws:rds/parameterGroup:ParameterGroup", "group", {"name": name, "parameters": parameters})


def judged(*samples: Sample) -> Judgement:
    """Return what the policy says of a stack."""
    return POLICY.judge(stack_of(samples), POLICY.configuration())


@pytest.mark.parametrize(
    ("engine", "parameter", "value"),
    [
        ("postgres", "rds.force_ssl", "1"),
        ("sqlserver-se", "rds.force_ssl", "1"),
        ("aurora-mysql", "require_secure_transport", "1"),
        ("mysql", "require_secure_transport", "ON"),
        ("mysql", "require_secure_transport", "on"),
        ("mariadb", "require_secure_transport", "1"),
    ],
)
def test_engines_that_demand_tls_pass(engine: str, parameter: str, value: str) -> None:
    found = judged(
        database({"engine": engine, "parameterGroupName": "runs"}), group([{"name": parameter, "value": value}])
    )

    assert found == Judgement()


@pytest.mark.parametrize("value", ["enabled", "fips-140-3", "tls1.2+", "tls1.3+"])
def test_versions_of_tls_of_documentdb_pass(value: str) -> None:
    cluster = Sample("aws:docdb/cluster:Cluster", "it", {"dbClusterParameterGroupName": "runs"})
    parameters = Sample(
        "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
        "group",
        {"name": "runs", "parameters": [{"name": "tls", "value": value}]},
    )

    assert judged(cluster, parameters) == Judgement()


def test_group_of_another_database_does_not_count() -> None:
    demanding = group([{"name": "rds.force_ssl", "value": "1"}], name="others")

    assert len(judged(database({"engine": "postgres", "parameterGroupName": "runs"}), demanding).violations) == 1
    assert len(judged(database({"engine": "postgres"}), demanding).violations) == 1


def test_engine_without_such_a_parameter_passes() -> None:
    assert judged(database({"engine": "oracle-ee"})) == Judgement()


def test_group_is_found_by_dependency_before_its_name_is_known() -> None:
    plain = group([{"name": "rds.force_ssl", "value": "0"}])
    sample = database({"engine": "postgres", "parameterGroupName": UNKNOWN}, refers={"parameterGroupName": ["group"]})

    [violation] = judged(sample, plain).violations
    assert violation.resource is not None
    assert violation.resource.name == "group"
    assert violation.fault == "rds.force_ssl is '0'"


def test_group_that_is_not_known_at_all_is_undecided() -> None:
    sample = database({"engine": "postgres", "parameterGroupName": UNKNOWN})

    assert judged(sample) == Judgement((), ("parameterGroupName",))


@pytest.mark.parametrize("parameters", [UNKNOWN, [{"name": "rds.force_ssl", "value": UNKNOWN}]])
def test_parameter_that_is_not_known_is_undecided(parameters: Any) -> None:
    found = judged(database({"engine": "postgres", "parameterGroupName": "runs"}), group(parameters))

    assert found.violations == ()
    assert found.undecided


@pytest.mark.parametrize("name", ["default.postgres17", "another-stack"])
def test_group_that_the_stack_does_not_make_is_reported(name: str) -> None:
    [violation] = judged(database({"engine": "postgres", "parameterGroupName": name})).violations

    assert violation.path == "parameterGroupName"


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:memorydb/cluster:Cluster", {}),
        ("aws:msk/cluster:Cluster", {}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"transitEncryptionEnabled": True}),
        ("aws:rds/proxy:Proxy", {"requireTls": UNKNOWN}),
    ],
)
def test_services_with_safe_defaults_pass(type_: str, inputs: dict[str, Any]) -> None:
    assert SERVICES.judge(Sample(type_, "it", inputs).resource(), SERVICES.configuration()).violations == ()
