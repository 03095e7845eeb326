"""Helm releases that the program registered: found, rendered by real helm and applied, as each needs the others.

A release sees the API versions of those before it, as when helm installs them one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from catalogue.memory_figures import load_memory_figures
from rehearsal.cluster.api import Api
from rehearsal.cluster.apply_order import Manifest, label_of
from rehearsal.cluster.charts import ChartSources, Release, Rendered, RenderError, Unreachable, render
from rehearsal.cluster.custom_resources import converts_by_webhook, is_unanswered, without_conversion
from rehearsal.plan import Resource

RELEASE_TYPE: Final = "kubernetes:helm.sh/v3:Release"
RENDERS_AT_ONCE: Final = 2
FIRST_PARTY_MODEL_SERVER: Final = "model-server"


@dataclass
class ReleaseReport:
    """What became of one release."""

    urn: str
    name: str
    namespace: str
    chart: str
    version: str
    rendered: bool = False
    reason: str = ""
    """Why it was not rendered."""
    is_fault: bool = False
    """Whether `pulumi up` would fail as well."""
    seconds: float = 0.0
    """What helm took."""
    objects: int = 0
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Objects that were not applied: webhooks that nobody answers, hooks that do not run at installation."""
    refused: list[str] = field(default_factory=list[str])
    """What the API server refused."""


@dataclass(frozen=True)
class Pending:
    """A release that is to be applied."""

    resource: Resource
    release: Release
    report: ReleaseReport

    @property
    def weights_gb(self) -> float:
        """The weights of the model that the release serves, as far as its values say; 0 for others."""
        if Path(self.release.chart).name != FIRST_PARTY_MODEL_SERVER:
            return 0.0
        return weights_gb(self.release.values)


def pending(resources: Iterable[Resource]) -> list[Pending]:
    """Return the releases among the resources."""
    found: list[Pending] = []
    for resource in resources:
        if resource.registration.type == RELEASE_TYPE:
            release = Release.from_inputs(resource.registration.inputs)
            report = ReleaseReport(
                resource.registration.urn, release.name, release.namespace, release.chart, release.version
            )
            found.append(Pending(resource, release, report))
    return found


def find_charts(releases: Sequence[Pending], sources: ChartSources) -> dict[str, Path]:
    """Return the chart of each release by URN; what cannot be had is noted in its report."""
    found: dict[str, Path] = {}
    charts = sources.resolve_all([one.release for one in releases])
    for one, chart in zip(releases, charts, strict=True):
        if isinstance(chart, Unreachable):
            one.report.reason, one.report.is_fault = chart.reason, chart.is_fault
        else:
            found[one.report.urn] = chart
    return found


def render_wave(
    wave: Sequence[Pending],
    charts: Mapping[str, Path],
    helm: Path,
    *,
    kube_version: str,
    api_versions: Sequence[str],
) -> list[tuple[Pending, Rendered]]:
    """Return what helm makes of the releases that have a chart; what it refuses is noted in the release's report."""

    def rendered(one: Pending) -> Rendered | None:
        try:
            return render(
                helm, one.release, charts[one.report.urn], kube_version=kube_version, api_versions=api_versions
            )
        except RenderError as error:
            one.report.reason, one.report.is_fault = str(error), True
            return None

    ready = [one for one in wave if one.report.urn in charts]
    with ThreadPoolExecutor(RENDERS_AT_ONCE, "helm") as threads:
        results = list(threads.map(rendered, ready))
    return [(one, result) for one, result in zip(ready, results, strict=True) if result is not None]


@dataclass(frozen=True)
class Applicable:
    """A rendered release as it can be applied here."""

    definitions: list[Manifest]
    objects: list[Manifest]


def applicable(one: Pending, rendered: Rendered) -> Applicable:
    """Return what of a rendered release is applied; what is not is noted in its report."""
    manifests = rendered.manifests
    unanswered = [m for m in manifests.objects if is_unanswered(m)]
    one.report.rendered = True
    one.report.seconds = rendered.seconds
    one.report.warnings = rendered.warnings
    one.report.objects = len(manifests.objects) + len(manifests.crds)
    one.report.left_out = (
        *(f"{label_of(m)} (nothing answers it here)" for m in unanswered),
        *(f"{label_of(crd)}: its conversion webhook" for crd in manifests.crds if converts_by_webhook(crd)),
        *manifests.not_installed,
    )
    return Applicable(
        [without_conversion(crd) for crd in manifests.crds],
        [m for m in manifests.objects if not is_unanswered(m)],
    )


def in_namespace(api: Api, manifest: Manifest, namespace: str) -> Manifest:
    """Return a manifest with the release's namespace, where it belongs in one and names none."""
    metadata: Mapping[str, Any] = manifest.get("metadata") or {}
    if metadata.get("namespace") or not api.served(str(manifest["kind"]), str(manifest["apiVersion"])).namespaced:
        return manifest
    return {**manifest, "metadata": {**metadata, "namespace": namespace}}


def weights_gb(values: Mapping[str, Any]) -> float:
    """Return the size of the weights that a model server's values describe; 0 where they do not say."""
    model: Mapping[str, Any] = values.get("model") or {}
    billions = (model.get("size") or {}).get("parametersBillions") or 0
    sizes = load_memory_figures().bytes_per_thousand_parameters
    quantization, dtype = str(model.get("quantization")), str(model.get("dtype") or "bfloat16")
    return float(billions) * sizes.get(quantization, sizes[dtype]) / 1000
