"""Puts what the program registered on a cluster: objects and rendered releases, in the engine's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.apply_order import Manifest, label_of
from rehearsal.cluster.custom_resources import CustomKind, define
from rehearsal.cluster.karpenter import NODE_POOL
from rehearsal.cluster.levels import levels
from rehearsal.cluster.operator_pods import stand_in_workloads
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.releases import (
    Pending,
    ReleaseReport,
    applicable,
    find_charts,
    in_namespace,
    pending,
    render_wave,
)
from rehearsal.cluster.stages import with_delays
from rehearsal.guard import online
from rehearsal.plan import Check, Fault, Outcome, Resource

KUBERNETES_TYPE: Final = "kubernetes:"
NOT_APPLIED: Final = (Outcome.FAILED, Outcome.SKIPPED)

Advance = Callable[[int], None]


@dataclass
class Applied:
    """What was applied, and what came of it."""

    faults: list[Fault] = field(default_factory=list[Fault])
    releases: list[ReleaseReport] = field(default_factory=list[ReleaseReport])
    custom_kinds: dict[CustomKind, str] = field(default_factory=dict[CustomKind, str])
    """Kinds whose definition was not a chart's: the Go module that has it, or empty where nobody checked."""
    skipped: list[str] = field(default_factory=list[str])
    """URNs of what was not applied, because something that it depends on failed."""
    kinds: set[str] = field(default_factory=set[str])
    objects: list[tuple[str, str, str, str]] = field(default_factory=list[tuple[str, str, str, str]])
    """Kind, apiVersion, namespace and name, in order."""
    rendered: list[tuple[Pending, Manifest]] = field(default_factory=list[tuple[Pending, Manifest]])
    """Objects that releases were rendered to, in their namespaces."""
    origins: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """URN of the Pulumi resource that a kind, namespace and name comes from."""


