"""Wires the watches of one environment: each entry of the stack file's `quality` becomes one release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from catalogue.chart_digest import CHARTS_FOLDER, chart_digest
from components.bucket_prefix_policy import Access, BucketPrefixes
from components.quality_watch import QualityWatch, QualityWatchArgs
from components.storage import Storage
from stacks.foundation import Foundation
from stacks.image_reference import image_parts
from stacks.quality_settings import watch_settings
from stacks.sections.quality import QualityWatchSettings
from stacks.workload_ground import POD_MONITORS_RELEASE

CHART = "../charts/quality"
"""Relative to stacks/, the program's working directory: a path that does not depend on the machine."""


@dataclass(frozen=True, kw_only=True)
class QualityGround:
    """What the watches stand on."""

    foundation: Foundation
    cluster_name: pulumi.Input[str]
    kubernetes: pulumi.ProviderResource
    storage: Storage
    namespaces: Mapping[str, pulumi.Resource]
    """By name, with their quotas and network policies."""
    releases: Mapping[str, pulumi.Resource]
    """Releases that are on, by name."""
    after: Sequence[pulumi.Resource] = ()
    """What every watch needs: priority classes, nodes."""


def build_quality(ground: QualityGround) -> Mapping[str, QualityWatch]:
    """Register every watch; return them by name."""
    aws = ground.foundation.opts.provider
    providers = {"kubernetes": ground.kubernetes} | ({"aws": aws} if aws is not None else {})
    return {
        watch.name: QualityWatch(watch.release, _watch_args(ground, watch), pulumi.ResourceOptions(providers=providers))
        for watch in ground.foundation.settings.quality
    }


def _watch_args(ground: QualityGround, watch: QualityWatchSettings) -> QualityWatchArgs:
    settings = ground.foundation.settings
    monitors = POD_MONITORS_RELEASE in settings.charts.releases
    return QualityWatchArgs(
        release=watch.release,
        team=_team(ground, watch),
        namespace=watch.namespace,
        chart=CHART,
        chart_digest=chart_digest(CHARTS_FOLDER / "quality"),
        values=_values(ground, watch),
        cluster_name=ground.cluster_name,
        account_id=settings.aws.account_id,
        buckets=_buckets(ground, watch),
        after=[
            ground.namespaces[watch.namespace],
            *([ground.releases[POD_MONITORS_RELEASE]] if monitors else []),
            *ground.after,
        ],
    )


def _team(ground: QualityGround, watch: QualityWatchSettings) -> str:
    return next(each.team for each in ground.foundation.settings.namespaces if each.name == watch.namespace)


def _buckets(ground: QualityGround, watch: QualityWatchSettings) -> dict[str, BucketPrefixes]:
    def part(prefixes: Sequence[str], access: Access) -> BucketPrefixes:
        return BucketPrefixes(
            bucket_arn=ground.storage.bucket_arns["datasets"],
            prefixes=prefixes,
            key_arn=ground.foundation.keys.storage_key_arn,
            region=ground.foundation.settings.aws.region,
            access=access,
        )

    read = [watch.predictions.prefix]
    read += [watch.feedback.prefix] if watch.feedback is not None else []
    read += [watch.reference.prefix] if watch.reference.prefix is not None else []
    return {"data": part(read, "read"), "results": part([watch.results], "write")}


def _values(ground: QualityGround, watch: QualityWatchSettings) -> dict[str, Any]:
    repository, tag, digest = image_parts(watch.image)
    return {
        "team": _team(ground, watch),
        "image": {"repository": repository, "tag": tag, "digest": digest},
        "settings": watch_settings(watch, ground.storage.bucket_names["datasets"]),
        "resources": {"cpu": "1", "memory": f"{watch.memory_gib}Gi"},
        "podMonitor": {"enabled": POD_MONITORS_RELEASE in ground.foundation.settings.charts.releases},
    }
