"""KMS keys, one per data domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import kms

from components.key_policies import DOMAINS, key_policy


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """What `Keys` needs."""

    account_id: str
    region: str
    deletion_window_days: int
    """How long a key that is being deleted can still be saved: 7 to 30 days."""
    retained: bool
    """Protect the keys, and leave them standing when the stack goes: without its key, data is lost."""


class Keys(pulumi.ComponentResource):
    """A rotating KMS key and its alias `alias/<name>/<domain>` for each of the domains."""

    arns: Mapping[str, pulumi.Output[str]]
    """Key ARN by domain."""
    cluster_key_arn: pulumi.Output[str]
    volumes_key_arn: pulumi.Output[str]
    storage_key_arn: pulumi.Output[str]
    database_key_arn: pulumi.Output[str]
    logs_key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:keys:Keys", name, None, opts)

        arns: dict[str, pulumi.Output[str]] = {}
        for domain in DOMAINS:
            key = kms.Key(
                f"{name}-{domain}",
                description=f"{name}: {domain}",
                enable_key_rotation=True,
                deletion_window_in_days=args.deletion_window_days,
                policy=key_policy(domain, args.account_id, args.region),
                opts=pulumi.ResourceOptions(parent=self, protect=args.retained, retain_on_delete=args.retained),
            )
            kms.Alias(
                f"{name}-{domain}",
                name=f"alias/{name}/{domain}",
                target_key_id=key.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            arns[domain] = key.arn

        self.arns = arns
        self.cluster_key_arn = arns["cluster"]
        self.volumes_key_arn = arns["volumes"]
        self.storage_key_arn = arns["storage"]
        self.database_key_arn = arns["database"]
        self.logs_key_arn = arns["logs"]
        self.register_outputs({"arns": arns})
