"""A secret of generated values, its version and who may lose it.

Does not prove that Secrets Manager's values are random, nor that the engine leaves a version alone: it is told to.
"""

from __future__ import annotations

import json

import pytest

from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from tests.components.recorder import Recording
from tests.components.vector_database_fixtures import KEY
from tests.components.vector_database_fixtures import recorded as run


def recorded(*, retained: bool = False, preview: bool = False) -> Recording:
    args = GeneratedSecretArgs(
        secret_name="llm-platform/dev/vector-stores/keys",
        description="Opens it",
        keys=["write", "read"],
        derived={"token": "root:{write}"},
        key_arn=f"{KEY}/cluster",
        retained=retained,
        length=5,
    )
    return run(lambda: GeneratedSecret("keys", args), preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_a_secret_and_its_first_version(preview: bool) -> None:
    assert recorded(preview=preview).children() == {
        ("llm-platform:generated_secret:GeneratedSecret", "keys"),
        ("aws:secretsmanager/secret:Secret", "keys-secret"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "keys-version"),
    }


def test_the_version_has_a_value_for_each_key_and_stays_as_it_is() -> None:
    version = recorded().one("keys-version")
    assert json.loads(version.inputs["secretString"]) == {"read": "xxxxx", "token": "root:xxxxx", "write": "xxxxx"}
    assert version.ignore_changes == ("secretString",)


@pytest.mark.parametrize(("retained", "days"), [(True, 30), (False, 0)])
def test_a_secret_that_may_go_frees_its_name_at_once(retained: bool, days: int) -> None:
    secret = recorded(retained=retained).one("keys-secret")
    assert secret.inputs["recoveryWindowInDays"] == days
    assert secret.inputs["kmsKeyId"] == f"{KEY}/cluster"
    assert (secret.protect, secret.retain_on_delete) == (retained, retained)
