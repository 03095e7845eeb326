"""The container registry: the platform's own repositories, and a cache of the public ones it pulls from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

UPSTREAMS_WITH_CREDENTIALS = ("registry-1.docker.io", "ghcr.io", "registry.gitlab.com", "cgr.dev")
"""Upstream registries that ECR caches only with credentials (and every `*.azurecr.io`).

https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html
"""


@dataclass(frozen=True)
class PullThrough:
    """A public registry whose images are cached in ECR under a prefix."""

    prefix: str
    upstream: str
    """Host of the registry, such as `public.ecr.aws`."""
    credential_secret_arn: str | None = None
    """Secrets Manager secret with the account for it; its name starts with `ecr-pullthroughcache/`."""


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """What `Registry` needs."""

    prefix: str
    """Start of the repositories' names, such as `llm-platform-dev`."""
    repositories: Sequence[str]
    storage_key_arn: pulumi.Input[str]
    untagged_expiry_days: int
    kept_images: int
    """How many images of a repository are kept, newest first."""
    pull_through: Sequence[PullThrough]
    retained: bool
    force_delete: bool
    """Delete repositories with their images; for dev."""


class Registry(pulumi.ComponentResource):
    """ECR repositories: immutable tags, scan on push, our key, lifecycle rules; and pull-through caches."""

    repository_urls: Mapping[str, pulumi.Output[str]]
    """URL by repository, as the stack file names it."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:registry:Registry", name, None, opts)
        for cache in args.pull_through:
            if _needs_credentials(cache.upstream) and cache.credential_secret_arn is None:
                raise ValueError(f"pull-through cache {cache.prefix}: {cache.upstream} needs credentials")

        urls: dict[str, pulumi.Output[str]] = {}
        for repository_name in args.repositories:
            child_name = f"{name}-{repository_name.replace('/', '-')}"
            repository = ecr.Repository(
                child_name,
                name=f"{args.prefix}/{repository_name}",
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.storage_key_arn}],
                force_delete=args.force_delete,
                opts=pulumi.ResourceOptions(parent=self, protect=args.retained, retain_on_delete=args.retained),
            )
            ecr.LifecyclePolicy(
                child_name,
                repository=repository.name,
                policy=_lifecycle(args.untagged_expiry_days, args.kept_images),
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.retained),
            )
            urls[repository_name] = repository.repository_url
        for cache in args.pull_through:
            ecr.PullThroughCacheRule(
                f"{name}-cache-{cache.prefix}",
                ecr_repository_prefix=cache.prefix,
                upstream_registry_url=cache.upstream,
                credential_arn=cache.credential_secret_arn,
                opts=pulumi.ResourceOptions(parent=self),
            )

        self.repository_urls = urls
        self.register_outputs({"repository_urls": urls})


def _needs_credentials(upstream: str) -> bool:
    return upstream in UPSTREAMS_WITH_CREDENTIALS or upstream.endswith(".azurecr.io")


def _lifecycle(untagged_expiry_days: int, kept_images: int) -> str:
    """Return the lifecycle policy; a rule for any tag status must come last.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 1,
                    "description": f"Untagged images go after {untagged_expiry_days} days",
                    "selection": {
                        "tagStatus": "untagged",
                        "countType": "sinceImagePushed",
                        "countUnit": "days",
                        "countNumber": untagged_expiry_days,
                    },
                    "action": {"type": "expire"},
                },
                {
                    "rulePriority": 2,
                    "description": f"The newest {kept_images} images stay",
                    "selection": {
                        "tagStatus": "any",
                        "countType": "imageCountMoreThan",
                        "countNumber": kept_images,
                    },
                    "action": {"type": "expire"},
                },
            ]
        },
        sort_keys=True,
    )
