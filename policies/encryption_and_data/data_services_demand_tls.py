"""Proxies, caches, search domains and brokers take and pass on data over TLS alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource


@dataclass(frozen=True)
class Demand:
    """One property that must have one of some values; `*` and `[...]` stand for others alike."""

    path: str
    allowed: tuple[str, ...]
    by_default: str = ""
    """What AWS takes where nothing is given; empty for something that is not allowed."""


FLAG = ("true",)
TLS_POLICIES = ("Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-[23]-*")
DOMAIN = (
    Demand("domainEndpointOptions.enforceHttps", FLAG),
    Demand("domainEndpointOptions.tlsSecurityPolicy", TLS_POLICIES),
    Demand("nodeToNodeEncryption.enabled", FLAG),
)
DEMANDS = {
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Demand("transitEncryptionEnabled", FLAG),
        Demand("transitEncryptionMode", ("required",), "required"),
    ),
    "aws:elasticsearch/domain:Domain": DOMAIN,
    "aws:memorydb/cluster:Cluster": (Demand("tlsEnabled", FLAG, "true"),),
    "aws:msk/cluster:Cluster": (
        Demand("encryptionInfo.encryptionInTransit.clientBroker", ("TLS",), "TLS"),
        Demand("encryptionInfo.encryptionInTransit.inCluster", FLAG, "true"),
    ),
    "aws:opensearch/domain:Domain": DOMAIN,
    "aws:rds/proxy:Proxy": (Demand("requireTls", FLAG),),
}


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at each demand of a type."""
    yield from each(DEMANDS[resource.type], partial(_demanded, resource.properties))


def _demanded(properties: Properties, demand: Demand) -> Iterator[Violation]:
    given = _given(properties, demand)
    taken = given or demand.by_default
    if not any(fnmatchcase(taken, allowed) for allowed in demand.allowed):
        fault = f"is {given}" if given else "is absent: AWS takes plain connections"
        yield Violation(fault, f"set it to {demand.allowed[0]}", demand.path)


def _given(properties: Properties, demand: Demand) -> str | None:
    if demand.allowed == FLAG:
        flag = properties.flag(demand.path)
        return None if flag is None else str(flag).lower()
    return properties.text(demand.path)


POLICY = ResourcePolicy(
    name="data-services-demand-tls",
    description="Every database proxy, cache, search domain and broker takes and passes on data over TLS alone.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=tuple(DEMANDS),
    validate=validate,
)
