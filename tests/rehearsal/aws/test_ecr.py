"""ECR in the emulated account. Does not prove that an image can be pushed or pulled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create, delete
from tests.rehearsal.aws.round_trip import TAGS, record, round_trip

REPOSITORY = "aws:ecr/repository:Repository"
INPUTS = {
    "name": "llm-platform/gateway",
    "imageScanningConfiguration": {"scanOnPush": True},
    "imageTagMutability": "IMMUTABLE",
    "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "arn:aws:kms:us-east-1:111122223333:key/1"}],
    "tagsAll": TAGS,
}


def test_a_repository_goes_round(account: Account) -> None:
    repository = round_trip(account, REPOSITORY, INPUTS)
    url = "111122223333.dkr.ecr.us-east-1.amazonaws.com/llm-platform/gateway"
    assert repository.outputs["repositoryUrl"] == url
    assert repository.outputs["registryId"] == "111122223333"


def test_a_repository_is_not_created_twice(account: Account) -> None:
    first = create(account, REPOSITORY, "gateway", **INPUTS)
    with pytest.raises(CloudError, match="RepositoryAlreadyExists"):
        create(account, REPOSITORY, "gateway", **INPUTS)
    delete(account, first)


def expiring(count_type: str) -> str:
    selection = {
        "tagStatus": "untagged",
        "countType": count_type,
        "countUnit": "days",
        "countNumber": 14,
    }
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    return json.dumps({"rules": [rule]})


def pulled_by(account_id: str) -> str:
    statement = {
        "Sid": "pull",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": ["ecr:BatchGetImage"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("type_", "policy"),
    [
        ("aws:ecr/lifecyclePolicy:LifecyclePolicy", expiring("sinceImagePushed")),
        ("aws:ecr/repositoryPolicy:RepositoryPolicy", pulled_by("222233334444")),
    ],
)
def test_a_policy_goes_round(account: Account, type_: str, policy: str) -> None:
    repository = create(account, REPOSITORY, "gateway", **INPUTS)
    assert round_trip(account, type_, {"repository": repository.id, "policy": policy}).id == repository.id
    delete(account, repository)


def test_a_bad_lifecycle_policy_is_refused(account: Account) -> None:
    repository = create(account, REPOSITORY, "gateway", **INPUTS)
    with pytest.raises(CloudError, match="Invalid"):
        create(
            account,
            "aws:ecr/lifecyclePolicy:LifecyclePolicy",
            "bad",
            repository=repository.id,
            policy=expiring("sinceMonday"),
        )
    delete(account, repository)


RULE: dict[str, Any] = {
    "ecrRepositoryPrefix": "quay",
    "upstreamRegistryUrl": "quay.io",
    "credentialArn": None,
}


def test_a_pull_through_cache_rule_is_recorded(account: Account) -> None:
    created = record(account, "aws:ecr/pullThroughCacheRule:PullThroughCacheRule", RULE)
    assert (created.id, created.outputs["registryId"]) == ("quay", "111122223333")


def test_a_bad_pull_through_cache_rule_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="ecrRepositoryPrefix"):
        record(
            account,
            "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
            RULE | {"ecrRepositoryPrefix": "QUAY!"},
        )
