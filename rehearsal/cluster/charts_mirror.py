"""`make charts-mirror`: every locked upstream chart as a package in one folder, to carry into a closed network.

A run that was interrupted goes on where it was: packages that are there and whole are not fetched again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from catalogue.charts import Chart, load_charts
from catalogue.data_file import CatalogueError
from rehearsal.cluster.build_progress import BuildLines
from rehearsal.cluster.chart_download import DownloadError, Network, Published, check_package
from rehearsal.cluster.toolchain import ToolchainError, ready_toolchain

PULLS_AT_ONCE: Final = 4
INTERRUPTED: Final = 130


class MirrorError(Exception):
    """The mirror cannot be filled at all; the message is for users."""


@dataclass(frozen=True)
class Outcome:
    """What became of one release's chart."""

    chart: Chart
    fault: str = ""
    was_there: bool = False

    def line(self) -> str:
        """For a person: `downloaded  keda-2.20.2.tgz`."""
        if self.fault:
            return f"MISSING     {self.chart.file_name}  (release {self.chart.release}): {self.fault}"
        return f"{'was there  ' if self.was_there else 'downloaded '} {self.chart.file_name}"


def chosen_charts(releases: Sequence[str]) -> list[Chart]:
    """The upstream charts of the named releases, of all for none; MirrorError for an unknown name."""
    charts = {name: chart for name, chart in load_charts().charts.items() if not chart.is_first_party}
    if unknown := sorted(set(releases) - set(charts)):
        raise MirrorError(f"helm-values/charts.yaml has no upstream release {', '.join(unknown)}: {', '.join(charts)}")
    return [charts[name] for name in dict.fromkeys(releases)] if releases else list(charts.values())


def fill(
    folder: Path, charts: Iterable[Chart], network: Network, report: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Put each chart's package into the folder; `report` hears of each as it ends.

    Raises MirrorError for a folder that cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MirrorError(f"{folder}: cannot be made: {error.strerror}") from None

    with ThreadPoolExecutor(max_workers=PULLS_AT_ONCE) as pool:
        outcomes: list[Outcome] = []
        for done in as_completed([pool.submit(_fetch, folder, chart, network) for chart in charts]):
            outcomes.append(done.result())
            report(outcomes[-1])
    return outcomes


def _fetch(folder: Path, chart: Chart, network: Network) -> Outcome:
    package = folder / chart.file_name
    if package.exists():
        try:
            check_package(package, chart.chart, chart.version)
        except DownloadError:
            package.unlink()  # half of a package, or another's: fetched anew
        else:
            return Outcome(chart, was_there=True)
    try:
        network.pull(Published(chart.source, chart.chart, chart.version), package)
    except DownloadError as error:
        return Outcome(chart, str(error))
    except OSError as error:
        return Outcome(chart, f"cannot be written: {error.strerror}")
    return Outcome(chart)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command: exit status 0 when all are there, 1 when one is missing, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.cluster.charts_mirror", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the packages go")
    parser.add_argument(
        "--release", action="append", default=[], help="only this release's chart; may stand repeatedly"
    )
    parser.add_argument("--helm", type=Path, help="a helm to use, rather than the simulated cluster's own")
    options = parser.parse_args(arguments)
    lines = BuildLines(Console(stderr=True))
    try:
        charts = chosen_charts(options.release)
        network = Network(options.helm or ready_toolchain(lines).helm)
        outcomes = fill(options.folder, charts, network, lambda outcome: print(outcome.line(), flush=True))  # noqa: T201 - a command's answer
    except (MirrorError, ToolchainError, CatalogueError) as error:
        lines.stop()
        sys.exit(str(error))
    except KeyboardInterrupt:
        lines.stop()
        print("interrupted; the next run goes on from here", file=sys.stderr)  # noqa: T201 - a command's answer
        sys.exit(INTERRUPTED)
    if missing := [outcome for outcome in outcomes if outcome.fault]:
        sys.exit(f"{len(missing)} of {len(outcomes)} charts could not be had; {options.folder} is not complete")
    print(f"{options.folder} has all {len(outcomes)}: name it in the stack file as llm-platform:charts: mirror")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
