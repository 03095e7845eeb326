"""The section `charts`: which releases of helm-values/charts.yaml run, and where their charts come from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from catalogue.charts import GpuStackOwner, load_charts
from catalogue.instance_types import load_instance_types
from stacks.closeness import listed
from stacks.sections.section import Broken, Section
from stacks.value_types import OneOf, Text

if TYPE_CHECKING:
    from stacks.settings import Settings

STACKS = Path(__file__).parents[1]
"""The program's working directory: a mirror's folder is relative to it."""

GPU_OPERATOR = "gpu-operator"
GPU_PLUGIN = "nvidia-device-plugin"
PARTS_OF_GPU_OPERATOR = (GPU_PLUGIN, "dcgm-exporter")


@cache
def known_releases() -> tuple[str, ...]:
    """Releases that a stack file can switch on: all of the catalogue but those that `models` makes."""
    return tuple(sorted(name for name, chart in load_charts().charts.items() if chart.installed_by == "charts"))


ReleaseName = Annotated[str, OneOf(known_releases, "a release", "helm-values/charts.yaml")]
Mirror = Annotated[
    str,
    Text(
        "an OCI registry with a prefix such as 'oci://registry.example.com/charts', "
        "or a folder relative to stacks/ such as '../charts-mirror'",
        r"oci://[A-Za-z0-9._-]+(?::[0-9]+)?(?:/[A-Za-z0-9._-]+)*|(?!oci:)(?!https?:)[A-Za-z0-9._/-]+",
    ),
]
HostName = Annotated[
    str,
    Text(
        "a host name such as 'mlflow.example.com'",
        r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+",
    ),
]
DatabaseName = Annotated[
    str, Text("a database of 1 to 63 lower-case letters, digits and _ such as 'mlflow'", "[a-z_][a-z0-9_]{0,62}")
]


class MlflowDatabaseSettings(Section):
    """A PostgreSQL server with MLflow's two databases; user and password are in the Secret mlflow-database."""

    host: HostName
    """Name of the server"""

    database: DatabaseName
    """Database of runs, parameters and metrics"""

    auth_database: DatabaseName
    """Database of MLflow's users"""


class ChartsSettings(Section):
    """The platform's own workloads: releases that are on."""

    mirror: Mirror | None = None
    """Where every chart is taken from instead of its own repository, for closed networks"""

    gpu_stack_owner: GpuStackOwner = "host"
    """Who brings driver and Container Toolkit: the nodes' image, or the GPU Operator's containers"""

    releases: tuple[ReleaseName, ...] = ()
    """Releases of helm-values/charts.yaml that are installed"""

    mlflow_database: MlflowDatabaseSettings | None = None
    """Where MLflow keeps its metadata; in dev, which uses a file on a volume, left out"""

    @property
    def mirror_folder(self) -> Path | None:
        """The mirror's folder where it is one, relative to the program's working directory."""
        return Path(self.mirror) if self.mirror and not self.mirror.startswith("oci://") else None


def once(settings: Settings) -> Iterator[Broken]:
    """Each release is listed once."""
    releases = settings.charts.releases
    for index, release in enumerate(releases):
        if release in releases[:index]:
            message = f"the same as charts.releases[{releases.index(release)}]"
            yield Broken(("charts", "releases", index), release, message)


def needs(settings: Settings) -> Iterator[Broken]:
    """What a release needs is on too."""
    releases = settings.charts.releases
    for index, release in enumerate(releases):
        missing = [need for need in load_charts().charts[release].needs if need not in releases]
        if missing:
            message = f"needs {_all_of(missing)}, which charts.releases lacks"
            yield Broken(("charts", "releases", index), release, message)


