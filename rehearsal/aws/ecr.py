"""ECR repositories, their policies, and pull-through cache rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing, shaped_like, tag_map
from rehearsal.aws.translation import (
    Created,
    Emulated,
    Inputs,
    Recorded,
    Request,
    given,
    tag_list,
    translates,
)
from rehearsal.plan import Resource


@translates("aws:ecr/repository:Repository")
class Repository(Emulated):
    """A private repository; its id is its name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the repository."""
        request = given(
            inputs,
            repositoryName="name",
            imageScanningConfiguration="imageScanningConfiguration",
            imageTagMutability="imageTagMutability",
            imageTagMutabilityExclusionFilters="imageTagMutabilityExclusionFilters",
        )
        if inputs.get("encryptionConfigurations"):
            request["encryptionConfiguration"] = inputs["encryptionConfigurations"][0]
        seen = aws.call("ecr", "create_repository", **request, tags=tag_list(inputs))["repository"]
        outputs = {
            "arn": seen["repositoryArn"],
            "name": seen["repositoryName"],
            "region": aws.region,
            "registryId": seen["registryId"],
            "repositoryUrl": seen["repositoryUri"],
        }
        return Created(seen["repositoryName"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the repository."""
        inputs = resource.registration.inputs
        answer = existing(aws, "ecr", "describe_repositories", repositoryNames=[resource.id])
        if answer is None:
            return None
        seen = answer["repositories"][0]
        tags = aws.call("ecr", "list_tags_for_resource", resourceArn=seen["repositoryArn"])["tags"]
        encryption = [seen["encryptionConfiguration"]]
        return {
            "name": seen["repositoryName"],
            "imageScanningConfiguration": seen["imageScanningConfiguration"],
            "imageTagMutability": seen["imageTagMutability"],
            "imageTagMutabilityExclusionFilters": seen.get("imageTagMutabilityExclusionFilters"),
            "encryptionConfigurations": shaped_like(inputs.get("encryptionConfigurations"), encryption),
            "tagsAll": tag_map(tags),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the repository, with its images when `forceDelete` is set."""
        force = bool(resource.registration.inputs.get("forceDelete"))
        aws.call("ecr", "delete_repository", repositoryName=resource.id, force=force)


@translates("aws:ecr/lifecyclePolicy:LifecyclePolicy")
class LifecyclePolicy(Emulated):
    """Which images of a repository expire; its id is the repository's name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the policy."""
        name = inputs["repository"]
        aws.call("ecr", "put_lifecycle_policy", repositoryName=name, lifecyclePolicyText=inputs["policy"])
        return Created(name, {"registryId": aws.account_id, "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the policy."""
        answer = existing(aws, "ecr", "get_lifecycle_policy", repositoryName=resource.id)
        return answer and {"repository": resource.id, "policy": answer["lifecyclePolicyText"]}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the policy."""
        aws.call("ecr", "delete_lifecycle_policy", repositoryName=resource.id)


@translates("aws:ecr/repositoryPolicy:RepositoryPolicy")
class RepositoryPolicy(Emulated):
    """A repository's resource policy; its id is the repository's name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Set the policy."""
        name = inputs["repository"]
        aws.call("ecr", "set_repository_policy", repositoryName=name, policyText=inputs["policy"])
        return Created(name, {"registryId": aws.account_id, "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the policy."""
        answer = existing(aws, "ecr", "get_repository_policy", repositoryName=resource.id)
        return answer and {"repository": resource.id, "policy": answer["policyText"]}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the policy."""
        aws.call("ecr", "delete_repository_policy", repositoryName=resource.id)


@translates("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")
class PullThroughCacheRule(Recorded):
    """A prefix under which another registry's images are fetched and kept."""

    why = "moto has no ECR pull-through cache"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreatePullThroughCacheRule."""
        parameters = given(
            inputs,
            ecrRepositoryPrefix="ecrRepositoryPrefix",
            upstreamRegistryUrl="upstreamRegistryUrl",
            upstreamRepositoryPrefix="upstreamRepositoryPrefix",
            credentialArn="credentialArn",
            customRoleArn="customRoleArn",
        )
        return [Request("ecr", "create_pull_through_cache_rule", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the provider's id, the prefix."""
        return Created(inputs["ecrRepositoryPrefix"], {"registryId": aws.account_id})
