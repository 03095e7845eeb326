"""The section `namespaces`: where teams work, and how much of the cluster each may take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from catalogue.charts import PodSecurity, load_charts
from stacks.sections.section import Broken, Section
from stacks.value_types import Flag, GroupName, Text, Whole

if TYPE_CHECKING:
    from stacks.settings import Settings

NamespaceName = Annotated[
    str,
    Text(
        "a Kubernetes namespace of 1 to 63 lower-case letters, digits and hyphens such as 'serving'",
        "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    ),
]
Workload = Literal["training", "inference", "platform"]


class QuotaSettings(Section):
    """The most that all pods of a namespace may ask for together."""

    gpus: Annotated[int, Whole(0, 10000, "GPUs")]
    """NVIDIA GPUs"""

    cpus: Annotated[int, Whole(1, 100000, "CPUs")]
    """CPUs that pods request"""

    memory_gib: Annotated[int, Whole(1, 1000000, "GiB")]
    """Memory that pods request"""

    pods: Annotated[int, Whole(1, 100000, "pods")]
    """Pods, finished ones not counted"""


class NamespaceSettings(Section):
    """A namespace of one team for one kind of work."""

    name: NamespaceName
    """Name of the namespace"""

    team: GroupName
    """Team that owns it, as a label of everything in it"""

    workload: Workload
    """What runs in it: its pods belong to the nodes of that pool, 'platform' to the system pool"""

    pod_security: PodSecurity = "restricted"
    """Pod Security Standard that its pods must meet"""

    quota: QuotaSettings
    """The most that its pods may ask for together"""

    https_egress: Flag = False
    """Whether all its pods may open HTTPS connections to anywhere; what a model needs its release allows by itself"""


def unique(settings: Settings) -> Iterator[Broken]:
    """Each namespace is declared once."""
    first: dict[str, int] = {}
    for index, namespace in enumerate(settings.namespaces):
        if namespace.name in first:
            message = f"already the name of namespaces[{first[namespace.name]}]"
            yield Broken(("namespaces", index, "name"), namespace.name, message)
        first.setdefault(namespace.name, index)


def free(settings: Settings) -> Iterator[Broken]:
    """Kubernetes, EKS and the charts keep namespaces of their own."""
    charts = load_charts().charts.values()
    owners: dict[str, str] = {}
    for chart in charts:
        if not chart.is_first_party:
            owners.setdefault(chart.namespace, f"the release '{chart.release}'")
    for index, namespace in enumerate(settings.namespaces):
        owner = "Kubernetes" if namespace.name.startswith("kube-") or namespace.name == "default" else None
        owner = owner or owners.get(namespace.name)
        if owner:
            message = f"this namespace belongs to {owner}; choose another name"
            yield Broken(("namespaces", index, "name"), namespace.name, message)


def gpus_of_platform(settings: Settings) -> Iterator[Broken]:
    """The platform's own pods run on the system pool, which has no GPU."""
    for index, namespace in enumerate(settings.namespaces):
        if namespace.workload == "platform" and namespace.quota.gpus:
            message = "the system pool has no GPU; allowed with workload 'platform': 0"
            yield Broken(("namespaces", index, "quota", "gpus"), namespace.quota.gpus, message)


RULES = (unique, free, gpus_of_platform)
