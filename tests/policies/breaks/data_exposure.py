"""What breaks the policies of regions, TLS and plain secrets."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.sample import PROVIDER, UNKNOWN, Sample
from tests.policies.samples.databases import KEY

OFF = [ABSENT, None, False]
ELSEWHERE = "eu-west-1"
PROVIDER_OF_NO_REGION = {**PROVIDER, "region": None}
EVERYWHERE = {"regions": ["us-east-1", ELSEWHERE]}
MADE_UP = "a9s8d7f6g5h4"
"""No secret: what an invented password looks like."""
TOKENS = [
    "AKIA" + "Q" * 16,
    "hf_" + "q" * 34,
    "sk-proj-" + "q" * 40,
    "sk-ant-api03-" + "q" * 93,
    "ghp_" + "q" * 36,
    "github_pat_" + "q" * 82,
    "glpat-" + "q" * 20,
    "xoxb-" + "1" * 24,
    "AIza" + "q" * 35,
    "npm_" + "q" * 36,
    "pypi-AgEIcHlwaS5vcmc" + "q" * 60,
    "pul-" + "a" * 40,
    "glsa_" + "q" * 32 + "_" + "a" * 8,
    "hvs." + "q" * 90,
    "sk_live_" + "q" * 24,
    "SG." + "q" * 66,
    "ey" + "q" * 20 + ".ey" + "q" * 20 + "." + "q" * 20,
    "-----BEGIN RSA PRIVATE" + " KEY-----\nabc",
    f"postgresql://platform:{MADE_UP}@database:5432/runs",
]
"""One of each format, none of them real."""


def added(name: str, type_: str, inputs: dict[str, Any]) -> With:
    """Add a resource."""
    return With(Sample(type_, name, inputs))


def environment(variables: dict[str, str]) -> Sample:
    """Return a function of AWS Lambda with an environment."""
    return Sample("aws:lambda/function:Function", "function", {"environment": {"variables": variables}})


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "resources-stay-in-allowed-regions": [
        Break("provider", "region", [ABSENT, None, "", ELSEWHERE]),
        Instead(
            "queue-batch",
            lambda sample: sample.changed(provider={**PROVIDER, "region": ELSEWHERE}),
            f"is made by a provider in {ELSEWHERE}",
        ),
        Break("queue-batch", "region", [ELSEWHERE]),
        Break("volume-notebooks", "availabilityZone", [f"{ELSEWHERE}a", "us-west-2-lax-1a", "eu-west-3-cmn-wlz-1a"]),
        Break("volume-notebooks", "outpostArn", ["arn:aws:outposts:us-gov-west-1:333344445555:outpost/op-0"]),
        Break("secret-hugging-face", "replicas", [[{"region": ELSEWHERE, "kmsKeyId": KEY}]]),
        Break("snapshot-copy", "sourceRegion", [ELSEWHERE]),
        Break(
            "endpoint-s3",
            "serviceName",
            [f"com.amazonaws.{one}{ELSEWHERE}.s3" for one in ("", "vpce.")],
        ),
        Break(
            "delivery-of-stream", "kinesisSourceConfiguration.kinesisStreamArn", [f"arn:aws:kinesis:{ELSEWHERE}:3:s"]
        ),
        With(environment({"QUEUE_URL": f"https://sqs.{ELSEWHERE}.amazonaws.com/333344445555/batch"})),
        With(environment({"ENDPOINT": f"https://bedrock-runtime.{ELSEWHERE}.api.aws"})),
        With(environment({"ARGS": f"--region {ELSEWHERE} --region={ELSEWHERE}"})),
        With(environment({"AWS_REGION": ELSEWHERE})),
        With(
            Sample(
                "kubernetes:core/v1:ConfigMap",
                "settings",
                {"metadata": {"name": "settings"}, "data": {"loki.yaml": f"s3:\n  region: {ELSEWHERE}\n"}},
            )
        ),
    ],
    "databases-demand-tls": [
        Break("database-cluster-parameters", "parameters", [ABSENT, None, []]),
        Break("database-cluster-parameters", "parameters.0.value", [None, "0"]),
        Break("database-cluster-parameters", "parameters.0.name", ["rds.log_retention_period"]),
        Break("database-mysql-parameters", "parameters.0.value", ["OFF", "0"]),
        Break("warehouse-parameters", "parameters.0.value", ["false"]),
        Break("documents-parameters", "parameters.0.value", ["disabled"]),
        Without("database-cluster-parameters"),
        Without("database-mysql-parameters"),
        Instead(
            "database-cluster",
            lambda sample: sample.changed(
                inputs={key: value for key, value in sample.inputs.items() if key != "dbClusterParameterGroupName"},
                refers={key: value for key, value in sample.refers.items() if key != "dbClusterParameterGroupName"},
            ),
            "has no parameter group",
        ),
        Instead(
            "database-cluster",
            lambda sample: sample.changed(
                inputs={**sample.inputs, "dbClusterParameterGroupName": "another"},
                refers={key: value for key, value in sample.refers.items() if key != "dbClusterParameterGroupName"},
            ),
            "names a parameter group of another stack",
        ),
    ],
    "data-services-demand-tls": [
        Break("database-proxy", "requireTls", OFF),
        Break("cache", "transitEncryptionEnabled", OFF),
        Break("cache", "transitEncryptionMode", ["preferred"]),
        Break("memory", "tlsEnabled", [False]),
        Break("broker-kafka", "encryptionInfo.encryptionInTransit.clientBroker", ["TLS_PLAINTEXT", "PLAINTEXT"]),
        Break("broker-kafka", "encryptionInfo.encryptionInTransit.inCluster", [False]),
        Break("search", "domainEndpointOptions", [ABSENT, None]),
        Break("search", "domainEndpointOptions.enforceHttps", OFF),
        Break(
            "search", "domainEndpointOptions.tlsSecurityPolicy", [ABSENT, None, "Policy-Min-TLS-1-0-2019-07", "TLS-1-2"]
        ),
        Break("search", "nodeToNodeEncryption", [ABSENT, None]),
        Break("search", "nodeToNodeEncryption.enabled", OFF),
    ],
    "no-plain-secrets": [
        Break("parameter-of-secret", "value", TOKENS),
        Break("parameter-password", "type", ["String", "StringList"]),
        Break("parameter-password", "description", [f"PASSWORD={MADE_UP}"]),
        Break(
            "template-of-volumes",
            "userData",
            [base64.b64encode(f"#!/bin/sh\nexport {name}={MADE_UP}\n".encode()).decode() for name in ("HF_TOKEN",)],
        ),
        Break("instance-notebooks", "userData", [f"#!/bin/sh\nvllm serve --api-key={MADE_UP}\n", TOKENS[0]]),
        *(
            With(environment({name: MADE_UP}))
            for name in (
                "HF_TOKEN",
                "POSTGRES_PASSWORD",
                "CLIENT_SECRET",
                "OPENAI_API_KEY",
                "SECRET_KEY",
                "adminPassword",
            )
        ),
        added("settings", "kubernetes:core/v1:ConfigMap", {"data": {"hub-token": MADE_UP}}),
        added("settings-file", "kubernetes:core/v1:ConfigMap", {"data": {"start.sh": f"HF_TOKEN='{MADE_UP}' run"}}),
        added(
            "task",
            "aws:ecs/taskDefinition:TaskDefinition",
            {
                "containerDefinitions": json.dumps(
                    [{"name": "web", "environment": [{"name": "DB_PASSWORD", "value": MADE_UP}]}]
                )
            },
        ),
        added(
            "build",
            "aws:codebuild/project:Project",
            {"environment": {"environmentVariables": [{"name": "NPM_TOKEN", "value": MADE_UP, "type": "PLAINTEXT"}]}},
        ),
        Break("*", "values.auth", [{"password": MADE_UP}, {"apiKey": TOKENS[1]}]),
        Break("*", "spec.template.spec.containers.0.env", [[{"name": "HF_TOKEN", "value": MADE_UP}]]),
        Break("*", "spec.template.spec.containers.0.args", [["--api-key", MADE_UP]]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "resources-stay-in-allowed-regions": [
        Break("queue-batch", "region", ["us-east-1", UNKNOWN]),
        *(Break("queue-batch", words, [{"origin": ELSEWHERE}]) for words in ("tags", "tagsAll", "labels")),
        Break("queue-batch", "description", [f"arn:aws:sqs:{ELSEWHERE}:333344445555:other is its pair"]),
        Break("volume-notebooks", "availabilityZone", [f"{ELSEWHERE}a"], configuration=EVERYWHERE),
        Instead(
            "queue-batch",
            lambda sample: sample.changed(
                inputs={**sample.inputs, "region": "us-east-1"}, provider={**PROVIDER, "region": ELSEWHERE}
            ),
            "has a region of its own",
        ),
        Instead(
            "queue-batch",
            lambda sample: sample.changed(provider={**PROVIDER, "region": None}),
            "is made by the default provider",
        ),
        *(
            Instead(
                name,
                lambda sample: sample.changed(provider={**PROVIDER, "region": ELSEWHERE}),
                "has no region",
            )
            for name in ("role-of-nodes", "class-gp3")
        ),
        With(environment({"IMAGE": "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/pause:3.10"})),
        With(environment({"CERTIFICATE": f"arn:aws:acm:{ELSEWHERE}:333344445555:certificate/0"})),
        With(environment({"BUCKET": f"copies-from-{ELSEWHERE}"})),
    ],
    "databases-demand-tls": [
        Break("database-cluster-parameters", "parameters.0.value", [UNKNOWN]),
        Break("database-cluster", "dbClusterParameterGroupName", [UNKNOWN]),
        Break("database-mysql-parameters", "parameters.0.value", ["1", "on", "ON"]),
        Break("documents-parameters", "parameters.0.value", ["fips-140-3", "tls1.2+", "tls1.3+"]),
        Break("database-mysql", "engine", ["mariadb", "oracle-ee"]),
        Instead("database-cluster", lambda sample: sample.changed(refers={}), "names its parameter group by its name"),
    ],
    "data-services-demand-tls": [
        Break("cache", "transitEncryptionMode", [ABSENT, None]),
        Break("memory", "tlsEnabled", [ABSENT, None, UNKNOWN]),
        Break("broker-kafka", "encryptionInfo.encryptionInTransit", [ABSENT, None]),
        Break(
            "search",
            "domainEndpointOptions.tlsSecurityPolicy",
            ["Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-3-2028-01"],
        ),
    ],
    "no-plain-secrets": [
        Break("parameter-password", "valueWo", [MADE_UP]),
        With(environment({"DATABASE_PASSWORD": "arn:aws:secretsmanager:us-east-1:333344445555:secret:runs-a1b2c3"})),
        With(environment({"RATE_TOKEN": "per-team"}), configuration={"allowed_names": ["RATE_*"]}),
        With(Sample("kubernetes:core/v1:Secret", "secret-of-tests", {"stringData": {"password": MADE_UP}})),
        added("version", "aws:secretsmanager/secretVersion:SecretVersion", {"secretString": TOKENS[0]}),
    ],
}
"""What must pass."""
