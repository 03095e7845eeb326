"""Releases install the charts of the lock, each from its place and in its exact version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from policies.chart_facts import ChartFacts, locked_charts, own_charts
from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties, shown
from policies.releases import RELEASES, Release
from policies.resources import Resource

REMEDY: Final = "install it from the lock (helm-values/charts.yaml), or add it there with evidence for its version"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Compare place and version with the lock; charts of the project are known by their folder."""
    release = Release(resource)
    if release.chart_name in configuration.texts("other_charts"):
        return
    if release.of_the_project:
        yield from _of_path(release, configuration.texts("mirrors"))
        return
    place = _place(release)
    mirrored = any(place == f"{mirror.rstrip('/')}/{release.chart_name}" for mirror in configuration.texts("mirrors"))
    found = [facts for facts in locked_charts().values() if facts.chart == release.chart_name]
    entry = next((facts for facts in found if mirrored or _same_place(facts, place)), None)
    if entry is None:
        fault = f"{shown(place)} is not where the lock has the chart" if found else f"{shown(place)} is not in the lock"
        yield Violation(fault, REMEDY, resource.properties.at("chart"))
    elif release.version != entry.version:
        fault = f"is {shown(release.version)}" if release.version else "is absent, which means the newest"
        yield Violation(f"{fault}; the lock has {entry.version}", f"give {entry.version}", "version")


def _place(release: Release) -> str:
    """Return the whole address of a chart: its reference, or its name in its repository."""
    return release.chart if "://" in release.chart else f"{release.repository.rstrip('/')}/{release.chart}".lstrip("/")


def _same_place(facts: ChartFacts, place: str) -> bool:
    locked = facts.source if facts.source.startswith("oci://") else f"{facts.source.rstrip('/')}/{facts.chart}"
    return place == locked


def _of_path(release: Release, mirrors: list[str]) -> Iterator[Violation]:
    """A path is a folder of the project, or a package in a mirror whose name says chart and version."""
    path = PurePosixPath(release.chart)
    folder = "/".join(part for part in path.parts if part != "..")
    packages = {f"{facts.chart}-{facts.version}.tgz" for facts in locked_charts().values()}
    if str(path.parent) in mirrors and path.name in packages:
        return
    own = next((facts for facts in own_charts().values() if facts.path == folder), None)
    if own is None:
        yield Violation(f"{shown(release.chart)} is no chart of the project", REMEDY, "chart")
    elif release.version and release.version != own.version:
        yield Violation(f"is {shown(release.version)}; the chart is {own.version}", "leave it out", "version")


POLICY = ResourcePolicy(
    name="charts-come-from-the-lock",
    description="Helm releases install charts of the lock from their own place, in exactly the version that it has.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "mirrors": texts(
                "What takes the place of all repositories: `oci://` addresses, or folders of packages.", []
            ),
            "other_charts": texts("Names of charts that the lock need not have.", []),
        }
    ),
    types=RELEASES,
    validate=validate,
)
