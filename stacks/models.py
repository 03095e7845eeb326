"""Wires the models of one environment: each entry of the stack file's `models` becomes one release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from catalogue.chart_digest import chart_digest
from catalogue.model_server_chart import CHART_FOLDER, effective_values
from components.bucket_prefix_policy import BucketPrefixes
from components.model_server import ModelServer, ModelServerArgs
from stacks.foundation import Foundation
from stacks.model_values import model_values, needed_releases
from stacks.sections.models import ModelSettings

CHART = "../charts/model-server"
"""Relative to stacks/, the program's working directory: a path that does not depend on the machine."""


@dataclass(frozen=True, kw_only=True)
class ModelGround:
    """What the models stand on."""

    foundation: Foundation
    cluster_name: pulumi.Input[str]
    kubernetes: pulumi.ProviderResource
    model_bucket_arn: pulumi.Input[str]
    namespaces: Mapping[str, pulumi.Resource]
    """By name, with their quotas and network policies."""
    releases: Mapping[str, pulumi.Resource]
    """Releases that are on, by name."""
    after: Sequence[pulumi.Resource] = ()
    """What every model needs: priority classes, storage classes."""


def build_models(ground: ModelGround) -> Mapping[str, ModelServer]:
    """Register every model; return them by name."""
    aws = ground.foundation.opts.provider
    providers = {"kubernetes": ground.kubernetes} | ({"aws": aws} if aws is not None else {})
    return {
        model.name: ModelServer(
            f"model-{model.name}", _model_server_args(ground, model), pulumi.ResourceOptions(providers=providers)
        )
        for model in ground.foundation.settings.models
    }


def _model_server_args(ground: ModelGround, model: ModelSettings) -> ModelServerArgs:
    settings = ground.foundation.settings
    values = model_values(settings, model)
    effective = effective_values(values)
    prefixes = weight_prefixes(effective)
    return ModelServerArgs(
        model=model.name,
        engine=model.engine,
        team=values["team"],
        namespace=model.namespace,
        chart=CHART,
        chart_digest=chart_digest(CHART_FOLDER),
        values=values,
        cluster_name=ground.cluster_name,
        account_id=settings.aws.account_id,
        weights=BucketPrefixes(
            bucket_arn=ground.model_bucket_arn,
            prefixes=prefixes,
            key_arn=ground.foundation.keys.storage_key_arn,
            region=settings.aws.region,
            access="read",
        )
        if prefixes
        else None,
        after=[
            ground.namespaces[model.namespace],
            *(ground.releases[name] for name in needed_releases(effective)),
            *ground.after,
        ],
    )


def weight_prefixes(values: Mapping[str, Any]) -> list[str]:
    """Prefixes of the models bucket that a release's values name: of the weights and of its adapters."""
    source = values["model"]["source"].get("s3")
    uris = [source["uri"]] if source else []
    uris += [adapter["uri"] for adapter in values["model"].get("adapters", ())]
    return sorted({uri.split("/", 3)[3] for uri in uris if uri.startswith("s3://")})
