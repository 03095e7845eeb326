"""The AWS provider of an environment: one account, one region, every tag in one place."""

from __future__ import annotations

import pulumi_aws as aws

from stacks.settings import Settings


def default_tags(settings: Settings) -> dict[str, str]:
    """Return the tags that every resource of the environment carries."""
    ownership = settings.ownership
    return {
        "llm-platform:environment": ownership.environment,
        "llm-platform:team": ownership.team,
        "llm-platform:cost-centre": ownership.cost_centre,
        "llm-platform:data-classification": ownership.data_classification,
        "llm-platform:managed-by": "pulumi",
        **ownership.tags,
    }


def aws_provider(settings: Settings) -> aws.Provider:
    """Return the provider; it refuses to work in any account but the stack's own."""
    return aws.Provider(
        "aws",
        region=settings.aws.region,
        allowed_account_ids=[settings.aws.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=default_tags(settings)),
    )
