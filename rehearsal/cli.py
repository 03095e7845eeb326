"""The `rehearse` command."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from preflight.access import AccessError, sign_in
from preflight.report import inspect, to_json
from preflight.report import render as preflight_render
from rehearsal import phases, stack_output
from rehearsal.__main__ import INTERRUPTED
from rehearsal.aws.account import Account
from rehearsal.bad_input import BadInputError
from rehearsal.cluster_run import ClusterRun
from rehearsal.environment import environment
from rehearsal.guard import WatchdogError, offline, watchdog
from rehearsal.phases import Rehearsal, Target
from rehearsal.report.console import ConsoleProgress, closing_line, render
from rehearsal.report.document import document, write_json
from stacks.project import ProjectError
from stacks.settings import SettingsError

FAULTS: Final = 1
BAD_INPUT: Final = 2


app = typer.Typer(
    name="rehearse",
    help="Rehearse an environment: run its Pulumi program against emulated AWS, with no cloud account.",
    epilog="Exit status: 0 fine, 1 the rehearsal found a fault, 2 bad input, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Stack = Annotated[str, typer.Argument(help="Stack (environment) to rehearse: the name in stacks/Pulumi.<stack>.yaml.")]
Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write everything found to FILE.", dir_okay=False),
]
Full = Annotated[bool, typer.Option("--full", help="List every resource instead of counting them by type.")]
State = Annotated[
    Path | None,
    typer.Option(
        "--terraform-state",
        metavar="FILE",
        help="Copy of the Terraform state that network.adopt names in S3.",
        exists=True,
        dir_okay=False,
    ),
]
Cluster = Annotated[
    bool, typer.Option("--cluster", help="Also deploy to a simulated cluster and see where every pod lands.")
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        metavar="FILE",
        help="With --cluster: use this cluster of simulated nodes instead of starting one.",
        exists=True,
        dir_okay=False,
    ),
]
Charts = Annotated[
    Path | None,
    typer.Option(
        "--charts",
        metavar="FOLDER",
        help="With --cluster: charts as <chart>-<version>.tgz, looked at before cache and network.",
        exists=True,
        file_okay=False,
    ),
]
Packs = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy-pack",
        metavar="FOLDER",
        help="Policy pack to keep, in place of the project's own in policies/; may be given several times.",
        exists=True,
        file_okay=False,
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="With --cluster: fetch no chart from the network.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="Give up after this long.", min=1)]


@app.command()
def up(
    stack: Stack = "dev",
    json_file: Json = None,
    full: Full = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Let other programs look at the emulated account on loopback.")
    ] = False,
    port: Annotated[int, typer.Option("--port", help="Port of --serve and --keep.", min=0, max=65535)] = 5000,
    keep: Annotated[
        bool, typer.Option("--keep", help="Do not destroy; leave the account up, served, until Ctrl-C.")
    ] = False,
    terraform_state: State = None,
    cluster: Cluster = False,
    kubeconfig: Kubeconfig = None,
    charts: Charts = None,
    offline_charts: Offline = False,
    packs: Packs = None,
    stack_outputs: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            metavar="NAME=FILE",
            help="Write a stack output to FILE, as `pulumi stack output NAME --json` does; may be given several times.",
        ),
    ] = None,
    timeout: Timeout = 600,
) -> None:
    """Plan, create in emulated AWS, read back and destroy; with --cluster also deploy to a simulated cluster."""

    served = serve or keep
    if served:
        _check_port(port)
    wanted = ClusterRun(kubeconfig, charts, offline_charts, keep) if cluster else None
    if wanted is None and (kubeconfig or charts or offline_charts):
        raise BadInputError("--kubeconfig, --charts and --offline: allowed: together with --cluster")
    wanted_outputs = stack_output.parsed(stack_outputs or ())

    def work(target: Target, account: Account, progress: ConsoleProgress) -> Rehearsal:
        if served:
            account.serve(port)
            progress.console.print("any AWS client sees the emulated account with", highlight=False)
            for name, value in account.credentials.items():
                progress.console.print(f"  export {name}={value}", highlight=False, soft_wrap=True)
        rehearse_cluster = wanted.phase(progress.console) if wanted is not None else None
        return phases.up(target, account, progress, keep=keep, cluster=rehearse_cluster)

    with ExitStack() as standing:
        if wanted is not None:
            standing.enter_context(wanted)
        _rehearse(
            stack,
            work,
            json_file=json_file,
            full=full,
            timeout=timeout,
            keep=keep,
            terraform_state=terraform_state,
            packs=packs,
            wanted_outputs=wanted_outputs,
            ready=wanted.ready if wanted is not None else lambda _target, _console: None,
        )


@app.command()
def preview(
    stack: Stack = "dev",
    json_file: Json = None,
    full: Full = False,
    terraform_state: State = None,
    packs: Packs = None,
    timeout: Timeout = 300,
) -> None:
    """Plan only: what would be registered, and what is wrong with it."""
    _rehearse(
        stack,
        phases.preview,
        json_file=json_file,
        full=full,
        timeout=timeout,
        terraform_state=terraform_state,
        packs=packs,
    )


@app.command()
def preflight(stack: Stack = "dev", json_file: Json = None, full: Full = False) -> None:
    """With real credentials, read the account and say what would stop `pulumi up`. Changes nothing."""
    _check_json(json_file)
    with environment(stack, Path.cwd()) as (_, settings):
        report = inspect(settings, sign_in(settings))
    if json_file is not None:
        write_json(json_file, to_json(report))
    Console(highlight=False).print(preflight_render(report, full=full))
    raise typer.Exit(report.exit_status)


@app.command()
def drill(
    name: Annotated[str | None, typer.Argument(help="Drill to run; --list shows them.")] = None,
    stack: Stack = "dev",
    listed: Annotated[bool, typer.Option("--list", help="List the drills and end.")] = False,
    model: Annotated[
        str | None, typer.Option("--model", help="scale-out: model to scale; the one that needs most GPUs by default.")
    ] = None,
    free_choice: Annotated[
        bool, typer.Option("--free-choice", help="scale-out: one NodePool with every size instead of the program's.")
    ] = False,
    percent: Annotated[int, typer.Option("--percent", help="spot-storm: share of the spot machines, 1 to 100.")] = 50,
    seed: Annotated[int, typer.Option("--seed", help="spot-storm: chooses the machines.")] = 1,
    no_spot: Annotated[
        bool, typer.Option("--no-spot", help="spot-storm: no spot machine can be bought any more.")
    ] = False,
    speed: Annotated[
        float | None, typer.Option("--speed", help="How many times shorter boots and starts are; 1 to 240.")
    ] = None,
    charts: Annotated[
        Path | None, typer.Option("--charts", metavar="FOLDER", help="Folder of charts.", exists=True, file_okay=False)
    ] = None,
    no_network: Annotated[bool, typer.Option("--offline", help="Fetch no charts from the network.")] = False,
    json_file: Json = None,
    timeout: Timeout = 900,
) -> None:
    """See what happens when something happens: a model grows, spot machines go. Needs Go, once, for its programs."""
    from rehearsal import drill_command  # noqa: PLC0415 - half a second's import that no other command needs

    console = Console()
    if listed or name is None:
        console.print(drill_command.listing(), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(0 if listed else BAD_INPUT)
    _check_json(json_file)
    request = drill_command.DrillRequest(
        drill=drill_command.find_drill(name),
        stack=stack,
        options=drill_command.DrillOptions(model, free_choice, percent, seed, spot_returns=not no_spot),
        speed=speed,
        charts_folder=charts,
        no_network=no_network,
        json_file=json_file,
        timeout=timeout,
    )
    try:
        passed = drill_command.run_drill(request, console)
    except KeyboardInterrupt:
        console.print("interrupted; nothing was left behind")
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(0 if passed else FAULTS)


@app.command()
def diff(
    against: Annotated[
        str, typer.Option("--against", metavar="REF|FILE", help="Git ref, or what `rehearse --json` wrote.")
    ],
    stack: Stack = "dev",
    current: Annotated[
        Path | None,
        typer.Option("--current", metavar="FILE", help="What `rehearse --json` wrote of this tree.", dir_okay=False),
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--preview", help="Plan both sides only: faster, and blind to what only AWS knows.")
    ] = False,
    terraform_state: State = None,
    json_file: Json = None,
    full: Full = False,
    timeout: Timeout = 600,
) -> None:
    """What a change adds, changes, replaces and removes, and which policy results change with it."""
    from rehearsal import diff_command  # noqa: PLC0415 - few commands compare

    _check_json(json_file)
    request = diff_command.DiffRequest(
        stack, against, current, plan_only, terraform_state, json_file, full=full, timeout=timeout
    )
    console = Console()
    try:
        passed = diff_command.run_diff(request, Path.cwd(), console)
    except KeyboardInterrupt:
        console.print("interrupted; nothing was left behind")
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(0 if passed else FAULTS)


@app.command()
def comment(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What `rehearse diff --json` wrote.")],
) -> None:
    """One comment for a pull request, in Markdown, of what several environments' changes come to."""
    from rehearsal import comment_command  # noqa: PLC0415 - few commands compare

    typer.echo(comment_command.comment_of(files), nl=False)


