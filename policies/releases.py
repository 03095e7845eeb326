"""Helm releases as the program registers them: a chart, and the values that it is rendered with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.mappings import Found, mappings_in
from policies.reading import Properties
from policies.resources import Resource

RELEASES: Final = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart", "kubernetes:helm.sh/v3:Chart")
"""Types that install charts, for a policy's `types`."""


@dataclass(frozen=True)
class Release:
    """A chart that is installed."""

    resource: Resource

    @property
    def name(self) -> str:
        """Name of the release; its logical name where it has none of its own."""
        return self.resource.properties.text("name") or self.resource.name

    @property
    def namespace(self) -> str:
        """Namespace that its objects belong in."""
        return self.resource.properties.text("namespace") or "default"

    @property
    def chart(self) -> str:
        """What it says it installs: a name in `repository`, an `oci://` reference, or a path."""
        return self.resource.properties.text("chart") or ""

    @property
    def chart_name(self) -> str:
        """Name of the chart, without the place it comes from."""
        return self.chart.rstrip("/").rpartition("/")[2]

    @property
    def version(self) -> str:
        """Version that is asked for; empty where any will do."""
        return self.resource.properties.text("version") or ""

    @property
    def repository(self) -> str:
        """Address of the chart repository; empty for `oci://` references and paths."""
        return self.resource.properties.text("repositoryOpts.repo") or ""

    @property
    def of_the_project(self) -> bool:
        """Say whether the chart is a folder of the project; all others come from elsewhere."""
        return not self.chart.startswith("oci://") and not self.repository and "/" in self.chart

    @property
    def values(self) -> Properties:
        """The values; what the chart has by itself is not among them."""
        return self.resource.properties.inner("values")

    def blocks(self, *endings: str) -> Iterator[Properties]:
        """Give the mappings in the values at and below keys that end so, in any case: `securityContext`, `resources`.

        What is not known yet is raised after the others.
        """
        return (found.here for found in self.mappings() if found.is_under(*endings))

    def mappings(self) -> Iterator[Found]:
        """Give every mapping in the values; what is not known yet is raised after the others."""
        yield from mappings_in(self.values)


def release_of(resource: Resource) -> Release | None:
    """Return a resource as a release; None for other types."""
    return Release(resource) if resource.type in RELEASES else None