def one_gpu_stack(settings: Settings) -> Iterator[Broken]:
    """The GPU Operator brings its own device plugin and exporter; two of them fight over the GPUs."""
    releases = settings.charts.releases
    if GPU_OPERATOR not in releases:
        if settings.charts.gpu_stack_owner == "operator":
            message = f"needs '{GPU_OPERATOR}' in charts.releases; without it: 'host'"
            yield Broken(("charts", "gpu_stack_owner"), "operator", message)
        return
    for index, release in enumerate(releases):
        if release in PARTS_OF_GPU_OPERATOR:
            message = f"'{GPU_OPERATOR}', which is on too, brings its own; remove one of the two"
            yield Broken(("charts", "releases", index), release, message)


def whole_gateway(settings: Settings) -> Iterator[Broken]:
    """Envoy Gateway's values name the AI gateway as its extension, and wait for its answers."""
    releases = settings.charts.releases
    if "envoy-gateway" in releases and "ai-gateway" not in releases:
        message = "its values make it wait for 'ai-gateway', which charts.releases lacks"
        yield Broken(("charts", "releases", releases.index("envoy-gateway")), "envoy-gateway", message)


def gpu_plugin(settings: Settings) -> Iterator[Broken]:
    """Without a device plugin no pod gets a GPU. Bottlerocket's NVIDIA images bring one.

    https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-k8s-device-plugin.html
    """
    releases = settings.charts.releases
    if not releases or {GPU_OPERATOR, GPU_PLUGIN} & set(releases):
        return
    groups = settings.node_groups
    plain = [group.name for group in (*groups.training, *groups.inference, *groups.spot) if _no_plugin(group.ami_type)]
    plain += [
        pool.name
        for pool in settings.node_pools
        if pool.ami_family == "al2023" and any(load_instance_types()[name].gpus for name in pool.instance_types)
    ]
    if plain:
        message = (
            f"no pod would get a GPU of {_all_of(plain)}, whose image has no device plugin: "
            f"'{GPU_PLUGIN}' or '{GPU_OPERATOR}' is missing"
        )
        yield Broken(("charts", "releases"), releases, message)


def mlflow_database(settings: Settings) -> Iterator[Broken]:
    """MLflow's metadata outlives its pod: outside dev in a database, and in dev in none."""
    given, environment = settings.charts.mlflow_database, settings.ownership.environment
    path = ("charts", "mlflow_database")
    if "mlflow" not in settings.charts.releases:
        if given is not None:
            yield Broken(path, given, "used by the release 'mlflow' alone, which is not in charts.releases; remove it")
    elif environment == "dev" and given is not None:
        yield Broken(path, given, "in dev MLflow uses a file on a volume; remove this key")
    elif environment != "dev" and given is None:
        message = f"required for 'mlflow' in {environment}: a mapping with the keys host, database, auth_database"
        yield Broken(path, None, message)


def mirror_holds_all(settings: Settings) -> Iterator[Broken]:
    """A mirror that is a folder has every chart that is on, in its exact version."""
    folder = settings.charts.mirror_folder
    if folder is None:
        return
    if not (STACKS / folder).is_dir():
        message = "no such folder (it is relative to stacks/); `make charts-mirror` fills one where there is a network"
        yield Broken(("charts", "mirror"), settings.charts.mirror, message)
        return
    wanted = [load_charts().charts[release] for release in settings.charts.releases]
    files = [chart.file_name for chart in wanted if not chart.is_first_party]
    missing = [file for file in files if not (STACKS / folder / file).is_file()]
    if missing:
        message = f"lacks {_all_of(missing)}; `make charts-mirror` fills it where there is a network"
        yield Broken(("charts", "mirror"), settings.charts.mirror, message)


def _no_plugin(ami_type: str) -> bool:
    return ami_type.startswith("AL2023_") and ami_type.endswith("_NVIDIA")


def _all_of(names: list[str]) -> str:
    return listed(names).replace(" or ", " and ")


RULES = (once, needs, one_gpu_stack, whole_gateway, gpu_plugin, mlflow_database, mirror_holds_all)
