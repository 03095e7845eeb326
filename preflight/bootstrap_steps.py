"""The steps of a bootstrap for one environment, and what they found as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from components.naming import bucket_name, platform_name
from preflight.change import Change, Step
from preflight.ci_permissions import BOUNDARY, carried_policies, policy
from preflight.ci_role import CiRole
from preflight.ci_sign_in import GitHubProvider
from preflight.managed_policy import ManagedPolicy
from preflight.secrets_key import SecretsKey
from preflight.state_bucket import StateBucket
from stacks.settings import Settings


@dataclass(frozen=True)
class Bootstrap:
    """The steps for one environment, in the order in which they need each other."""

    bucket: StateBucket
    key: SecretsKey
    role: CiRole | None
    steps: tuple[Step, ...]

    @classmethod
    def of(
        cls, settings: Settings, session: boto3.Session, repository: str | None, subject: str | None = None
    ) -> Bootstrap:
        """Return the steps for a stack; without a repository there is no role for its CI."""
        environment, account_id = settings.ownership.environment, settings.aws.account_id
        platform = platform_name(environment)
        # Not the environment's own tag: the CI role may change and delete what carries that.
        tags = {
            "llm-platform:bootstrap": environment,
            "llm-platform:team": settings.ownership.team,
            "llm-platform:cost-centre": settings.ownership.cost_centre,
        }
        key = SecretsKey(session, f"alias/{platform}/pulumi", tags)
        bucket = StateBucket(
            session,
            bucket_name(platform, "state", account_id, settings.aws.region),
            account_id=account_id,
            tags=tags,
            key_arn=key.arn,
            key_alias=key.alias,
        )
        steps: tuple[Step, ...] = (key, bucket)
        if repository is None:
            return cls(bucket, key, None, steps)

        def places() -> Mapping[str, str]:
            return {
                "account": account_id,
                "region": settings.aws.region,
                "environment": environment,
                "platform": platform,
                "state_bucket": bucket.name,
                "key": key.arn() or f"arn:aws:kms:{settings.aws.region}:{account_id}:key/not-made-yet",
            }

        provider = GitHubProvider(session, account_id)

        def policy_of(name: str, purpose: str) -> ManagedPolicy:
            return ManagedPolicy(session, f"{platform}-ci-{name}", account_id, purpose, lambda: policy(name, places()))

        boundary = policy_of(BOUNDARY, "the boundary of the CI role")
        carried = [policy_of(name, "what the CI role may do") for name in carried_policies()]
        role = CiRole(
            session,
            f"{platform}-ci",
            subject=subject or f"repo:{repository}:environment:{environment}",
            provider_arn=provider.arn,
            boundary=boundary,
            policies=carried,
            tags=tags,
        )
        return cls(bucket, key, role, (*steps, provider, boundary, *carried, role))

    def changes(self, take: Callable[[Step], list[Change]]) -> list[Change]:
        """Return what `planned` or `applied` gives for every step."""
        return [change for step in self.steps for change in take(step)]

    def next_lines(self, stack: str) -> tuple[str, ...]:
        """Return the commands that use what was made."""
        region = self.bucket.region
        return (
            f"pulumi login 's3://{self.bucket.name}?region={region}'",
            f"pulumi stack init {stack} --secrets-provider='awskms://{self.key.alias}?region={region}'",
        )


def document(
    settings: Settings, work: Bootstrap, changes: list[Change], left: list[Change], *, apply: bool
) -> dict[str, Any]:
    """Return what was found as plain data."""

    def plain(change: Change) -> dict[str, str]:
        return {
            "resource": change.resource,
            "what": change.what,
            "seen": change.seen,
            "wanted": change.wanted,
        }

    return {
        "environment": settings.ownership.environment,
        "account_id": settings.aws.account_id,
        "region": settings.aws.region,
        "applied": apply,
        "resources": [step.resource for step in work.steps],
        "changes": [plain(change) for change in changes],
        "left": [plain(change) for change in left],
        "next": list(work.next_lines(settings.ownership.environment)),
    }
