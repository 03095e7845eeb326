"""Roles of workloads say what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.configuration import texts
from policies.mappings import elements
from policies.pod_security import any_matches
from policies.pods import kind_of, name_of, namespace_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource

EVERYBODY: Final = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")
WHOLE: Final = ("verbs", "resources")
ESCALATING: Final = ("escalate", "bind", "impersonate")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the rules of roles, and at who is bound to which."""
    if any_matches(configuration.texts("allowed_roles"), name_of(resource)):
        return
    if kind_of(resource).endswith("Binding"):
        yield from each((_role, _subjects), lambda check: check(resource, configuration))
    else:
        yield from each(elements(resource.properties, "rules"), _rule)


def _rule(rule: Properties) -> Iterator[Violation]:
    if all("*" in rule.texts(key) for key in WHOLE) and any(map(_is_of_kubernetes, rule.texts("apiGroups"))):
        yield Violation("allows any verb on any resource", "name the verbs and the resources", rule.path)
    elif any(verb in ESCALATING for verb in rule.texts("verbs")):
        verbs = ", ".join(verb for verb in rule.texts("verbs") if verb in ESCALATING)
        yield Violation(f"allows {verbs}, with which any right can be had", "leave it out", rule.at("verbs"))
    elif "*" in rule.texts("verbs") and "secrets" in rule.texts("resources"):
        yield Violation("allows any verb on secrets", "name the verbs", rule.at("verbs"))


def _is_of_kubernetes(group: str) -> bool:
    """Say whether an API group is Kubernetes' own; an operator may do anything with the objects of its own group."""
    return "." not in group or group.endswith(".k8s.io")


def _role(binding: Resource, configuration: Properties) -> Iterator[Violation]:
    role = binding.properties.text("roleRef.name")
    if role in configuration.texts("forbidden_roles"):
        yield Violation(f"binds {role}", "bind a role with the rights that are needed", "roleRef.name")


def _subjects(binding: Resource, _configuration: Properties) -> Iterator[Violation]:
    for subject in elements(binding.properties, "subjects"):
        name = subject.text("name") or ""
        if name in EVERYBODY or name.startswith("system:serviceaccounts:"):
            yield Violation(f"gives rights to {name}", "name the service account", subject.at("name"))
        elif subject.text("kind") == "ServiceAccount" and name == "default":
            place = subject.text("namespace") or namespace_of(binding)
            fault = f"gives rights to every pod of {shown(place)} that names no service account"
            yield Violation(fault, "give the workload a service account of its own", subject.at("name"))


POLICY = ResourcePolicy(
    name="rbac-has-no-wildcards",
    description="Roles name verbs and resources, and no workload is an administrator of the cluster.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "allowed_roles": texts(
                "Names of roles and bindings that may; `*` for anything.",
                [
                    "ai-gateway-controller:*",  # makes services, secrets and pods of gateways
                    "kube-prometheus-stack-operator",  # makes the secrets of Prometheus and Alertmanager
                    "kubeflow-trainer-public",  # lets everybody who is known read one ConfigMap
                    "system:*",
                ],
            ),
            "forbidden_roles": texts("Roles that no binding may give.", ["cluster-admin", "system:masters"]),
        }
    ),
    types=tuple(
        f"kubernetes:rbac.authorization.k8s.io/*:{kind}"
        for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
    ),
    validate=validate,
)
