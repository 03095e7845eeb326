"""Kubernetes Secrets whose values are in AWS Secrets Manager, and neither in the program nor in its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

API_VERSION = "external-secrets.io/v1"
REFRESHED = "1h"
"""How soon a password that was changed in AWS reaches the cluster."""


@dataclass(frozen=True, kw_only=True)
class SecretStoreArgs:
    """What the store of an environment's secrets needs."""

    region: str
    namespaces: Sequence[str]
    """Where ExternalSecrets may use it: whoever could make one elsewhere could read every secret of the environment."""
    after: Sequence[pulumi.Resource]
    """The release of External Secrets, whose service account may read the environment's secrets and no others."""


class SecretStore(pulumi.ComponentResource):
    """The store that the releases' ExternalSecrets read: Secrets Manager, with the controller's own role."""

    store_name: str

    def __init__(self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:external_secrets:SecretStore", name, None, opts)
        self.store_name = name
        CustomResource(
            f"{name}-store",
            api_version=API_VERSION,
            kind="ClusterSecretStore",
            metadata=ObjectMetaArgs(name=name),
            # No `auth`: the controller signs with its Pod Identity.
            spec={
                "provider": {"aws": {"service": "SecretsManager", "region": args.region}},
                "conditions": [{"namespaces": sorted(set(args.namespaces))}],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class ExternalSecretArgs:
    """What one Secret needs."""

    secret: str
    """Name of the Secret."""
    namespace: pulumi.Input[str]
    keys: Sequence[str]
    store: SecretStore
    source: pulumi.Input[str]
    """Name of the secret in AWS: a JSON object that has all of the keys."""
    optional: bool
    """Go on without it; otherwise the update ends here, with the store's own reason, when AWS does not have it."""
    after: Sequence[pulumi.Resource] = ()
    """What must stand first: a namespace that is given by name, the secret where the program makes it."""


class ExternalSecret(pulumi.ComponentResource):
    """A Secret that External Secrets keeps equal to its source in AWS."""

    def __init__(self, name: str, args: ExternalSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:external_secrets:ExternalSecret", name, None, opts)
        CustomResource(
            f"{name}-secret",
            api_version=API_VERSION,
            kind="ExternalSecret",
            metadata=ObjectMetaArgs(
                name=args.secret,
                namespace=args.namespace,
                annotations=None if args.optional else {"pulumi.com/waitFor": "condition=Ready"},
            ),
            spec={
                "refreshInterval": REFRESHED,
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": args.store.store_name},
                "target": {"name": args.secret, "creationPolicy": "Owner"},
                "data": [{"secretKey": key, "remoteRef": {"key": args.source, "property": key}} for key in args.keys],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.store, *args.after]),
        )
        self.register_outputs({})
