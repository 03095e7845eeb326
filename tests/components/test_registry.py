"""The exact children of the registry: repositories, their lifecycle, and pull-through caches.

Does not prove that an upstream registry answers, nor that its credentials are right.
"""

from __future__ import annotations

import json

import pytest

from components.registry import PullThrough, Registry, RegistryArgs
from tests.components.recorder import Recording, record

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ecr-pullthroughcache/docker-hub-AbCdEf"


def recorded(*pull_through: PullThrough, retained: bool = False, preview: bool = False) -> Recording:
    def build() -> None:
        Registry(
            "registry",
            RegistryArgs(
                prefix="llm-platform-dev",
                repositories=["vllm", "jobs/train"],
                storage_key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
                untagged_expiry_days=7,
                kept_images=20,
                pull_through=pull_through,
                retained=retained,
                force_delete=not retained,
            ),
        )

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_a_registry_is_exactly_these_resources(preview: bool) -> None:
    caches = (
        PullThrough("quay", "quay.io"),
        PullThrough("docker-hub", "registry-1.docker.io", SECRET),
    )
    assert recorded(*caches, preview=preview).children() == {
        ("llm-platform:registry:Registry", "registry"),
        ("aws:ecr/repository:Repository", "registry-vllm"),
        ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "registry-vllm"),
        ("aws:ecr/repository:Repository", "registry-jobs-train"),
        ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "registry-jobs-train"),
        ("aws:ecr/pullThroughCacheRule:PullThroughCacheRule", "registry-cache-quay"),
        ("aws:ecr/pullThroughCacheRule:PullThroughCacheRule", "registry-cache-docker-hub"),
    }


def test_tags_are_immutable_and_images_scanned_and_encrypted_with_our_key() -> None:
    assert recorded().one("registry-jobs-train", "aws:ecr/repository:Repository").inputs == {
        "name": "llm-platform-dev/jobs/train",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [
            {"encryptionType": "KMS", "kmsKey": "arn:aws:kms:us-east-1:111122223333:key/storage"}
        ],
        "forceDelete": True,
    }


def test_the_rule_for_any_tag_comes_last_as_ecr_demands() -> None:
    policy = recorded().one("registry-vllm", "aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"]
    rules = json.loads(policy)["rules"]
    assert [(rule["rulePriority"], rule["selection"]) for rule in rules] == [
        (
            1,
            {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
        ),
        (2, {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 20}),
    ]


def test_a_cache_names_its_upstream_and_credentials() -> None:
    recording = recorded(PullThrough("docker-hub", "registry-1.docker.io", SECRET))
    assert recording.one("registry-cache-docker-hub").inputs == {
        "ecrRepositoryPrefix": "docker-hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "credentialArn": SECRET,
    }


@pytest.mark.parametrize("upstream", ["registry-1.docker.io", "ghcr.io", "ours.azurecr.io"])
def test_an_upstream_that_wants_credentials_is_refused_without(upstream: str) -> None:
    with pytest.raises(ValueError, match=f"pull-through cache some: {upstream} needs credentials"):
        recorded(PullThrough("some", upstream))


@pytest.mark.parametrize("retained", [True, False])
def test_repositories_are_protected_and_retained_where_asked(retained: bool) -> None:
    repositories = recorded(retained=retained).of_type("aws:ecr/repository:Repository")
    assert {(r.protect, r.retain_on_delete) for r in repositories} == {(retained, retained)}
