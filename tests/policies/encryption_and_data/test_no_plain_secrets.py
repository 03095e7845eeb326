"""What is a secret and what only refers to one; and that no message shows a secret.

Does not prove that every secret is found: one under an innocent name and without a known format is not.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from policies.encryption_and_data.no_plain_secrets import POLICY
from policies.pack import message
from policies.policy import Judgement
from tests.policies.breaks.data_exposure import MADE_UP, TOKENS
from tests.policies.sample import UNKNOWN, Sample

FUNCTION = "aws:lambda/function:Function"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
RELEASE = "kubernetes:helm.sh/v3:Release"
PARAMETER = "aws:ssm/parameter:Parameter"


def judged(type_: str, inputs: dict[str, Any], configuration: dict[str, Any] | None = None) -> Judgement:
    """Return what the policy says of one resource."""
    return POLICY.judge(Sample(type_, "it", inputs).resource(), POLICY.configuration(configuration))


def environment(variables: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of a function with an environment."""
    return {"environment": {"variables": variables}}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "$(DATABASE_PASSWORD)",
        "${DATABASE_PASSWORD}",
        "$DATABASE_PASSWORD",
        "{{ .Values.password }}",
        "{{resolve:secretsmanager:runs}}",
        "arn:aws:secretsmanager:us-east-1:333344445555:secret:runs-a1b2c3",
        "/var/run/secrets/runs/password",
        "ssm:/runs/password",
        "vault:secret/data/runs#password",
        "<password>",
        "[secret]",
        "********",
        "true",
        "512",
        UNKNOWN,
        None,
        {"valueFrom": {"secretKeyRef": {"name": "runs", "key": "password"}}},
    ],
)
def test_reference_or_placeholder_passes(value: Any) -> None:
    assert judged(FUNCTION, environment({"DATABASE_PASSWORD": value})) == Judgement()


@pytest.mark.parametrize(
    "values",
    [
        {"auth": {"existingSecret": "runs-admin", "secretKey": "password", "userKey": "user"}},
        {"auth": {"passwordSecretRef": {"name": "runs"}, "tokenSecretName": "runs"}},
        {"prepare": {"secrets": [{"env": "DATABASE_PASSWORD", "key": "password", "secret": "runs-admin"}]}},
        {"env": [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}]},
        {"model": {"eos_token": "</s>", "pad_token": "[PAD]", "max_tokens": "4096", "tokens": "pool"}},
        {"args": ["--api-key", "$(API_KEY)", "--tokenizer", "mistral", "--token-file=/run/token"]},
        {"args": ["eks", "get-token", "--cluster-name", "prod"]},
        {"url": "postgresql://platform:$(PASSWORD)@database:5432/runs", "site": "https://a.example/b@c"},
        {"url": "postgresql://platform@database:5432/runs", "image": "registry:5000/vllm@sha256:0"},
        {"script": 'TOKEN=$(aws ecr get-login-password)\nPASSWORD="$1"\n'},
        {"imagePullSecrets": [{"name": "registry"}], "serviceAccountToken": True, "keyLength": 4096},
        {"networking": "task-qwerty-qwerty-qwerty-qwerty-qwerty-qwerty"},
    ],
)
def test_values_that_refer_to_secrets_pass(values: dict[str, Any]) -> None:
    assert judged(RELEASE, {"values": values}) == Judgement()


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("kubernetes:core/v1:Secret", {"stringData": {"password": MADE_UP}, "data": {"token": TOKENS[1]}}),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretString": json.dumps({"password": MADE_UP})}),
        ("aws:rds/cluster:Cluster", {"masterPassword": MADE_UP}),
        (PARAMETER, {"name": "/db/password", "type": "SecureString", "value": MADE_UP}),
        (PARAMETER, {"name": "/db/password", "type": "SecureString", "valueWo": TOKENS[0]}),
        (PARAMETER, {"name": "/db/secret-arn", "type": "String", "value": "arn:aws:secretsmanager:us-east-1:3:s"}),
        (PARAMETER, {"name": "/db/password-policy", "type": "String", "value": "long"}),
        (
            "aws:codebuild/project:Project",
            {"environment": {"environmentVariables": [{"name": "TOKEN", "value": "hub", "type": "SECRETS_MANAGER"}]}},
        ),
        (
            "kubernetes:external-secrets.io/v1:ExternalSecret",
            {"spec": {"data": [{"secretKey": "token", "remoteRef": {"key": "runs", "property": "password"}}]}},
        ),
        (
            "aws:iam/rolePolicy:RolePolicy",
            {"policy": json.dumps({"Condition": {"StringEquals": {"aws:TokenIssueTime": "2026"}}})},
        ),
    ],
)
def test_where_secrets_belong_they_pass(type_: str, inputs: dict[str, Any]) -> None:
    assert judged(type_, inputs) == Judgement()


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        (PARAMETER, {"name": "/db/password", "type": "String", "insecureValue": MADE_UP}, "insecureValue"),
        (PARAMETER, {"type": "SecureString", "value": MADE_UP, "description": f"PASSWORD={MADE_UP}"}, "description"),
        (RELEASE, {"values": {"controller": {"adminPassword": MADE_UP}}}, "values.controller.adminPassword"),
        (RELEASE, {"values": {"env": [{"name": "API_TOKEN", "value": MADE_UP}]}}, "values.env.0.value"),
        (RELEASE, {"values": {"args": [UNKNOWN, "--api-key", MADE_UP]}}, "values.args.2"),
        (CONFIG_MAP, {"data": {"run.sh": f"run --hf-token={MADE_UP}"}}, "data.run.sh"),
        (FUNCTION, environment({"DATABASE_URL": f"mysql://runs:{MADE_UP}@host/db", "A": UNKNOWN}), None),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"containerDefinitions": json.dumps([{"environment": [{"name": "APP_SECRET", "value": MADE_UP}]}])},
            "containerDefinitions.0.environment.0.value",
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"userData": base64.b64encode(f"export NGC_API_KEY='{MADE_UP}'".encode()).decode()},
            "userData",
        ),
    ],
)
def test_secret_is_found_and_not_shown(type_: str, inputs: dict[str, Any], path: str | None) -> None:
    found = judged(type_, inputs)

    [violation] = found.violations
    assert violation.path == (path or "environment.variables.DATABASE_URL")
    assert MADE_UP not in message(violation, Sample(type_, "it", {}).resource())


@pytest.mark.parametrize("token", TOKENS)
def test_message_names_the_kind_of_a_token_and_not_the_token(token: str) -> None:
    [violation] = judged(CONFIG_MAP, {"data": {"settings": f"a: {token}\nb: c"}}).violations

    text = message(violation, Sample(CONFIG_MAP, "it", {}).resource())
    assert token not in text
    assert "holds a" in text
    assert text.endswith("the secret's ARN)")


def test_names_that_only_sound_like_secrets_are_configuration() -> None:
    inputs = environment({"RATE_LIMIT_TOKEN": "per-team"})

    assert len(judged(FUNCTION, inputs).violations) == 1
    assert judged(FUNCTION, inputs, {"allowed_names": ["RATE_LIMIT_*"]}) == Judgement()


def test_two_tokens_of_a_kind_in_one_place_are_one_violation() -> None:
    found = judged(CONFIG_MAP, {"data": {"settings": f"{TOKENS[1]} {TOKENS[1]}"}})

    assert len(found.violations) == 1
