"""What must stand in the environment before a library of the workloads is imported; and a bucket, in moto."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Final

import boto3
import pytest
from moto import mock_aws

QUIET: Final = {
    "OMP_NUM_THREADS": "1",  # two OpenMP threads spin against each other when anything else runs on two cores
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}

os.environ.update(QUIET)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="manifests")
        yield "s3://manifests/team/"
