"""The lock of Helm charts, helm-values/charts.yaml: source, version, namespace and values files of each release."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, model_validator

from catalogue.data_file import CatalogueError, Record, display_name, read_yaml, validate

VALUES_FOLDER = Path(__file__).parent.parent / "helm-values"
LOCK_NAME = "charts.yaml"
FIRST_PARTY_PREFIX = "charts/"

GPU_STACK_OWNERS = ("host", "operator")

GpuStackOwner = Literal["host", "operator"]
"""Who brings driver and Container Toolkit to GPU nodes: the machine image, or the GPU Operator's containers."""

PodSecurity = Literal["restricted", "baseline", "privileged"]
"""A level of the Pod Security Standards, https://kubernetes.io/docs/concepts/security/pod-security-standards/"""

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$")]
"""A release's or namespace's name; Helm allows 53 characters, https://helm.sh/docs/chart_template_guide/"""
Source = Annotated[str, Field(pattern=r"^(?:https://|oci://|charts/)\S+[^\s/]$")]
ValuesPath = Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9.{}_-]+\.yaml$")]
Names = Annotated[tuple[Name, ...], Field(strict=False)]


class Crds(Record):
    """Where a release's CustomResourceDefinitions come from, which decides who upgrades them."""

    kind: Literal["none", "templates", "folder", "release"]
    """`templates`: upgraded with the release. `folder`: Helm installs them once and never again. `release`: a
    release of their own brings and upgrades them, and this one is installed with `--skip-crds`."""
    release: Name | None = None
    """The release that brings them, with kind `release` only."""
    note: Text | None = None

    @model_validator(mode="after")
    def _names_a_release_when_it_has_one(self) -> Self:
        if (self.kind == "release") != (self.release is not None):
            raise ValueError("`release` stands with kind `release`, and with no other")
        return self


class ServiceAccount(Record):
    """The service account of a release that calls AWS through EKS Pod Identity."""

    name: Name
    access: Name
    """Key of the policy statements in components/workload_access.py."""
    note: Text | None = None


class Ingress(Record):
    """One connection that pods of a release accept, besides those of their own namespace and of Prometheus."""

    pods: Annotated[Mapping[Text, Text], Field(min_length=1)]
    """Labels of the pods."""
    ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], Field(strict=False, min_length=1)]
    """Of the pods, not of the Service before them."""
    vpc: bool = False
    """From any address of the VPC: the control plane, which calls webhooks; load balancers; nodes."""
    namespaces: Names = ()
    workloads: Annotated[tuple[Literal["training", "inference"], ...], Field(strict=False)] = ()
    """From the teams' namespaces for these kinds of work."""
    every_namespace: bool = False
    note: Text | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.vpc or self.namespaces or self.workloads or self.every_namespace):
            raise ValueError("names nobody: one of vpc, namespaces, workloads, every_namespace")
        return self


class Rendered(Record):
    """Where the chart was seen to render with our values."""

    date: date
    source: Text
    objects: Annotated[int, Field(gt=0)]
    """Objects of dev's values, with CustomResourceDefinitions and hooks."""


class Chart(Record):
    """One Helm release: which chart of which version goes where, with which values, after which others."""

    release: Name
    source: Source
    """`https://…`: a chart repository; `oci://…`: the chart itself; `charts/…`: a folder of this project."""
    chart: Name
    """Name of the chart in the repository, and of its file in a mirror."""
    version: Annotated[str, Field(pattern=r"^v?\d+\.\d+\.\d+$")]
    namespace: Name
    values: Annotated[tuple[ValuesPath, ...], Field(strict=False)]
    """Values files below helm-values/, later over earlier; see `values_files` for the names in braces."""
    crds: Crds
    needs: Names = ()
    """Releases that must be installed and ready before this one."""
    installed_by: Literal["charts", "models"] = "charts"
    """The section of the stack file that makes it: `charts` lists releases, `models` makes one of each model."""
    pod_security: PodSecurity
    """What the namespace must allow."""
    service_account: ServiceAccount | None = None
    ingress: Annotated[Mapping[Name, Ingress], Field(default_factory=dict[str, Ingress])]
    """Who may connect to its pods, by what connects."""
    evidence: Text
    """Where this version was seen published."""
    rendered: Rendered | None = None
    note: Text | None = None

    @property
    def is_first_party(self) -> bool:
        """Whether the chart is a folder of this project."""
        return self.source.startswith(FIRST_PARTY_PREFIX)

    @property
    def file_name(self) -> str:
        """The chart as `helm pull` and a mirror folder name it: `keda-2.20.2.tgz`."""
        return f"{self.chart}-{self.version}.tgz"


