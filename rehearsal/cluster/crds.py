"""Prints the CustomResourceDefinitions of a locked chart, for those that Helm installs once and never upgrades.

python -m rehearsal.cluster.crds lws | kubectl apply --server-side --force-conflicts -f -
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console

from catalogue.charts import VALUES_FOLDER, Chart, load_charts, merged_values
from catalogue.data_file import CatalogueError
from rehearsal.cluster.build_progress import BuildLines
from rehearsal.cluster.cache_folder import CacheError, cache_folder
from rehearsal.cluster.chart_download import Network
from rehearsal.cluster.charts import ChartSources, Release, RenderError, Unreachable, render
from rehearsal.cluster.manifests import Manifest
from rehearsal.cluster.toolchain import ToolchainError, ready_toolchain


class CrdsError(Exception):
    """The definitions cannot be had; the message is for users."""


def definitions(chart: Chart, sources: ChartSources, helm: Path, environment: str) -> list[Manifest]:
    """The chart's CustomResourceDefinitions, from `crds/` and from templates, by name. Raises CrdsError."""
    if chart.crds.kind == "release":
        raise CrdsError(f"{chart.release} has its CRDs from the release {chart.crds.release}, which upgrades them")
    is_oci = chart.source.startswith("oci://")
    release = Release(
        name=chart.release,
        namespace=chart.namespace,
        chart=chart.source if is_oci or chart.is_first_party else chart.chart,
        version=chart.version,
        repository="" if is_oci or chart.is_first_party else chart.source,
        values=merged_values(chart, environment),
    )
    path = sources.resolve(release)
    if isinstance(path, Unreachable):
        raise CrdsError(f"{chart.file_name}: {path.reason}")
    try:
        # What a chart asks of the cluster decides about monitors, not about definitions.
        rendered = render(helm, release, path, api_versions=["monitoring.coreos.com/v1/ServiceMonitor"])
    except RenderError as error:
        raise CrdsError(str(error)) from error
    if not rendered.manifests.crds:
        raise CrdsError(f"{chart.file_name} has no CustomResourceDefinitions")
    return sorted(rendered.manifests.crds, key=lambda manifest: manifest["metadata"]["name"])


def _locked(release: str) -> Chart:
    charts = load_charts().charts
    if release not in charts:
        raise CrdsError(f"{release}: no release of helm-values/charts.yaml: {', '.join(charts)}")
    return charts[release]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command: exit status 0 with YAML on stdout, 1 with a message."""
    summary, _, _ = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(prog="python -m rehearsal.cluster.crds", description=summary)
    parser.add_argument("release", help="a release of helm-values/charts.yaml")
    parser.add_argument(
        "--charts", type=Path, metavar="FOLDER", help="a folder of packages, as make charts-mirror fills"
    )
    parser.add_argument("--environment", default="dev", help="whose values decide which definitions a chart has")
    parser.add_argument("--helm", type=Path, help="a helm to use, rather than the simulated cluster's own")
    options = parser.parse_args(arguments)
    lines = BuildLines(Console(stderr=True))
    try:
        chart = _locked(options.release)
        helm: Path = options.helm or ready_toolchain(lines).helm
        sources = ChartSources(VALUES_FOLDER.parent, cache_folder() / "charts", Network(helm), options.charts)
        found = definitions(chart, sources, helm, options.environment)
    except (CrdsError, ToolchainError, CacheError, CatalogueError) as error:
        lines.stop()
        sys.exit(str(error))
    yaml.safe_dump_all(found, sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
