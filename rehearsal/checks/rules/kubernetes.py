"""What goes wrong with Kubernetes objects before the API server of a cluster is even asked."""

from __future__ import annotations

import re
from typing import Final

from rehearsal.checks.reading import text
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.kubernetes_provider import RELEASE, identity, is_kubernetes
from rehearsal.plan import Registration

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
GIVEN_NAMESPACES: Final = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
"""Namespaces of every cluster: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"""

LONGEST_NAME, LONGEST_RELEASE = 253, 53
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_RBAC: Final = "kubernetes:rbac.authorization.k8s.io/"


@rule("*", source="https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/")
def own_provider(r: Registration, _: World) -> Broken:
    """Without a provider of the program's own, the machine's kubeconfig decides which cluster is changed."""
    if is_kubernetes(r.type) and not r.provider:
        yield "", "has no Kubernetes provider: it would go to whatever cluster the machine's kubeconfig names"


@rule("*", source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/")
def taken(r: Registration, world: World) -> Broken:
    """One object per kind, namespace and name; one release per namespace and name."""
    mine = identity(r) if is_kubernetes(r.type) else None
    if mine is None:
        return
    for other in world.of_type(r.type):
        if identity(other.registration) == mine and other.registration.urn != r.urn:
            kind, namespace, name = mine
            where = f" in namespace {namespace}" if namespace else ""
            yield _name_path(r), f"{kind} {name}{where} is there already: {other.registration.name} made it"
            return


@rule("*", source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/")
def spelled(r: Registration, _: World) -> Broken:
    """Names are DNS subdomains; a release's has at most 53 characters, for charts add to it."""
    if not is_kubernetes(r.type) or r.type.startswith(_RBAC):
        return
    path = _name_path(r)
    name = text(r, path)
    longest = LONGEST_RELEASE if r.type == RELEASE else LONGEST_NAME
    if name is not None and (not _SUBDOMAIN.fullmatch(name) or len(name) > longest):
        yield path, f"{name!r} is not allowed; allowed: a DNS subdomain of at most {longest} characters"


@rule("*", source="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/")
def namespace_stands(r: Registration, world: World) -> Broken:
    """The namespace is one of every cluster's own, or the program has made it before."""
    if not is_kubernetes(r.type) or r.inputs.get("createNamespace") is True:
        return
    path = "namespace" if r.type == RELEASE else "metadata.namespace"
    name = text(r, path)
    if name is None or name in GIVEN_NAMESPACES:
        return
    made = {text(other.registration, "metadata.name") for other in world.of_type(NAMESPACE)}
    if name not in made and None not in made:
        yield (
            path,
            f"no namespace {name} stands yet; the program makes {', '.join(sorted(filter(None, made))) or 'none'}",
        )


def _name_path(r: Registration) -> str:
    return "name" if r.type == RELEASE else "metadata.name"
