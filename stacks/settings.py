"""The stack's settings: read once from Pulumi's configuration, checked as a whole, frozen from then on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Self, cast

import pulumi
from pulumi.runtime import config
from pydantic import ValidationError, ValidationInfo, model_validator

from stacks.sections import (
    embedding_rules,
    environment_rules,
    hybrid_node_rules,
    model_engine_rules,
    model_quota_rules,
    model_rules,
    model_value_rules,
    node_group_rules,
    node_pool_rules,
    objective_rules,
    observability_rules,
    quality_rules,
    vector_database_posture,
    vector_database_rules,
    vector_database_sizes,
)
from stacks.sections.account import RULES as ACCOUNT_RULES
from stacks.sections.account import AwsSettings, OwnershipSettings
from stacks.sections.burst_endpoint import RULES as BURST_ENDPOINT_RULES
from stacks.sections.burst_endpoint import BurstEndpointSettings
from stacks.sections.charts import RULES as CHART_RULES
from stacks.sections.charts import ChartsSettings
from stacks.sections.cluster import RULES as CLUSTER_RULES
from stacks.sections.cluster import ClusterSettings
from stacks.sections.dedicated_hosts import RULES as DEDICATED_HOST_RULES
from stacks.sections.dedicated_hosts import DedicatedHostSettings
from stacks.sections.embeddings import EmbeddingIndexSettings
from stacks.sections.gpu_hosts import RULES as GPU_HOST_RULES
from stacks.sections.gpu_hosts import GpuHostsSettings
from stacks.sections.hybrid_nodes import HybridNodesSettings
from stacks.sections.models import ModelSettings
from stacks.sections.namespaces import RULES as NAMESPACE_RULES
from stacks.sections.namespaces import NamespaceSettings
from stacks.sections.network import NetworkSettings
from stacks.sections.network_rules import RULES as NETWORK_RULES
from stacks.sections.node_groups import NodeGroupsSettings
from stacks.sections.node_pools import NodePoolSettings
from stacks.sections.observability import ObservabilitySettings
from stacks.sections.policies import PoliciesSettings
from stacks.sections.quality import QualityWatchSettings
from stacks.sections.section import Broken, Rule, Section, Unread, attempt, read_partially
from stacks.sections.storage import RULES as STORAGE_RULES
from stacks.sections.storage import StorageSettings
from stacks.sections.vector_database import VectorDatabaseSettings
from stacks.settings_faults import Reporter, SettingsError, SettingsFault

__all__ = ["Settings", "SettingsError", "SettingsFault", "load_settings", "parse_settings", "settings_of"]

NAMESPACE = "llm-platform"


class Settings(Section):
    """Everything a stack file says; what it says holds together, or there is no such object."""

    aws: AwsSettings
    """Which account and region the environment lives in"""

    ownership: OwnershipSettings
    """Whose platform it is and what data it holds"""

    network: NetworkSettings
    """The VPC, or the existing network that takes its place"""

    cluster: ClusterSettings
    """The EKS control plane and who may use it"""

    node_groups: NodeGroupsSettings
    """The system, training, inference and spot pools"""

    dedicated_hosts: tuple[DedicatedHostSettings, ...] = ()
    """Physical servers of our own, with GPU instances on them"""

    hybrid_nodes: HybridNodesSettings | None = None
    """DGX systems on one's own premises that join the cluster; none when left out"""

    gpu_hosts: GpuHostsSettings | None = None
    """What Ansible makes of dedicated hosts and DGX systems; needed where there are any"""

    storage: StorageSettings
    """Buckets, repositories and scratch"""

    burst_endpoint: BurstEndpointSettings | None = None
    """A SageMaker endpoint for bursty work; none when left out"""

    charts: ChartsSettings = ChartsSettings()
    """The platform's own workloads: Helm releases that are on"""

    namespaces: tuple[NamespaceSettings, ...] = ()
    """Where teams work, and how much of the cluster each may take"""

    node_pools: tuple[NodePoolSettings, ...] = ()
    """Machines that Karpenter buys when pods wait"""

    models: tuple[ModelSettings, ...] = ()
    """What is served, with which engine, where and how often"""

    vector_database: VectorDatabaseSettings | None = None
    """Where the vectors of documents are kept; none when left out"""

    embeddings: tuple[EmbeddingIndexSettings, ...] = ()
    """Indexes of documents in the vector database, each with a job that fills it"""

    quality: tuple[QualityWatchSettings, ...] = ()
    """Served models whose answers are watched: against labels, and for drift"""

    observability: ObservabilitySettings = ObservabilitySettings()
    """What AWS watches and keeps of the platform: alerts, metrics, dashboards, budgets, the audit trail"""

    policies: PoliciesSettings = PoliciesSettings()
    """How strictly the policy pack judges this environment, and what it spares"""

    @model_validator(mode="after")
    def _holds_together(self, info: ValidationInfo) -> Self:
        """Apply the rules between values; they are asked again, one by one, where something did not parse."""
        if faults := list(broken_rules(self)):
            context: dict[str, Any] = info.context or {}
            reporter = context.get("reporter") or Reporter(Settings, "settings", {}, ())
            raise SettingsError(reporter.rule_fault(broken) for broken in faults)
        return self