def _check_json(file: Path | None) -> None:
    """Refuse a file that cannot be written before the work is done rather than after."""
    if file is not None and not file.parent.is_dir():
        raise BadInputError(f"--json {file}: the folder {file.parent} does not exist")


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"--port {port}: {error.strerror}; allowed: a free port, or 0 for any"
            raise BadInputError(message) from None


def _rehearse(
    stack: str,
    work: Callable[[Target, Account, ConsoleProgress], Rehearsal],
    *,
    json_file: Path | None,
    full: bool,
    timeout: float,
    keep: bool = False,
    terraform_state: Path | None = None,
    packs: Sequence[Path] | None = None,
    wanted_outputs: Mapping[str, Path] | None = None,
    ready: Callable[[Target, Console], None] = lambda _target, _console: None,
) -> None:
    """Do the work on an environment's account, and report; `ready` is called before, with no limit of time."""
    console = Console()
    _check_json(json_file)
    progress = ConsoleProgress(console)
    try:
        with environment(stack, Path.cwd(), terraform_state=terraform_state, packs=packs) as (target, _):
            ready(target, console)
            with offline(), Account(target.account_id, target.region) as account:
                with watchdog(timeout):
                    rehearsal = work(target, account, progress)
                if json_file is not None:
                    write_json(json_file, document(rehearsal))
                stack_output.write(rehearsal, wanted_outputs or {})
                console.print(render(rehearsal, full=full), highlight=False)
                console.print()
                console.print(closing_line(rehearsal), highlight=False)
                if keep:
                    console.print("the account stays up; Ctrl-C ends it")
                    signal.pause()
    except KeyboardInterrupt:
        progress.stop()
        console.print("interrupted; nothing was left behind")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        progress.stop()
    raise typer.Exit(FAULTS if rehearsal.faults else 0)


def run() -> None:
    """Run the command; no traceback reaches a user for bad input or an interruption."""
    problem = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        app()
    except (ProjectError, SettingsError, AccessError, BadInputError) as error:
        problem.print(str(error))
        sys.exit(BAD_INPUT)
    except WatchdogError as error:
        problem.print(str(error))
        sys.exit(FAULTS)