class Charts(Record):
    """The whole lock, by release."""

    as_of: date
    sources: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    charts: Mapping[str, Chart]

    @model_validator(mode="before")
    @classmethod
    def _key_is_the_release(cls, content: object) -> object:
        if not isinstance(content, dict):
            return content
        lock = cast("dict[str, Any]", content)
        if not isinstance(lock.get("charts"), dict):
            return lock
        charts: dict[str, Any] = lock["charts"]
        named = {key: {"release": key, **entry} if isinstance(entry, dict) else entry for key, entry in charts.items()}
        return lock | {"charts": named}

    @model_validator(mode="after")
    def _releases_fit_together(self) -> Self:
        faults = [fault for chart in self.charts.values() for fault in self._faults_of(chart)]
        if faults:
            raise ValueError("; ".join(faults))
        self.install_order()
        return self

    def _faults_of(self, chart: Chart) -> list[str]:
        others = {*chart.needs, *([chart.crds.release] if chart.crds.release else [])}
        faults = [f"charts.{chart.release}: {name} is no release" for name in sorted(others - set(self.charts))]
        if chart.crds.release and chart.crds.release not in chart.needs:
            faults.append(f"charts.{chart.release}.needs: lacks {chart.crds.release}, which brings its CRDs")
        if not chart.is_first_party and not chart.values:
            faults.append(f"charts.{chart.release}.values: names no file")
        neighbours = {other.pod_security for other in self.charts.values() if other.namespace == chart.namespace}
        if len(neighbours) > 1:
            levels = ", ".join(sorted(neighbours))
            faults.append(f"charts.{chart.release}.pod_security: namespace {chart.namespace} has {levels}")
        return faults

    def install_order(self) -> list[str]:
        """Every release after those that it needs, otherwise in the file's order; ValueError on a circle."""
        ordered: list[str] = []
        waiting = dict(self.charts)
        while waiting:
            ready = [name for name, chart in waiting.items() if not set(chart.needs) & set(waiting)]
            if not ready:
                raise ValueError(f"charts: {', '.join(waiting)} need each other in a circle")
            ordered += ready
            for name in ready:
                del waiting[name]
        return ordered


def load_charts(folder: Path | None = None) -> Charts:
    """The lock of a values folder, the project's own by default; CatalogueError with every fault of it."""
    return _load(folder or VALUES_FOLDER)


@cache
def _load(folder: Path) -> Charts:
    path = folder / LOCK_NAME
    return validate(path, read_yaml(path), Charts)


def values_files(
    chart: Chart, environment: str, folder: Path | None = None, *, gpu_stack_owner: GpuStackOwner = "host"
) -> list[Path]:
    """The chart's values files of an environment, later over earlier.

    `{environment}` and `{gpu_stack_owner}` in a path stand for those names. A file per environment is there only
    where something differs; any other must exist, else CatalogueError.
    """
    files: list[Path] = []
    for pattern in chart.values:
        path = (folder or VALUES_FOLDER) / pattern.format(environment=environment, gpu_stack_owner=gpu_stack_owner)
        if path.is_file():
            files.append(path)
        elif "{environment}" not in pattern:
            raise CatalogueError(f"{LOCK_NAME}: charts.{chart.release}.values: {pattern}: there is no {path.name}")
    return files


def merged_values(
    chart: Chart, environment: str, folder: Path | None = None, *, gpu_stack_owner: GpuStackOwner = "host"
) -> dict[str, Any]:
    """The chart's values in an environment, merged as `helm -f a.yaml -f b.yaml` does."""
    merged: dict[str, Any] = {}
    for path in values_files(chart, environment, folder, gpu_stack_owner=gpu_stack_owner):
        content = read_yaml(path)
        if content is None:
            continue
        if not isinstance(content, dict):
            raise CatalogueError(f"{display_name(path)}: (whole file): {content!r}: values are a map")
        merged = merge_values(merged, cast("dict[str, Any]", content))
    return merged


def merge_values(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two sets of values as one: maps are merged, anything else is replaced, lists wholly.

    A null stays in the result: it removes the chart's own default when Helm renders.
    https://helm.sh/docs/chart_template_guide/values_files/#deleting-a-default-key
    """
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = merge_values(cast("Mapping[str, Any]", known), cast("Mapping[str, Any]", value))
        else:
            merged[key] = value
    return merged