RULES_OF_LISTS: Mapping[str, tuple[Rule, ...]] = {
    "dedicated_hosts": DEDICATED_HOST_RULES,
    "node_pools": node_pool_rules.RULES,
    "models": (*model_rules.RULES, *model_engine_rules.RULES, *model_value_rules.RULES, *objective_rules.RULES),
    "embeddings": embedding_rules.RULES,
    "quality": quality_rules.RULES,
}
"""Rules of each entry, by the section whose entries they are of."""


def broken_rules(settings: Settings) -> Iterator[Broken]:
    """Every rule between values that does not hold, as far as the values could be read."""
    for rule in (
        *ACCOUNT_RULES,
        *NETWORK_RULES,
        *CLUSTER_RULES,
        *STORAGE_RULES,
        *BURST_ENDPOINT_RULES,
        *CHART_RULES,
        *NAMESPACE_RULES,
        *hybrid_node_rules.RULES,
        *GPU_HOST_RULES,
        *model_quota_rules.RULES,
        *environment_rules.RULES,
        *vector_database_rules.RULES,
        *vector_database_sizes.RULES,
        *vector_database_posture.RULES,
        *observability_rules.RULES,
    ):
        yield from attempt(rule, settings)
    for path, group in node_group_rules.groups(settings):
        for rule in node_group_rules.RULES:
            yield from attempt(rule, settings, path, group)
    for section, rules in RULES_OF_LISTS.items():
        entries: tuple[Section, ...] = ()
        with suppress(Unread):
            entries = getattr(settings, section)
        for index, entry in enumerate(entries):
            for rule in rules:
                yield from attempt(rule, settings, index, entry)


def parse_settings(
    sections: Mapping[str, object], file: str, *, stack: str | None = None, secret: Iterable[str] = ()
) -> Settings:
    """The settings that `sections` describe, or a `SettingsError` with everything that is wrong in them.

    `stack` is the stack's name where there is one; values of the sections in `secret` are never shown.
    """
    reporter = Reporter(Settings, file, sections, secret)
    faults: list[SettingsFault] = []
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(dict(sections), context={"reporter": reporter})
        partial = settings
    except SettingsError as error:
        faults = error.faults
        partial = read_partially(Settings, sections)
    except ValidationError as error:
        partial = read_partially(Settings, sections)
        faults = list(reporter.parse_faults(error.errors(include_url=False)))
        faults += [reporter.rule_fault(broken) for broken in broken_rules(partial)]
    if stack is not None:
        faults += [reporter.rule_fault(broken) for broken in attempt(_environment_of_stack, partial, stack)]
    if faults or settings is None:
        order = {name: index for index, name in enumerate(Settings.model_fields)}
        raise SettingsError(sorted(faults, key=lambda fault: order.get(_section(fault.key), len(order))))
    return settings


def load_settings() -> Settings:
    """The settings of the running program, from every key of the namespace in Pulumi's configuration."""
    prefix = f"{NAMESPACE}:"
    keys = {key for key in (*config.get_config_env(), *config.CONFIG.get()) if key.startswith(prefix)}
    keys |= {prefix + name for name in Settings.model_fields if config.get_config(prefix + name) is not None}
    secret = {key for key in keys if config.is_config_secret(key) or key in config.get_config_secret_keys_env()}
    values = {key: config.get_config(key) for key in keys}
    return settings_of(values, pulumi.get_stack(), secret)


def settings_of(values: Mapping[str, str | None], stack: str, secret: Iterable[str]) -> Settings:
    """The settings in a stack's configuration: full keys, objects as JSON text; `secret` names the secret keys."""
    prefix = f"{NAMESPACE}:"
    return parse_settings(
        {key.removeprefix(prefix): _from_json(values[key]) for key in sorted(values) if key.startswith(prefix)},
        f"stacks/Pulumi.{stack}.yaml",
        stack=stack,
        secret={key.removeprefix(prefix) for key in secret},
    )


def _environment_of_stack(settings: Settings, stack: str) -> Iterator[Broken]:
    """One stack per environment: two stacks with one environment would fight over its names."""
    environment = settings.ownership.environment
    if environment != stack:
        yield Broken(("ownership", "environment"), environment, f"allowed: the stack's name, '{stack}'")


def _section(key: str) -> str:
    return key.partition(".")[0].partition("[")[0]


def _from_json(value: object) -> object:
    """Pulumi hands a section over as JSON text; what is not JSON stays text, and is refused as such."""
    if not isinstance(value, str):
        return value
    try:
        return cast("object", json.loads(value))
    except ValueError:
        return value
