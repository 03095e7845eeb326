"""Namespaces are closed by default: what may reach their pods is said, one network policy at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from policies.configuration import texts
from policies.mappings import elements
from policies.pod_security import any_matches
from policies.pods import name_of, namespace_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
PEERS: Final = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
WORLD: Final = ("0.0.0.0/0", "::/0")


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look for a policy of each namespace that selects all its pods, and at what those policies let through."""
    policies = stack.of_type(NETWORK_POLICY)
    exempt, directions = configuration.texts("exempt_namespaces"), configuration.texts("directions")

    def judge(namespace: Resource) -> Iterator[Violation]:
        if any_matches(exempt, name_of(namespace)):
            return
        own = [policy for policy in policies if _is_in(policy, namespace)]
        for direction in directions:
            if not any(_covers(policy, direction) for policy in own):
                fault = f"no network policy selects all its pods for {direction}"
                remedy = f"add one with an empty podSelector and policyTypes [{direction}] that allows nothing"
                yield Violation(fault, remedy, resource=namespace)

    yield from each(stack.of_type(NAMESPACE), judge)
    yield from each(policies, partial(_wide_open, directions=directions))


def _is_in(policy: Resource, namespace: Resource) -> bool:
    """Say whether a policy is one of a namespace, by name; by the engine's dependencies where names are not known."""
    try:
        return namespace_of(policy) == name_of(namespace)
    except Undecided:
        comes_from = policy.property_dependencies.get("metadata", ())
        if not comes_from:
            raise
        return namespace.urn in comes_from


def _covers(policy: Resource, direction: str) -> bool:
    selector = policy.properties.inner("spec.podSelector")
    everything = not selector.inner("matchLabels").keys() and not selector.count("matchExpressions")
    return everything and direction in _types(policy)


def _types(policy: Resource) -> list[str]:
    """Return its directions; Kubernetes takes Ingress, and Egress where there are such rules, if none are given."""
    given = policy.properties.texts("spec.policyTypes")
    return given or ["Ingress", *(["Egress"] if policy.properties.count("spec.egress") else [])]


def _wide_open(policy: Resource, directions: list[str]) -> Iterator[Violation]:
    for direction in directions:
        rules, peers = PEERS[direction]
        for rule in elements(policy.properties, f"spec.{rules}"):
            if not rule.count("ports") and _is_anybody(rule, peers):
                fault = f"lets everything through for {direction}, whoever asks"
                yield Violation(fault, "name the peers and the ports", rule.path, policy)


def _is_anybody(rule: Properties, peers: str) -> bool:
    blocks = [peer.text("ipBlock.cidr") for peer in elements(rule, peers)]
    return not blocks or any(block in WORLD for block in blocks)


POLICY = StackPolicy(
    name="namespaces-have-network-policies",
    description="Every namespace has a network policy that closes all its pods but for what is named.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "directions": {
                "type": "array",
                "items": {"type": "string", "enum": ["Ingress", "Egress"]},
                "description": "Directions that must be closed. Platform charts ask AWS and the cluster's API: their "
                "egress is left open by default.",
                "default": ["Ingress"],
            },
            "exempt_namespaces": texts(
                "Namespaces whose charts bring policies of their own, which a stack can't show; `*` for anything.", []
            ),
        }
    ),
    validate=validate,
)
