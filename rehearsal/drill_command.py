"""What `rehearse drill` does: the environment in emulated AWS, on a simulated cluster, and a drill on it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.cluster.api import ApiError
from rehearsal.cluster.build_progress import BuildLines
from rehearsal.cluster.cache_folder import CacheError
from rehearsal.cluster.control_plane import ControlPlaneError
from rehearsal.cluster.karpenter import KarpenterError
from rehearsal.cluster.nodes import UnknownInstanceTypeError
from rehearsal.cluster.options import ClusterOptions, cluster_options
from rehearsal.cluster.toolchain import ToolchainError
from rehearsal.drills.drill import Drill, DrillOptions, Finding, drills, find_drill
from rehearsal.drills.ground import environment_ground
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.spot_storm import check_percent
from rehearsal.environment import environment
from rehearsal.guard import offline, watchdog
from rehearsal.phases import Target
from rehearsal.report import drill as drill_report
from rehearsal.report.console import ConsoleProgress, render
from rehearsal.report.document import write_json
from stacks.settings import Settings

__all__ = ["DrillOptions", "DrillRequest", "find_drill", "listing", "run_drill"]

FASTEST = 240.0
"""Greatest speed: a boot of a minute then takes a quarter of a second, which the control loops need anyway."""


@dataclass(frozen=True)
class DrillRequest:
    """What the user asks for."""

    drill: Drill
    stack: str
    options: DrillOptions
    speed: float | None
    """The drill's own when None."""
    charts_folder: Path | None
    no_network: bool
    json_file: Path | None
    timeout: float


def listing() -> str:
    """Return the drills there are, a line each."""
    return drill_report.listing(drills())


def run_drill(request: DrillRequest, console: Console) -> bool:
    """Run a drill and print what it found; whether it passed.

    Raises `DrillInputError` for what cannot be used or is missing on this machine, and what the rehearsal raises.
    """
    begun = time.monotonic()
    check_percent(request.options.percent)
    watched, progress = ConsoleProgress(console), drill_report.DrillProgress(console)
    try:
        finding = _finding(request, console, watched, progress)
    except (ToolchainError, CacheError, UnknownInstanceTypeError) as error:
        raise DrillInputError(str(error)) from None
    except (ControlPlaneError, KarpenterError, ApiError) as error:
        progress.said(f"[bold red]the simulated cluster failed:[/] {escape(str(error))}")
        return False
    finally:
        watched.stop()
        progress.stop()
    if finding is None:
        return False
    if request.json_file is not None:
        write_json(request.json_file, drill_report.document(finding, _speed(request)))
    console.print(drill_report.render(finding), highlight=False)
    console.print()
    console.print(drill_report.closing_line(finding, time.monotonic() - begun), highlight=False)
    return finding.ok


def _finding(
    request: DrillRequest, console: Console, watched: ConsoleProgress, progress: drill_report.DrillProgress
) -> Finding | None:
    """Make the environment and drill on it; nothing when the environment itself has faults."""
    speed = _speed(request)
    with environment(request.stack, Path.cwd()) as (target, settings):
        _check(request, settings)
        options = _options(request, target, speed, BuildLines(console))
        ceilings = {model.name: model.replicas.max for model in settings.models}
        with offline(), Account(target.account_id, target.region) as account, watchdog(request.timeout):
            rehearsal = phases.up(target, account, watched, keep=True)
            if rehearsal.faults:
                console.print(render(rehearsal, full=False), highlight=False)
                console.print(f"{rehearsal.stack}: no drill: the environment itself has faults", highlight=False)
                return None
            with environment_ground(rehearsal, account, options, ceilings, progress) as ground:
                return request.drill.run(ground, request.options)


def _check(request: DrillRequest, settings: Settings) -> None:
    """Refuse what the stack file alone shows to be impossible, before minutes are spent; raises `DrillInputError`."""
    names = sorted(model.name for model in settings.models)
    if request.options.model is not None and request.options.model not in names:
        raise DrillInputError(f"--model {request.options.model}: allowed: {', '.join(names) or 'no model is served'}")
    if not settings.node_pools:
        file = f"stacks/Pulumi.{request.stack}.yaml"
        raise DrillInputError(f"{file}: llm-platform:node_pools: empty; a drill needs what Karpenter may buy")


def _options(request: DrillRequest, target: Target, speed: float, lines: BuildLines) -> ClusterOptions:
    """Have the programs ready; raises what `cluster_options` raises."""
    try:
        return cluster_options(
            target.root / "stacks",
            charts_folder=request.charts_folder,
            offline=request.no_network,
            speed=speed,
            progress=lines,
        )
    finally:
        lines.stop()


def _speed(request: DrillRequest) -> float:
    """Return the speed to use; raises `DrillInputError`."""
    if request.speed is None:
        return request.drill.speed
    if not 1 <= request.speed <= FASTEST:
        raise DrillInputError(f"--speed {request.speed:g}: allowed: 1 to {FASTEST:g}")
    return request.speed
