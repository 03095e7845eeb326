"""Every type and property that these policies read is one of the AWS provider's.

Does not prove that the provider still reads a property as it says, nor anything about types of Kubernetes.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

import pulumi_aws
import pytest

from policies.customer_keys import Encryption
from policies.encryption_and_data import (
    data_services_demand_tls,
    databases_are_backed_up,
    databases_are_protected,
    databases_demand_tls,
    databases_leave_backups,
    databases_use_customer_keys,
    deletions_can_be_undone,
    file_systems_use_customer_keys,
    logs_use_customer_keys,
    queues_and_topics_use_customer_keys,
    secrets_use_customer_keys,
)
from policies.pack import collect
from policies.policy import ResourcePolicy

FOLDER = Path(pulumi_aws.__file__).parent
TABLES: list[dict[str, tuple[Encryption, ...]]] = [
    databases_use_customer_keys.ENCRYPTIONS,
    file_systems_use_customer_keys.ENCRYPTIONS,
    logs_use_customer_keys.ENCRYPTIONS,
    queues_and_topics_use_customer_keys.ENCRYPTIONS,
    secrets_use_customer_keys.ENCRYPTIONS,
]


def inputs(type_: str) -> set[str]:
    """Return the names of a type's inputs."""
    package = importlib.import_module(f"pulumi_aws.{module_of(type_)}")
    arguments = getattr(package, f"{type_.rsplit(':', 1)[-1]}Args")
    return {re.sub(r"_(\w)", lambda match: match[1].upper(), name) for name in dir(arguments) if name[0] != "_"}


def module_of(type_: str) -> str:
    """Return the Python package of a type's service."""
    service = type_.removeprefix("aws:").partition("/")[0]
    return "lambda_" if service == "lambda" else service


@cache
def known_types() -> frozenset[str]:
    """Return every type of the provider, as its modules register them."""
    found: set[str] = set()
    for file in FOLDER.rglob("*.py"):
        found.update(re.findall(r"^\s+'(aws:\w+/\w+:\w+)'", file.read_text(encoding="utf-8"), re.MULTILINE))
    return frozenset(found)


def looked_at() -> list[tuple[str, str]]:
    """Return the input that is read first, for each type of each table."""
    rows = [
        (type_, path)
        for table in TABLES
        for type_, encryptions in table.items()
        for encryption in encryptions
        for path in (encryption.within or encryption.key, encryption.stated, encryption.when)
        if path
    ]
    rows += [(type_, path) for type_, (path, _) in databases_are_backed_up.RETENTION.items()]
    rows += [(type_, path) for type_, (path, _) in databases_demand_tls.GROUPS.items()]
    for table in (
        databases_are_protected.PROTECTION,
        databases_leave_backups.FINAL_SNAPSHOT,
        deletions_can_be_undone.WINDOWS,
    ):
        rows += [(type_, path) for type_, path in table.items() if path]
    rows += [(type_, demand.path) for type_, demands in data_services_demand_tls.DEMANDS.items() for demand in demands]
    return sorted({(type_, path.split(".")[0]) for type_, path in rows})


@pytest.mark.parametrize(("type_", "input_"), looked_at())
def test_input_is_one_of_the_types(type_: str, input_: str) -> None:
    assert input_ in inputs(type_)


def test_types_are_the_providers() -> None:
    named = {
        type_
        for policy in collect()
        if isinstance(policy, ResourcePolicy)
        for type_ in policy.types
        if type_.startswith("aws:") and "*" not in type_
    }

    assert named - known_types() == set()
