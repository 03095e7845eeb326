"""One Helm release: a pinned chart with its values, installed whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

KEPT_REVISIONS = 5
"""Revisions that a rollback can go to; helm keeps every one as a Secret."""


@dataclass(frozen=True, kw_only=True)
class HelmReleaseArgs:
    """What one release needs."""

    release: str
    """Name of the release in the cluster."""
    namespace: pulumi.Input[str]
    """Exists already: namespaces carry pod security labels, which helm would not set."""
    chart: str
    """Name in the repository, `oci://` reference, or path of a folder or .tgz."""
    repository: str | None = None
    """Chart repository, for a chart that is given by name."""
    version: str | None = None
    """Exact version; None only for a path, which is one version."""
    chart_digest: str | None = None
    """Changes with the files of a chart of ours; the provider compares values and the version alone."""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values over the chart's own; outputs of other resources may stand anywhere in them."""
    skip_crds: bool = False
    """Leave the chart's `crds/` folder out: a release of its own brings and upgrades them."""
    timeout_seconds: int = 600
    """How long its pods may take to become ready."""
    needs: Sequence[pulumi.Resource] = ()
    """What must stand first: the namespace, releases whose CRDs and webhooks it uses, its Pod Identity."""

    def __post_init__(self) -> None:
        """Refuse a chart that could be another one tomorrow."""
        is_path = self.chart.startswith(".") or self.chart.endswith(".tgz")
        if not self.version and not is_path:
            raise ValueError(f"release {self.release}: chart {self.chart} without a version")
        if self.repository is None and not is_path and not self.chart.startswith("oci://"):
            raise ValueError(f"release {self.release}: chart {self.chart} by name, without a repository")


class HelmRelease(pulumi.ComponentResource):
    """A Helm release; an update that does not become ready is rolled back."""

    resource: Release

    def __init__(self, name: str, args: HelmReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:helm_release:HelmRelease", name, None, opts)
        self.resource = Release(
            f"{name}-release",
            name=args.release,
            namespace=args.namespace,
            chart=args.chart,
            version=args.version,
            description=f"{args.chart} {args.chart_digest}" if args.chart_digest else None,
            repository_opts=RepositoryOptsArgs(repo=args.repository) if args.repository else None,
            # A null in them removes a default of the chart, as with `helm -f`.
            values=dict(args.values),
            skip_crds=args.skip_crds,
            create_namespace=False,
            atomic=True,
            cleanup_on_fail=True,
            timeout=args.timeout_seconds,
            max_history=KEPT_REVISIONS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.needs)),
        )
        self.register_outputs({})


def first_party_release(
    name: str,
    *,
    release: str,
    namespace: str,
    chart: str,
    chart_digest: str,
    values: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> Release:
    """Register a release of a chart of ours, given by its path, which the update does not wait for.

    Its pods may wait for a GPU, or for an image that goes to a repository which the same update makes, or stand at zero
    replicas: no reason for the whole update to wait, or to be rolled back. Kubernetes itself keeps the old replicas
    until a new one is ready.
    """
    return Release(
        name,
        name=release,
        namespace=namespace,
        chart=chart,
        # The provider compares values and the chart's version, never the files: a changed template would stay here.
        description=f"{chart} {chart_digest}",
        # A null in them removes a default of the chart, as with `helm -f`.
        values=dict(values),
        create_namespace=False,
        max_history=KEPT_REVISIONS,
        skip_await=True,
        opts=opts,
    )