class Applying:
    """Applies to one cluster, and notes what comes of it."""

    def __init__(self, api: Api, options: ClusterOptions, kube_version: str, check: Callable[[], None]) -> None:
        self.api = api
        self.options = options
        self.kube_version = kube_version
        self.check = check
        """Raises when there is no point in going on."""
        self.applied = Applied()

    def resources(self, resources: Sequence[Resource], progress: Advance = lambda _: None) -> None:
        """Apply the Kubernetes resources among all that the program registered, as the engine would order them."""
        self.applied.skipped += [r.registration.urn for r in _registered(resources) if r.outcome in NOT_APPLIED]
        ours = _made(resources)
        releases = {one.report.urn: one for one in pending(ours)}
        charts = self._charts(list(releases.values()))
        late: dict[str, Manifest] = {}
        for level in levels(ours, resources):
            urns = [resource.registration.urn for resource in level]
            self._wave([releases[urn] for urn in urns if urn in releases], charts, progress)
            objects = {r.registration.urn: manifest_of(r) for r in level if r.registration.urn not in releases}
            objects = self._without_node_pools(objects)
            # What is not served yet may be so when all releases have brought their definitions.
            served = {urn: m for urn, m in objects.items() if self.api.serves(str(m["kind"]), str(m["apiVersion"]))}
            late |= {urn: m for urn, m in objects.items() if urn not in served}
            self._apply(served, progress)
        self._define(late.values())
        self._apply(late, progress)
        faulty = [one.report for one in releases.values() if one.report.is_fault]
        self.applied.faults += [Fault(report.urn, Check.CLUSTER, "", report.reason) for report in faulty]

    def _without_node_pools(self, objects: Mapping[str, Manifest]) -> dict[str, Manifest]:
        """Leave NodePools out where Karpenter runs: it has them already, turned to its simulated provider."""
        if self.options.kubeconfig is not None:
            return dict(objects)
        return {urn: m for urn, m in objects.items() if not _is_node_pool(m)}

    def _charts(self, releases: Sequence[Pending]) -> dict[str, Path]:
        self.applied.releases += [one.report for one in releases]
        if self.options.charts is None:
            for one in releases:
                one.report.reason = "there is no helm on this machine"
            return {}
        with online():
            return find_charts(releases, self.options.charts)

    def _wave(self, wave: Sequence[Pending], charts: Mapping[str, Path], progress: Advance) -> None:
        """Render and apply releases that do not need each other."""
        helm = self.options.helm
        if helm is None or not wave:
            return
        versions = self.api.custom_versions()
        rendered = render_wave(wave, charts, helm, kube_version=self.kube_version, api_versions=versions)
        parts = [(one, applicable(one, result)) for one, result in rendered]
        for one, part in parts:
            one.report.refused += self._apply_release(one, part.definitions, progress)
        self._define(manifest for _, part in parts for manifest in part.objects)
        for one, part in parts:
            objects = [in_namespace(self.api, manifest, one.release.namespace) for manifest in part.objects]
            self.applied.rendered += [(one, manifest) for manifest in objects]
            one.report.refused += self._apply_release(one, objects, progress)

    def _apply_release(self, one: Pending, manifests: Sequence[Manifest], progress: Advance) -> list[str]:
        refused = self._apply_all([(one.report.urn, manifest) for manifest in manifests], progress, one.weights_gb)
        return [str(error) for error in refused]

    def _define(self, manifests: Iterable[Manifest]) -> None:
        tools = self.options.tools
        found = define(self.api, manifests, tools.module_crds if tools is not None else None)
        self.applied.custom_kinds |= found.from_modules | dict.fromkeys(found.unchecked, "")
        self._note(found.refused)

    def _apply(self, by_urn: Mapping[str, Manifest], progress: Advance) -> None:
        self._apply_all(list(by_urn.items()), progress)

    def _apply_all(
        self, wanted: Iterable[tuple[str, Manifest]], progress: Advance, weights_gb: float = 0
    ) -> list[ApiError]:
        """Apply manifests with the pods that stand in for their operators'; return what was refused."""
        self.check()
        before = len(self.applied.objects)
        manifests: list[Manifest] = []
        for urn, manifest in self._with_stand_ins(wanted):
            identity = _identity(manifest)
            self.applied.objects.append(identity)
            self.applied.origins[identity[0], identity[2] or "default", identity[3]] = urn
            manifests.append(with_delays(manifest, self.options.speed, weights_gb=weights_gb))
        refused = self.api.apply_all(manifests, lambda count: progress(before + count))
        self._note(refused)
        return refused

    def _with_stand_ins(self, wanted: Iterable[tuple[str, Manifest]]) -> Iterator[tuple[str, Manifest]]:
        for urn, manifest in wanted:
            yield urn, manifest
            self.applied.kinds.add(str(manifest["kind"]))
            try:
                yield from ((urn, pods) for pods in stand_in_workloads(manifest))
            except (KeyError, TypeError, ValueError) as error:
                message = f"{label_of(manifest)}: its pods cannot be read out of it: {type(error).__name__}: {error}"
                self.applied.faults.append(Fault(urn, Check.CLUSTER, "", message))

    def _note(self, refused: Iterable[ApiError]) -> None:
        for error in refused:
            kind, _, namespace, name = _identity(error.manifest or {})
            urn = self.applied.origins.get((kind, namespace or "default", name), "")
            self.applied.faults.append(Fault(urn, Check.CLUSTER, "", str(error)))


def _identity(manifest: Manifest) -> tuple[str, str, str, str]:
    """Return kind, apiVersion, namespace and name."""
    metadata = manifest.get("metadata") or {}
    return (
        str(manifest.get("kind", "")),
        str(manifest.get("apiVersion", "")),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or ""),
    )


def node_pools(resources: Iterable[Resource]) -> list[Manifest]:
    """Return the NodePools among what the program registered and the engine would make."""
    return [manifest for resource in _made(resources) if _is_node_pool(manifest := manifest_of(resource))]


def _is_node_pool(manifest: Manifest) -> bool:
    return manifest.get("kind") == NODE_POOL[0]


def _registered(resources: Iterable[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource.registration.type.startswith(KUBERNETES_TYPE)]


def _made(resources: Iterable[Resource]) -> list[Resource]:
    """Return the Kubernetes resources that the engine would make."""
    return [resource for resource in _registered(resources) if resource.outcome not in NOT_APPLIED]


def manifest_of(resource: Resource) -> Manifest:
    """Return the object that a registration of the Kubernetes provider asks for."""
    return {key: value for key, value in resource.registration.inputs.items() if not key.startswith("__")}
